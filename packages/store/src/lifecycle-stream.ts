import type { Logger } from "@lambdock/kernel/logger";
import type { Lifecycle, LifecycleEvent } from "@lambdock/model/lifecycle";
import type { RedisClient } from "./redis.ts";

/** The one Redis stream that every service writes to; an entry's field `e` holds an event's JSON. */
export const LIFECYCLE_STREAM = "lambdock:lifecycle";

export interface LifecycleStreamOptions {
  readonly redis: RedisClient;
  /** The oldest events beyond so many are given up. */
  readonly maxEvents: number;
  readonly logger: Logger;
}

/** The lifecycle stream's writing end: batched, bounded, never in anybody's way. */
export interface LifecycleStream extends Lifecycle {
  /** Writes what is still waiting. */
  close(): Promise<void>;
}

/** Events that happen together are written together. */
const LINGER_MS = 20;
/** While Redis is away only the newest are kept. */
const WAITING_MAX = 10_000;

/** Appends events to the capped stream, off the hot path; while Redis is away the oldest are dropped. */
export function createLifecycleStream({ redis, maxEvents, logger }: LifecycleStreamOptions): LifecycleStream {
  let waiting: LifecycleEvent[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  const write = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    const pipeline = redis.pipeline();
    for (const event of batch) pipeline.xadd(LIFECYCLE_STREAM, "MAXLEN", "~", maxEvents, "*", "e", JSON.stringify(event));
    try {
      await pipeline.exec();
    } catch (error) {
      logger.debug("lifecycle events were lost", { count: batch.length, error });
    }
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(write);
    return writing;
  };
  return {
    emit(event) {
      waiting.push(event);
      if (waiting.length > WAITING_MAX) waiting.shift();
      timer ??= setTimeout(() => void flush(), LINGER_MS).unref();
    },
    close: flush,
  };
}

/**
 * Events after an id (`$`: only new ones, `0`: all that are kept), as they come, until the signal
 * aborts. Needs a connection of its own: it blocks.
 */
export async function* readLifecycle(redis: RedisClient, from: string, signal: AbortSignal): AsyncGenerator<{ readonly id: string; readonly event: LifecycleEvent }> {
  let last = from;
  while (!signal.aborted) {
    const reply = await redis.xread("COUNT", 500, "BLOCK", 1_000, "STREAMS", LIFECYCLE_STREAM, last);
    for (const [id, fields] of reply?.[0]?.[1] ?? []) {
      last = id;
      yield { id, event: JSON.parse(fields[1]!) as LifecycleEvent };
    }
  }
}
