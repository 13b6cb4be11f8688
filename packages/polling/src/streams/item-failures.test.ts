import { expect, test } from "@jest/globals";
import { itemVerdict } from "./item-failures.ts";

const item = (itemIdentifier: unknown): string => JSON.stringify({ batchItemFailures: [{ itemIdentifier }] });

test.each(["", "null", '""', "[]", "{}", '{"batchItemFailures":[]}', '{"batchItemFailures":null}', '"done"', "1"])(
  "%j is success",
  (answer) => {
    expect(itemVerdict(answer, ["1", "2"])).toEqual({ kind: "all" });
  },
);

test.each([
  ["an empty identifier", item("")],
  ["a null identifier", item(null)],
  ["a number", item(1)],
  ["an unknown key", '{"batchItemFailures":[{"foo":"1"}]}'],
  ["an unknown sequence number", item("3")],
  ["an unknown sequence number beside a known one", '{"batchItemFailures":[{"itemIdentifier":"1"},{"itemIdentifier":"3"}]}'],
  ["an element that is no object", '{"batchItemFailures":[null]}'],
  ["no list", '{"batchItemFailures":{}}'],
  ["no JSON", "{"],
])("%s fails the whole batch", (_, answer) => {
  expect(itemVerdict(answer, ["1", "2"])).toEqual({ kind: "malformed" });
});

test("the lowest number counts, not the first in the list, and numbers are not compared as text", () => {
  const answer = JSON.stringify({ batchItemFailures: [{ itemIdentifier: "10" }, { itemIdentifier: "9" }] });
  expect(itemVerdict(answer, ["8", "9", "10"])).toEqual({ kind: "from", first: 1 });
});
