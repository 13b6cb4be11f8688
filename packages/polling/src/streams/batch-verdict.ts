/**
 * What becomes of a batch after an invocation (esm.md section 4.2).
 *
 * The function's failures are retried with growing rests until they are used up; bisecting halves a
 * batch instead and uses up none; a partial batch response finishes the records before the lowest that
 * failed, and what remains starts with a count of its own [recorded]. When the lowest is the first, there
 * is no progress: with bisecting the batch is halved, else the attempt counts. Throttles and service
 * errors are never attempts.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
import { backoffMs } from "./backoff.ts";
import { itemVerdict } from "./item-failures.ts";
import type { Batch } from "./lane.ts";
import type { BatchFailure, BatchOutcome, FailedInvoke } from "./shard-protocol.ts";
import type { StreamPolicy } from "./stream-policy.ts";
import { returnedState } from "./tumbling-window.ts";

/** What to do with it; `parts` replace the batch and keep its id in their first. */
export type BatchVerdict =
  | { readonly kind: "done"; readonly state?: string }
  | {
      readonly kind: "again";
      readonly parts: readonly Omit<Batch, "id">[];
      /** Records at its beginning that are done. */
      readonly done: number;
      /** The function failed it; otherwise nobody ran it. */
      readonly failed: boolean;
    }
  | { readonly kind: "discard"; readonly failure: BatchFailure };

/** Judges an invocation's outcome. */
export function judgeBatch(
  batch: Batch,
  outcome: BatchOutcome,
  context: { readonly policy: StreamPolicy; readonly now: number },
): BatchVerdict {
  switch (outcome.kind) {
    case "throttled":
    case "service-error":
      return setBack(batch, context);
    case "function-error":
      return failed(batch, { ...named(outcome), functionError: "Unhandled" }, context);
    case "answered":
      return judgeAnswer(batch, outcome, context);
  }
}

function judgeAnswer(
  batch: Batch,
  outcome: Extract<BatchOutcome, { kind: "answered" }>,
  context: { readonly policy: StreamPolicy; readonly now: number },
): BatchVerdict {
  const last: FailedInvoke = { ...named(outcome), functionError: null };
  const numbers = batch.records.map((record) => record.sequenceNumber);
  const verdict = context.policy.partialResponses ? itemVerdict(outcome.answer, numbers) : ({ kind: "all" } as const);
  if (verdict.kind === "malformed") return failed(batch, last, context);
  if (verdict.kind === "from")
    return verdict.first === 0 ? failed(batch, last, context) : advanced(batch, verdict.first, { ...context, last });
  if (batch.window === undefined) return { kind: "done" };
  const state = returnedState(outcome.answer);
  return state === undefined ? failed(batch, last, context) : { kind: "done", state };
}

/** Partial progress: what remains is a new batch in all but its place. */
function advanced(
  batch: Batch,
  done: number,
  { policy, now, last }: { readonly policy: StreamPolicy; readonly now: number; readonly last: FailedInvoke },
): BatchVerdict {
  const records = batch.records.slice(done);
  const rest = resting({ ...batch, records, attempts: 0, setbacks: 0, last }, { failures: 1, now, policy });
  return { kind: "again", parts: [rest], done, failed: true };
}

function failed(batch: Batch, last: FailedInvoke, { policy, now }: { readonly policy: StreamPolicy; readonly now: number }): BatchVerdict {
  const after: Batch = { ...batch, setbacks: 0, last };
  if (policy.bisect && batch.records.length > 1) return { kind: "again", parts: halves(after, { policy, now }), done: 0, failed: true };
  const attempts = batch.attempts + 1;
  if (attempts > policy.retriesMax)
    return { kind: "discard", failure: { condition: "RetryAttemptsExhausted", approximateInvokeCount: attempts, last } };
  const rest = resting({ ...after, attempts }, { failures: batch.failures + 1, now, policy });
  return { kind: "again", parts: [rest], done: 0, failed: true };
}

/** The second half is tried as soon as the first is done; a window's final invocation is the last part's. */
function halves(batch: Batch, { policy, now }: { readonly policy: StreamPolicy; readonly now: number }): readonly Omit<Batch, "id">[] {
  const middle = Math.ceil(batch.records.length / 2);
  const { window } = batch;
  const first: Batch = {
    ...batch,
    records: batch.records.slice(0, middle),
    ...(window === undefined ? {} : { window: { ...window, final: false } }),
  };
  const second: Batch = { ...batch, records: batch.records.slice(middle), phase: "ready", failures: 0 };
  return [resting(first, { failures: 1, now, policy }), second];
}

function setBack(batch: Batch, { policy, now }: { readonly policy: StreamPolicy; readonly now: number }): BatchVerdict {
  const setbacks = batch.setbacks + 1;
  const parts = [restUntil({ ...batch, setbacks }, now + backoffMs(policy.setback, setbacks), policy)];
  return { kind: "again", parts, done: 0, failed: false };
}

function resting(
  batch: Batch,
  { failures, now, policy }: { readonly failures: number; readonly now: number; readonly policy: StreamPolicy },
): Batch {
  return restUntil({ ...batch, failures }, now + backoffMs(policy.retry, failures), policy);
}

/** No rest is longer than the first record may live: a record that is too old is given up at once. */
function restUntil(batch: Batch, dueAt: number, { recordAgeMaxMs }: StreamPolicy): Batch {
  const first = batch.records[0];
  const expiry = first === undefined ? Infinity : first.arrivedAt + recordAgeMaxMs + 1;
  return { ...batch, phase: "resting", dueAt: Math.min(dueAt, expiry) };
}

function named({ requestId, executedVersion }: Pick<FailedInvoke, "requestId" | "executedVersion">): Omit<FailedInvoke, "functionError"> {
  return { requestId, executedVersion };
}
