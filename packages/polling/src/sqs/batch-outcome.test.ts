import { expect, test } from "@jest/globals";
import { batchOutcome } from "./batch-outcome.ts";

const ids = ["a", "b", "c"];
const ran = (answer: string, functionError = false) => ({ kind: "ran", functionError, answer }) as const;
const plain = { ids, reportBatchItemFailures: false };
const reporting = { ids, reportBatchItemFailures: true };
const failure = (id: string): string => JSON.stringify({ batchItemFailures: [{ itemIdentifier: id }] });

test("success deletes the whole batch, whatever the function answers", () => {
  for (const answer of ["null", "not json", failure("a")])
    expect(batchOutcome(ran(answer), plain)).toMatchObject({ succeeded: ids, failed: [], result: "OK", functionFailed: false });
});

test("a function error deletes nothing, and so does it when failures are reported", () => {
  for (const rules of [plain, reporting])
    expect(batchOutcome(ran(failure("a"), true), rules)).toEqual({
      succeeded: [],
      failed: ids,
      result: "PROBLEM: Function call failed",
      functionFailed: true,
    });
});

test("reported failures stay, the others are deleted", () => {
  expect(batchOutcome(ran(failure("b")), reporting)).toMatchObject({ succeeded: ["a", "c"], failed: ["b"], functionFailed: false });
});

test("an answer that names a failure wrongly fails the whole batch", () => {
  expect(batchOutcome(ran(failure("x")), reporting)).toMatchObject({
    succeeded: [],
    failed: ids,
    result: "PROBLEM: Function call failed",
    functionFailed: true,
    reason: "the batch has no item x",
  });
});

test("what could not be run stays, and speaks not against the function", () => {
  const outcome = batchOutcome({ kind: "not-run", reason: "throttled" }, plain);
  expect(outcome).toMatchObject({ succeeded: [], failed: ids, result: "PROBLEM: throttled", functionFailed: false });
});
