/** What can be told of the work on a shard. */
import { lowestPending } from "./lane.ts";
import type { ShardWork } from "./shard-state.ts";

/** Records that are held in memory per shard before reading waits for the function. */
const HELD_RECORDS_MAX = 20_000;
const HELD_BYTES_MAX = 32 * 1_024 * 1_024;
/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html */
const READ_RECORDS_MAX = 10_000;
const READ_RECORDS_MIN = 100;

/**
 * How many records to read now; 0: the lanes have enough. A lane that is blocked does not starve the
 * others before so many records are held.
 */
export function readLimit({ closed, lanes, policy }: ShardWork): number {
  const hungry = lanes.some((lane) => lane.waiting.length < policy.batchSize);
  if (closed || !hungry) return 0;
  let [records, bytes] = [0, 0];
  for (const { waiting } of lanes) {
    records += waiting.length;
    for (const record of waiting) bytes += record.bytes;
  }
  if (records >= HELD_RECORDS_MAX || bytes >= HELD_BYTES_MAX) return 0;
  return Math.min(READ_RECORDS_MAX, Math.max(READ_RECORDS_MIN, 2 * lanes.length * policy.batchSize));
}

/** Batches that the function is working on. */
export function batchesInFlight({ lanes }: ShardWork): number {
  return lanes.filter(({ batches: [first] }) => first?.phase === "invoking").length;
}

/** When the oldest record that is not done arrived, epoch milliseconds. */
export function oldestPendingAt({ lanes }: ShardWork): number | undefined {
  const arrivals = lanes.flatMap((lane) => lowestPending(lane)?.arrivedAt ?? []);
  return arrivals.length === 0 ? undefined : Math.min(...arrivals);
}

/** In a word: `reading`, `retrying` (a batch failed and waits), `draining` (closed, with work left), `finished`. */
export function shardState({ closed, finished, lanes }: ShardWork): string {
  if (finished) return "finished";
  if (lanes.some(({ batches: [first] }) => first?.phase === "resting")) return "retrying";
  return closed ? "draining" : "reading";
}
