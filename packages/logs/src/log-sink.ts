import { randomUUID } from "node:crypto";
import { systemTimers, type Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { Redis } from "ioredis";
import { createDropCount } from "./drop-count.ts";
import { DEFAULT_LOG_BOUNDS, type LogBounds } from "./log-bounds.ts";
import { storeRound } from "./log-round.ts";
import { createLogStore } from "./log-store.ts";
import type { LogSink } from "./port.ts";
import { createWaitingEvents } from "./waiting-events.ts";

export interface RedisLogSinkOptions {
  readonly redis: Redis;
  readonly logger: Logger;
  readonly bounds?: LogBounds;
  /** Bytes that may wait for Redis; past them the oldest are dropped. Default 32 MiB. */
  readonly waitingBytesMax?: number;
  /** Events that Redis has refused for this long are dropped, milliseconds. Default 10 s. */
  readonly giveUpAfterMs?: number;
  readonly timers?: Timers;
}

/** A LogSink that tells what it had to drop. */
export interface RedisLogSink extends LogSink {
  /** Events dropped since the start, because too many waited or Redis was away too long. */
  dropped(): number;
}

const WAITING_BYTES_MAX = 33_554_432;
const GIVE_UP_AFTER_MS = 10_000;
/** Lets lines that are printed together be stored together. */
const LINGER_MS = 5;
/** Under load rounds begin so far apart: a stream is written twenty times a second, not once per invocation. */
const ROUND_EVERY_MS = 50;
/** Bytes that are not kept waiting for company. */
const HURRY_BYTES = 1_048_576;

/**
 * Writes log events to Redis in rounds: what has been appended meanwhile goes in the next one, a
 * stream's events in one call. A call that fails is repeated until it succeeds or is given up; the
 * store recognises a repeated one, so nothing is stored twice.
 */
export function createRedisLogSink(options: RedisLogSinkOptions): RedisLogSink {
  const { redis, logger, waitingBytesMax = WAITING_BYTES_MAX, giveUpAfterMs = GIVE_UP_AFTER_MS, timers = systemTimers } = options;
  const store = createLogStore(redis, options.bounds ?? DEFAULT_LOG_BOUNDS);
  const writer = randomUUID();
  const drops = createDropCount(logger, timers);
  const waiting = createWaitingEvents(waitingBytesMax);
  let rounds = 0;
  let roundBegan = -Infinity;
  let running = false;
  let cancelStart: (() => void) | undefined;
  let flushes: { readonly upTo: number; readonly resolve: () => void }[] = [];

  const settleFlushes = (): void => {
    const oldest = waiting.oldestOrder();
    const done = flushes.filter(({ upTo }) => upTo < oldest);
    flushes = flushes.filter(({ upTo }) => upTo >= oldest);
    for (const { resolve } of done) resolve();
  };
  const run = async (): Promise<void> => {
    if (running) return;
    running = true;
    cancelStart?.();
    cancelStart = undefined;
    while (!waiting.isEmpty()) {
      rounds += 1;
      roundBegan = timers.monotonic();
      await storeRound({ store, chunks: waiting.takeRound(), batch: { writer, number: rounds }, giveUpAfterMs, timers, logger, drops });
      waiting.finishRound();
      settleFlushes();
      if (flushes.length === 0 && waiting.bytes() < HURRY_BYTES) break;
    }
    running = false;
    if (!waiting.isEmpty()) start();
  };
  const start = (): void => {
    if (running || cancelStart !== undefined) return;
    const delay = Math.max(LINGER_MS, roundBegan + ROUND_EVERY_MS - timers.monotonic());
    cancelStart = timers.after(delay, () => void run());
  };
  return {
    append(stream, events) {
      const dropped = waiting.push(stream, events);
      if (dropped > 0) drops.add(dropped, `more than ${waitingBytesMax} bytes of log wait for Redis`);
      if (waiting.bytes() < HURRY_BYTES) start();
      else void run();
    },
    flush() {
      return new Promise((resolve) => {
        flushes.push({ upTo: waiting.lastOrder(), resolve });
        settleFlushes();
        void run();
      });
    },
    dropped: () => drops.total(),
  };
}
