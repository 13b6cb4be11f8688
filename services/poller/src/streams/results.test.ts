import { expect, test } from "@jest/globals";
import { createResults, NOTHING_PROCESSED, STREAM } from "./results.ts";

const FAILED = "PROBLEM: Function call failed";

function recorded(before?: string): { readonly told: string[]; readonly results: ReturnType<typeof createResults> } {
  const told: string[] = [];
  return { told, results: createResults(before, [FAILED], (result) => void told.push(result)) };
}

test("each change is told once", () => {
  const { told, results } = recorded(NOTHING_PROCESSED);
  for (const result of ["OK", "OK", FAILED, "OK"]) results.processed(result);
  expect(told).toEqual(["OK", FAILED, "OK"]);
});

test("a trouble comes before what was processed, and leaves what was processed behind it", () => {
  const { told, results } = recorded("OK");
  results.trouble("shard", "PROBLEM: unreadable");
  results.trouble(STREAM, "PROBLEM: gone");
  results.processed(FAILED);
  results.trouble(STREAM, undefined);
  results.trouble("shard", undefined);
  expect(told).toEqual(["PROBLEM: unreadable", "PROBLEM: gone", "PROBLEM: unreadable", FAILED]);
});

test("after a restart a trouble of before is gone when nothing says it any more, and a result of a batch stays", () => {
  const stale = recorded("PROBLEM: Stream not found: x");
  stale.results.trouble(STREAM, undefined);
  expect(stale.told).toEqual([NOTHING_PROCESSED]);
  const lasting = recorded(FAILED);
  lasting.results.trouble(STREAM, undefined);
  expect(lasting.told).toEqual([]);
});
