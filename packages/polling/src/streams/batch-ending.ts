/** What an invocation's end, or a discard's, changes in the work on a shard. */
import { judgeBatch, type BatchVerdict } from "./batch-verdict.ts";
import { freshBatch, type Batch, type Lane } from "./lane.ts";
import type { BatchOutcome, ShardEffect, ShardEvent } from "./shard-protocol.ts";
import type { ShardStep, ShardWork } from "./shard-state.ts";
import { stateTooLarge } from "./tumbling-window.ts";

/** `LastProcessingResult` after a failure of the function [recorded]. */
export const FUNCTION_CALL_FAILED = "PROBLEM: Function call failed";

/** An invocation has ended. */
export function onInvoked(work: ShardWork, { batch: id, outcome }: Extract<ShardEvent, { type: "invoked" }>, now: number): ShardStep {
  const index = work.lanes.findIndex(({ batches: [first] }) => first?.id === id && first.phase === "invoking");
  const batch = work.lanes[index]?.batches[0];
  if (batch === undefined) return { state: work, effects: [] };
  const verdict = judgeBatch(batch, outcome, { policy: work.policy, now });
  const place = { index, batch, now };
  switch (verdict.kind) {
    case "done":
      return done(work, place, verdict.state);
    case "again":
      return again(work, place, { verdict, outcome });
    case "discard":
      return discard(work, place, verdict);
  }
}

/** The records that were given up have been told, or lost. */
export function onDiscarded(work: ShardWork, id: number, now: number): ShardStep {
  const index = work.lanes.findIndex(({ batches: [first] }) => first?.id === id && first.phase === "discarding");
  const batch = work.lanes[index]?.batches[0];
  if (batch === undefined) return { state: work, effects: [] };
  const state = withLane(batch.window?.final === true ? withoutWindow(work) : work, { index, now }, []);
  return { state, effects: [{ type: "report", step: "discarded", records: batch.records.length }] };
}

interface Place {
  readonly index: number;
  readonly batch: Batch;
  readonly now: number;
}

function done(work: ShardWork, place: Place, windowState: string | undefined): ShardStep {
  const { batch } = place;
  const effects: readonly ShardEffect[] = [
    { type: "report", step: "batch-succeeded", records: batch.records.length },
    { type: "result", result: "OK" },
  ];
  if (batch.window === undefined || windowState === undefined) return { state: withLane(work, place, []), effects };
  if (batch.window.final) return { state: withLane(withoutWindow(work), place, []), effects };
  const { start } = batch.window;
  const early = stateTooLarge(windowState) ? [freshBatch(work.nextId, [], { start, final: true, terminatedEarly: true })] : [];
  const after = { ...work, nextId: work.nextId + 1, window: { start, state: windowState } };
  return { state: withLane(after, place, early), effects };
}

function again(
  work: ShardWork,
  place: Place,
  { verdict, outcome }: { readonly verdict: Extract<BatchVerdict, { kind: "again" }>; readonly outcome: BatchOutcome },
): ShardStep {
  const parts = verdict.parts.map((part, nth): Batch => ({ ...part, id: nth === 0 ? place.batch.id : work.nextId + nth - 1 }));
  const effects: ShardEffect[] = [];
  if (verdict.done > 0) effects.push({ type: "report", step: "batch-succeeded", records: verdict.done });
  const records = place.batch.records.length - verdict.done;
  effects.push({
    type: "report",
    step: "batch-failed",
    records,
    reason: reasonOf(outcome),
    ...(verdict.failed ? { failedInvoke: true } : {}),
  });
  if (verdict.failed) effects.push({ type: "result", result: FUNCTION_CALL_FAILED });
  if (outcome.kind === "service-error") effects.push({ type: "result", result: outcome.problem });
  return { state: withLane({ ...work, nextId: work.nextId + parts.length }, place, parts), effects };
}

function discard(work: ShardWork, place: Place, { failure }: Extract<BatchVerdict, { kind: "discard" }>): ShardStep {
  const { id, records } = place.batch;
  const effects: ShardEffect[] = [
    { type: "report", step: "batch-failed", records: records.length, reason: failure.condition, failedInvoke: true },
    { type: "result", result: FUNCTION_CALL_FAILED },
  ];
  // A window's final invocation without records has nothing to tell: its state is dropped.
  if (records.length === 0) return { state: withLane(withoutWindow(work), place, []), effects };
  effects.push({ type: "discard", batch: id, records, failure });
  return { state: withLane(work, place, [{ ...place.batch, phase: "discarding" }]), effects };
}

/** The lane with its first batch replaced; the next batching window begins. */
function withLane(work: ShardWork, { index, now }: { readonly index: number; readonly now: number }, parts: readonly Batch[]): ShardWork {
  const lanes = work.lanes.map((lane, nth): Lane =>
    nth === index ? { ...lane, windowFrom: now, batches: [...parts, ...lane.batches.slice(1)] } : lane,
  );
  return { ...work, lanes };
}

function withoutWindow(work: ShardWork): ShardWork {
  const { window: _window, ...rest } = work;
  return rest;
}

function reasonOf(outcome: BatchOutcome): string {
  switch (outcome.kind) {
    case "answered":
      return "batch item failures";
    case "function-error":
      return "function error";
    case "throttled":
      return "throttled";
    case "service-error":
      return outcome.problem;
  }
}
