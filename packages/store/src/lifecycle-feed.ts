import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { eventsOf, LIFECYCLE_STREAM } from "./lifecycle-stream.ts";
import { openSubscriber, type RedisClient } from "./redis.ts";

/** What a reader of the lifecycle stream is handed. */
export type LifecycleItem =
  /** First of all: whatever comes after `id` will be told. */
  | { readonly type: "begun"; readonly id: string }
  /** One entry of the stream; `id` is where to go on after it. */
  | { readonly type: "events"; readonly id: string; readonly events: readonly LifecycleEvent[] }
  /** Entries after `after` (and before the next) may be missing: the stream is bounded, and was cut before they were read. */
  | { readonly type: "gap"; readonly after: string };

/**
 * Reads the stream after an id (`$`: only what is new, `0`: all that is kept), as it comes, until
 * the signal aborts. Waits while Redis is away.
 */
export type LifecycleFeed = (from: string, signal: AbortSignal) => AsyncGenerator<LifecycleItem>;

/** Milliseconds that one read waits for something new, and so the longest that an aborted reader stays. */
const BLOCK_MS = 1_000;
const READ_ENTRIES = 100;

/** Each reader gets a connection of its own, because reading blocks it. */
export function createLifecycleFeed(redis: RedisClient): LifecycleFeed {
  return async function* read(from, signal) {
    const reader = openSubscriber(redis);
    const close = (): void => reader.disconnect();
    signal.addEventListener("abort", close, { once: true });
    try {
      yield* itemsAfter(reader, from, signal);
    } catch (error) {
      // The broken connection of an aborted reader is no failure.
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", close);
      close();
    }
  };
}

async function* itemsAfter(reader: RedisClient, from: string, signal: AbortSignal): AsyncGenerator<LifecycleItem> {
  // "$" would mean anew "from now on" at each read, and lose what came between two of them.
  let last = from === "$" ? ((await reader.xrevrange(LIFECYCLE_STREAM, "+", "-", "COUNT", 1))[0]?.[0] ?? "0") : from;
  yield { type: "begun", id: last };
  while (!signal.aborted) {
    const reply = await reader.xread("COUNT", READ_ENTRIES, "BLOCK", BLOCK_MS, "STREAMS", LIFECYCLE_STREAM, last);
    const entries = reply?.[0]?.[1] ?? [];
    if (entries.length > 0 && last !== "0" && !(await isKept(reader, last))) yield { type: "gap", after: last };
    for (const [id, fields] of entries) {
      yield { type: "events", id, events: eventsOf(fields) };
      last = id;
    }
  }
}

/** The stream is cut at its old end only: while an entry is kept, so is all that came after it. */
async function isKept(reader: RedisClient, id: string): Promise<boolean> {
  return (await reader.xrange(LIFECYCLE_STREAM, id, id)).length > 0;
}
