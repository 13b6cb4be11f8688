import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { readBatchResponse } from "./batch-response.ts";

const IDS = ["a", "b", "c"];

test.each(["", "null", '""', "[]", "{}", '{"batchItemFailures":[]}', '{"batchItemFailures":null}', '{"other":1}'])(
  "%s is success of the whole batch",
  (text) => expect(readBatchResponse(text, IDS)).toEqual({ kind: "success" }),
);

test.each([
  "not json",
  '{"batchItemFailures":[',
  '"text"',
  "17",
  "true",
  "[1]",
  '{"batchItemFailures":{}}',
  '{"batchItemFailures":"a"}',
  '{"batchItemFailures":[{}]}',
  '{"batchItemFailures":[null]}',
  '{"batchItemFailures":["a"]}',
  '{"batchItemFailures":[{"itemIdentifier":""}]}',
  '{"batchItemFailures":[{"itemIdentifier":null}]}',
  '{"batchItemFailures":[{"itemIdentifier":7}]}',
  '{"batchItemFailures":[{"foo":"a"}]}',
  '{"batchItemFailures":[{"itemIdentifier":"unknown"}]}',
  '{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"unknown"}]}',
])("%s fails the whole batch", (text) => expect(readBatchResponse(text, IDS)).toMatchObject({ kind: "malformed" }));

test("failures are told once each, in the order of the batch", () => {
  const text = JSON.stringify({ batchItemFailures: ["c", "a", "c"].map((itemIdentifier) => ({ itemIdentifier })) });
  expect(readBatchResponse(text, IDS)).toEqual({ kind: "partial", failed: ["a", "c"] });
});

test("any answer at all is read as one of the three, and failures are always of the batch", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const response = readBatchResponse(text, IDS);
      if (response.kind === "partial") expect(IDS).toEqual(expect.arrayContaining([...response.failed]));
    }),
  );
});
