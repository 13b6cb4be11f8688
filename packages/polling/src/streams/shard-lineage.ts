/**
 * Which shards of a stream to read, and from where (esm.md sections 1 and 4.1). Shards that exist when
 * the mapping begins are read from its starting position, shards that appear later from their beginning,
 * and a child only when its parents are finished, so that a key keeps its order over splits and merges.
 * A shard is known to be closed by its children or by reading it to its end: listings can't be trusted,
 * some emulators give open shards an ending sequence number.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html
 */
import type { SourceKind, StreamSettings } from "@lambdock/model/event-source-mapping";
import type { ShardCheckpoint } from "./shard-protocol.ts";

/** A shard as the source lists it. */
export interface ListedShard {
  readonly shardId: string;
  /** None, the split one, or the two that were merged. */
  readonly parentIds: readonly string[];
}

/**
 * Where reading begins when there is no checkpoint. `latest` remembers when (epoch milliseconds) the
 * shard was first seen, so that what is written while nobody polls is not lost.
 */
export type StartFrom =
  | { readonly kind: "trim-horizon" }
  | { readonly kind: "timestamp"; readonly at: number }
  | { readonly kind: "latest"; readonly at: number };

/** How far a shard is, as it is stored. */
export interface ShardProgress extends ShardCheckpoint {
  readonly from: StartFrom;
  /** Everything in it is done, and nothing follows. */
  readonly done?: true;
}

/** What a listing is looked at with. */
export interface LineageContext {
  readonly start: StartFrom;
  /** `start` is LATEST. */
  readonly latest: boolean;
  readonly active: ReadonlySet<string>;
  readonly reopen: boolean;
}

/** What a listing changes. */
export interface LineagePlan {
  /** Seen for the first time. */
  readonly added: ReadonlyMap<string, ShardProgress>;
  /** Gone from the stream: to be forgotten. */
  readonly removed: readonly string[];
  /** To be read now, unless they are already. */
  readonly readable: readonly string[];
}

/**
 * Where a mapping's first shards begin. Kinesis can start at an instant, which makes LATEST exact: the
 * instant at which the mapping was made. `at`: epoch milliseconds of it.
 */
export function startOf(stream: StreamSettings, source: SourceKind, at: number): StartFrom {
  switch (stream.startingPosition) {
    case "TRIM_HORIZON":
      return { kind: "trim-horizon" };
    case "AT_TIMESTAMP":
      return { kind: "timestamp", at: stream.startingPositionTimestamp ?? at };
    case "LATEST":
      return source === "kinesis" ? { kind: "timestamp", at } : { kind: "latest", at };
  }
}

/**
 * Compares a listing with what is known. `active`: shards that are being read. `reopen`: finished shards
 * without children are read on: a closed shard has children, so the stream was made anew under its
 * name, or disabled, in which case the read ends at once.
 */
export function planLineage(
  listed: readonly ListedShard[],
  known: ReadonlyMap<string, ShardProgress>,
  { start, latest, active, reopen }: LineageContext,
): LineagePlan {
  // A stream always has shards: an empty listing is one that is not ready.
  if (listed.length === 0) return { added: new Map(), removed: [], readable: [] };
  const ids = new Set(listed.map((shard) => shard.shardId));
  const added = firstSights(listed, known, { start, latest });
  const removed = [...known.keys()].filter((id) => !ids.has(id) && !active.has(id));
  const isDone = (id: string): boolean => (known.get(id) ?? added.get(id))?.done === true;
  const blocks = (id: string): boolean => (ids.has(id) || active.has(id)) && !isDone(id);
  const parents = new Set(listed.flatMap((shard) => shard.parentIds));
  const over = (id: string): boolean => isDone(id) && !(reopen && !parents.has(id));
  const readable = listed.filter((shard) => !over(shard.shardId) && !shard.parentIds.some(blocks)).map((shard) => shard.shardId);
  return { added, removed, readable };
}

function firstSights(
  listed: readonly ListedShard[],
  known: ReadonlyMap<string, ShardProgress>,
  { start, latest }: Pick<LineageContext, "start" | "latest">,
): ReadonlyMap<string, ShardProgress> {
  const begins = known.size === 0;
  const parents = new Set(listed.flatMap((shard) => shard.parentIds));
  const added = new Map<string, ShardProgress>();
  for (const { shardId } of listed) {
    if (known.has(shardId)) continue;
    if (!begins) added.set(shardId, { from: { kind: "trim-horizon" } });
    // LATEST: whoever has children is closed, and has nothing newer.
    else added.set(shardId, latest && parents.has(shardId) ? { from: start, done: true } : { from: start });
  }
  return added;
}
