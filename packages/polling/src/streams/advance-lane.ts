/** What a lane begins now: a batch to invoke, records to give up, or nothing until later. */
import { cutBatch, type ShardOutlook } from "./batching.ts";
import { freshBatch, type Batch, type Lane } from "./lane.ts";
import type { ShardEffect, WindowInvoke } from "./shard-protocol.ts";
import { EMPTY_STATE, windowEnd } from "./tumbling-window.ts";

/** A lane after a look at it. */
export interface LaneStep {
  readonly lane: Lane;
  readonly effects: readonly ShardEffect[];
  readonly nextId: number;
  /** When to look again by itself; Infinity: an event will tell. */
  readonly wakeAt: number;
}

/** Advances a lane as far as it goes without news. `nextId`: for batches that are made. */
export function advanceLane(lane: Lane, outlook: ShardOutlook & { readonly nextId: number }, now: number): LaneStep {
  const { nextId } = outlook;
  const [first] = lane.batches;
  if (first === undefined) {
    const cut = cutBatch(lane, outlook, now);
    if (cut.kind === "later") return { lane, effects: [], nextId, wakeAt: cut.at };
    const batch = freshBatch(nextId, lane.waiting.slice(0, cut.count), cut.window);
    const taken: Lane = { ...lane, waiting: lane.waiting.slice(cut.count), batches: [batch] };
    return begin(taken, batch, { ...outlook, nextId: nextId + 1 }, now);
  }
  if (first.phase === "invoking" || first.phase === "discarding") return { lane, effects: [], nextId, wakeAt: Infinity };
  if (first.phase === "resting" && first.dueAt > now) return { lane, effects: [], nextId, wakeAt: first.dueAt };
  return begin(lane, first, outlook, now);
}

/** Invokes with the first batch, or gives up its records that are too old. */
function begin(lane: Lane, first: Batch, outlook: ShardOutlook & { readonly nextId: number }, now: number): LaneStep {
  const others = lane.batches.slice(1);
  const expired = expiredCount(first, outlook.policy.recordAgeMaxMs, now);
  if (expired > 0) return giveUp(lane, { first, others, expired }, outlook.nextId);
  const { window } = first;
  const effect: ShardEffect = {
    type: "invoke",
    batch: first.id,
    records: first.records,
    ...(window === undefined ? {} : { window: windowInvoke(window, outlook) }),
  };
  return {
    lane: { ...lane, batches: [{ ...first, phase: "invoking" }, ...others] },
    effects: [effect],
    nextId: outlook.nextId,
    wakeAt: Infinity,
  };
}

function expiredCount({ records }: Batch, recordAgeMaxMs: number, now: number): number {
  const young = records.findIndex((record) => now - record.arrivedAt <= recordAgeMaxMs);
  return young === -1 ? records.length : young;
}

/** The records that are too old leave; what remains goes on where it was. */
function giveUp(
  lane: Lane,
  { first, others, expired }: { readonly first: Batch; readonly others: readonly Batch[]; readonly expired: number },
  nextId: number,
): LaneStep {
  const { window } = first;
  const records = first.records.slice(0, expired);
  const left = first.records.slice(expired);
  const old: Batch = { ...first, records, phase: "discarding", ...(window === undefined ? {} : { window: { ...window, final: false } }) };
  // A window's final invocation takes place with whatever remains of its records.
  const remains = left.length > 0 || window?.final === true;
  const rest: readonly Batch[] = remains ? [{ ...first, id: nextId, records: left, phase: "ready" }] : [];
  const effect: ShardEffect = {
    type: "discard",
    batch: first.id,
    records,
    // Recorded: 1, even when the records were too old before the first invocation.
    failure: { condition: "RecordAgeExceeded", approximateInvokeCount: Math.max(1, first.attempts) },
  };
  return { lane: { ...lane, batches: [old, ...rest, ...others] }, effects: [effect], nextId: nextId + 1, wakeAt: Infinity };
}

function windowInvoke({ start, final, terminatedEarly }: NonNullable<Batch["window"]>, { policy, window }: ShardOutlook): WindowInvoke {
  const state = window?.start === start ? window.state : EMPTY_STATE;
  return { start, end: windowEnd(start, policy), state, final, terminatedEarly };
}
