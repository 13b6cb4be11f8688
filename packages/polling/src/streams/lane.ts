/** A shard's lane: records of some of its keys, of which one batch at a time is worked on. */
import type { FailedInvoke } from "./shard-protocol.ts";
import type { PendingRecord } from "./stream-record.ts";

/** One lane. */
export interface Lane {
  /** Read, and in no batch yet; in order. */
  readonly waiting: readonly PendingRecord[];
  /** When the first of `waiting` came. */
  readonly waitingSince: number;
  /** Batches in order: the first is being worked on, others are what bisecting or expiry cut off it. */
  readonly batches: readonly Batch[];
  /** The batching window runs from here: the last invocation's end. */
  readonly windowFrom: number;
}

/** Records that are handed over together. */
export interface Batch {
  readonly id: number;
  /** Empty only for a tumbling window's final invocation. */
  readonly records: readonly PendingRecord[];
  /** Resting: until `dueAt`, after a failure. */
  readonly phase: "ready" | "invoking" | "resting" | "discarding";
  readonly dueAt: number;
  /** Failed invocations that count against the retry limit. */
  readonly attempts: number;
  /** Failures in a row since the last progress: the longer, the longer the rest. */
  readonly failures: number;
  /** Throttles and service errors in a row. */
  readonly setbacks: number;
  readonly last?: FailedInvoke;
  /** Of a tumbling window. */
  readonly window?: BatchWindow;
}

/** The window that a batch belongs to. */
export interface BatchWindow {
  /** Epoch milliseconds. */
  readonly start: number;
  /** The window's last invocation. */
  readonly final: boolean;
  readonly terminatedEarly: boolean;
}

/** A lane without records. */
export function emptyLane(now: number): Lane {
  return { waiting: [], waitingSince: now, batches: [], windowFrom: now };
}

/** A batch that was not tried yet. */
export function freshBatch(id: number, records: readonly PendingRecord[], window?: BatchWindow): Batch {
  const batch: Batch = { id, records, phase: "ready", dueAt: 0, attempts: 0, failures: 0, setbacks: 0 };
  return window === undefined ? batch : { ...batch, window };
}

/** The lane's lowest record that is not done. */
export function lowestPending(lane: Lane): PendingRecord | undefined {
  return lane.batches.find((batch) => batch.records.length > 0)?.records[0] ?? lane.waiting[0];
}
