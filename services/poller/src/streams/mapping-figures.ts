import { batchesInFlight, oldestPendingAt, shardState } from "@lambdock/polling/streams/shard-figures";
import type { MappingStatus } from "../port.ts";
import type { Progress } from "./progress.ts";
import type { ShardWorker } from "./shard-worker.ts";

/** What a stream mapping tells about its work: of every shard that is known, read or not. */
export function mappingStatus({
  shards,
  progress,
  lastResult,
  now,
}: {
  readonly shards: ReadonlyMap<string, ShardWorker>;
  readonly progress: Progress;
  readonly lastResult: string;
  /** Epoch milliseconds. */
  readonly now: number;
}): MappingStatus {
  const works = [...shards.values()].map((shard) => shard.work);
  const oldest = works.map((work) => oldestPendingAt(work) ?? Infinity).reduce((least, at) => Math.min(least, at), Infinity);
  return {
    batchesInFlight: works.reduce((sum, work) => sum + batchesInFlight(work), 0),
    pollers: shards.size,
    ...(oldest === Infinity ? {} : { ageMs: Math.max(0, Math.floor(now - oldest)) }),
    lastResult,
    shards: [...progress.shards].map(([shardId, { sequenceNumber, done }]) => {
      const worker = shards.get(shardId);
      const state = worker === undefined ? (done === true ? "finished" : "waiting") : shardState(worker.work);
      return { shardId, state, ...(sequenceNumber === undefined ? {} : { checkpoint: sequenceNumber }) };
    }),
  };
}
