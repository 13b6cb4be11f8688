import type { Logger } from "@lambdock/kernel/logger";
import type { Lifecycle, LifecycleEvent } from "@lambdock/model/lifecycle";
import type { RedisClient } from "./redis.ts";

/** The one Redis stream that every service writes to; each of an entry's fields is named `e` and holds an event's JSON. */
export const LIFECYCLE_STREAM = "lambdock:lifecycle";

export interface LifecycleStreamOptions {
  readonly redis: RedisClient;
  /** The oldest events beyond so many (or somewhat more: Redis trims in blocks) are given up; earlier, when they came one by one. */
  readonly maxEvents: number;
  readonly logger: Logger;
}

/** The lifecycle stream's writing end: batched, bounded, never in anybody's way. */
export interface LifecycleStream extends Lifecycle {
  /** Writes what is still waiting, in one attempt, and stops. Later events are dropped. */
  close(): Promise<void>;
}

/** Events that happen together are written together: under load ten times a second, not once per event. */
const LINGER_MS = 100;
/** Between attempts while Redis is away. */
const RETRY_MS = 500;
/** While Redis is away only the newest are kept. */
const WAITING_MAX = 10_000;
/** Events of one entry: an entry of sixteen costs about what one of one costs. */
const ENTRY_EVENTS = 16;
/** Events of one round trip. */
const BATCH_MAX = 1_024;

/**
 * Appends events to the capped stream, off the hot path, in their order. While Redis is away they
 * wait, and the oldest beyond 10,000 are dropped and reported. If the connection breaks during a
 * write, what it carried is written again: an event may then be there twice, but none is missing.
 */
export function createLifecycleStream({ redis, maxEvents, logger }: LifecycleStreamOptions): LifecycleStream {
  const waiting = createWaiting(logger);
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let closed = false;

  const writeAll = async (): Promise<void> => {
    while (waiting.count() > 0) {
      const batch = waiting.oldest(BATCH_MAX);
      const start = waiting.gone();
      const written = await writeBatch(redis, maxEvents, batch);
      waiting.removeUpTo(start + written);
      if (written < batch.length) return schedule(RETRY_MS);
      // What came meanwhile waits for company; a backlog does not.
      if (!closed && waiting.count() < BATCH_MAX) return;
    }
  };
  const write = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    writing ??= writeAll().finally(() => {
      writing = undefined;
      if (waiting.count() > 0) schedule(LINGER_MS);
    });
    return writing;
  };
  const schedule = (delayMs: number): void => {
    if (!closed) timer ??= setTimeout(() => void write(), delayMs).unref();
  };
  return {
    emit(event) {
      if (closed) return;
      waiting.add(event);
      if (writing === undefined) schedule(LINGER_MS);
    },
    async close() {
      closed = true;
      await writing;
      await write();
      if (waiting.count() > 0) logger.warn("lifecycle events were not written: Redis does not answer", { events: waiting.count() });
    },
  };
}

/** Answers how many of the batch, from its start, are written. Never rejects. */
async function writeBatch(redis: RedisClient, maxEvents: number, batch: readonly LifecycleEvent[]): Promise<number> {
  const pipeline = redis.pipeline();
  const entriesMax = Math.ceil(maxEvents / ENTRY_EVENTS);
  for (let start = 0; start < batch.length; start += ENTRY_EVENTS) {
    const fields = batch.slice(start, start + ENTRY_EVENTS).flatMap((event) => ["e", JSON.stringify(event)]);
    pipeline.xadd(LIFECYCLE_STREAM, "MAXLEN", "~", entriesMax, "*", ...fields);
  }
  const answers = await pipeline.exec().catch(() => null);
  if (answers === null) return 0;
  const failed = answers.findIndex(([error]) => error !== null);
  return failed === -1 ? batch.length : failed * ENTRY_EVENTS;
}

interface Waiting {
  add(event: LifecycleEvent): void;
  count(): number;
  oldest(count: number): readonly LifecycleEvent[];
  /** How many have been taken away or dropped since the start. */
  gone(): number;
  /** Takes the oldest away until so many are gone; those that were dropped meanwhile count. */
  removeUpTo(gone: number): void;
}

function createWaiting(logger: Logger): Waiting {
  let events: LifecycleEvent[] = [];
  let gone = 0;
  const removeUpTo = (target: number): void => {
    const count = Math.max(target - gone, 0);
    events = events.slice(count);
    gone += count;
  };
  return {
    add(event) {
      events.push(event);
      if (events.length <= WAITING_MAX) return;
      // A tenth at a time: shifting one by one would move all the others each time.
      const dropped = WAITING_MAX / 10;
      removeUpTo(gone + dropped);
      logger.warn("lifecycle events dropped: Redis does not answer", { events: dropped });
    },
    count: () => events.length,
    oldest: (count) => events.slice(0, count),
    gone: () => gone,
    removeUpTo,
  };
}

/**
 * Events after an id (`$`: only new ones, `0`: all that are kept), as they come, until the signal
 * aborts. Needs a connection of its own: it blocks. Throws what Redis throws; the last id that was
 * handed out is where to go on.
 */
export async function* readLifecycle(
  redis: RedisClient,
  from: string,
  signal: AbortSignal,
): AsyncGenerator<{ readonly id: string; readonly events: readonly LifecycleEvent[] }> {
  // "$" would mean anew "from now on" at each call, and lose what came between two of them.
  let last = from === "$" ? ((await redis.xrevrange(LIFECYCLE_STREAM, "+", "-", "COUNT", 1))[0]?.[0] ?? "0") : from;
  while (!signal.aborted) {
    const reply = await redis.xread("COUNT", 100, "BLOCK", 1_000, "STREAMS", LIFECYCLE_STREAM, last);
    for (const [id, fields] of reply?.[0]?.[1] ?? []) {
      if (signal.aborted) return;
      last = id;
      yield { id, events: eventsOf(fields) };
    }
  }
}

/** The events of an entry, from its names and values in turns. */
export function eventsOf(fields: readonly string[]): LifecycleEvent[] {
  return fields.filter((_, index) => index % 2 === 1).map((json) => JSON.parse(json) as LifecycleEvent);
}
