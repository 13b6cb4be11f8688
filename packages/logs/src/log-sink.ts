import { randomUUID } from "node:crypto";
import { systemTimers, type Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { Redis } from "ioredis";
import { DEFAULT_LOG_BOUNDS, EVENT_OVERHEAD_BYTES, type LogBounds } from "./log-bounds.ts";
import { createLogStore, type LogStore } from "./log-store.ts";
import type { LogEvent, LogSink, LogStreamName } from "./port.ts";

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

/** Consecutive events of one stream. */
interface Chunk {
  readonly order: number;
  readonly stream: LogStreamName;
  readonly events: readonly LogEvent[];
  readonly bytes: number;
}

const WAITING_BYTES_MAX = 33_554_432;
const GIVE_UP_AFTER_MS = 10_000;
/** Lets lines that are printed together be stored together. */
const LINGER_MS = 5;
const CHUNK_EVENTS = 1_000;
const CHUNK_BYTES = 1_048_576;
const ROUND_EVENTS = 2_000;
const ROUND_BYTES = 4_194_304;
const RETRY_DELAY_MS_MAX = 1_000;
/** Drops are reported at most this often. */
const REPORT_EVERY_MS = 5_000;

/**
 * Writes log events to Redis in rounds: what has been appended meanwhile goes in the next one, a
 * stream's events in one call. A call that fails is repeated until it succeeds or is given up; the
 * store recognises a repeated one, so nothing is stored twice.
 */
export function createRedisLogSink(options: RedisLogSinkOptions): RedisLogSink {
  const { redis, logger, bounds = DEFAULT_LOG_BOUNDS, waitingBytesMax = WAITING_BYTES_MAX, giveUpAfterMs = GIVE_UP_AFTER_MS, timers = systemTimers } = options;
  const store = createLogStore(redis, bounds);
  const writer = randomUUID();
  const drops = createDropCount(logger, timers);
  let waiting: Chunk[] = [];
  let waitingBytes = 0;
  let inRound: readonly Chunk[] = [];
  let appended = 0;
  let rounds = 0;
  let running = false;
  let cancelStart: (() => void) | undefined;
  let flushes: { readonly upTo: number; readonly resolve: () => void }[] = [];

  const settle = (): void => {
    const oldest = inRound[0]?.order ?? waiting[0]?.order ?? appended + 1;
    const done = flushes.filter(({ upTo }) => upTo < oldest);
    flushes = flushes.filter(({ upTo }) => upTo >= oldest);
    for (const { resolve } of done) resolve();
  };
  const dropOldest = (): void => {
    let count = 0;
    let events = 0;
    for (; waitingBytes > waitingBytesMax && count < waiting.length; count += 1) {
      waitingBytes -= waiting[count]!.bytes;
      events += waiting[count]!.events.length;
    }
    if (count === 0) return;
    waiting = waiting.slice(count);
    drops.add(events, `more than ${waitingBytesMax} bytes of log wait for Redis`);
  };
  const run = async (): Promise<void> => {
    if (running) return;
    running = true;
    cancelStart?.();
    cancelStart = undefined;
    while (waiting.length > 0) {
      const count = roundLength(waiting);
      inRound = waiting.slice(0, count);
      waiting = waiting.slice(count);
      rounds += 1;
      await sendRound({ store, chunks: inRound, batch: { writer, number: rounds }, giveUpAfterMs, timers, logger, drops });
      waitingBytes -= inRound.reduce((sum, chunk) => sum + chunk.bytes, 0);
      inRound = [];
      settle();
    }
    running = false;
  };
  return {
    append(stream, events) {
      for (const chunk of chunksOf(events)) {
        waiting.push({ order: (appended += 1), stream, ...chunk });
        waitingBytes += chunk.bytes;
      }
      if (waitingBytes > waitingBytesMax) dropOldest();
      if (!running) cancelStart ??= timers.after(LINGER_MS, () => void run());
    },
    flush() {
      void run();
      return new Promise((resolve) => {
        flushes.push({ upTo: appended, resolve });
        settle();
      });
    },
    dropped: () => drops.total(),
  };
}

/** Pieces that Redis stores without holding up others. */
function* chunksOf(events: readonly LogEvent[]): Generator<{ readonly events: readonly LogEvent[]; readonly bytes: number }> {
  let start = 0;
  let bytes = 0;
  for (let index = 0; index < events.length; index += 1) {
    bytes += Buffer.byteLength(events[index]!.message) + EVENT_OVERHEAD_BYTES;
    const full = index + 1 - start === CHUNK_EVENTS || bytes >= CHUNK_BYTES;
    if (!full && index + 1 < events.length) continue;
    yield { events: events.slice(start, index + 1), bytes };
    start = index + 1;
    bytes = 0;
  }
}

/** How many of the oldest chunks go in one round; at least one. */
function roundLength(chunks: readonly Chunk[]): number {
  let events = 0;
  let bytes = 0;
  const past = chunks.findIndex((chunk) => {
    events += chunk.events.length;
    bytes += chunk.bytes;
    return events > ROUND_EVENTS || bytes > ROUND_BYTES;
  });
  return past === -1 ? chunks.length : Math.max(past, 1);
}

interface Round {
  readonly store: LogStore;
  readonly chunks: readonly Chunk[];
  readonly batch: { readonly writer: string; readonly number: number };
  readonly giveUpAfterMs: number;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly drops: DropCount;
}

interface StreamBatch {
  readonly stream: LogStreamName;
  readonly events: LogEvent[];
}

/** Stores a round, again and again what failed of it; returns when all is stored or given up. Never throws. */
async function sendRound({ store, chunks, batch, giveUpAfterMs, timers, logger, drops }: Round): Promise<void> {
  let left = byStream(chunks);
  const start = timers.monotonic();
  for (let delay = 20; left.length > 0; delay = Math.min(delay * 2, RETRY_DELAY_MS_MAX)) {
    const outcomes = await Promise.allSettled(
      left.map(async ({ stream, events }) => await store.append({ group: stream, stream: stream.logStream, events, now: timers.now(), create: true, batch })),
    );
    const failure = outcomes.find((outcome) => outcome.status === "rejected");
    left = left.filter((_, index) => outcomes[index]!.status === "rejected");
    if (failure === undefined) return;
    if (timers.monotonic() - start >= giveUpAfterMs) {
      return drops.add(left.reduce((sum, { events }) => sum + events.length, 0), `Redis did not take them: ${String(failure.reason)}`);
    }
    if (delay === 20) logger.warn("log events can't be stored now, trying again", { cause: String(failure.reason) });
    await new Promise<void>((resolve) => timers.after(delay, resolve));
  }
}

function byStream(chunks: readonly Chunk[]): readonly StreamBatch[] {
  const batches = new Map<string, StreamBatch>();
  for (const { stream, events } of chunks) {
    const key = `${stream.accountId}:${stream.region}:${stream.logGroup}:${stream.logStream}`;
    const batch = batches.get(key);
    if (batch === undefined) batches.set(key, { stream, events: [...events] });
    else batch.events.push(...events);
  }
  return [...batches.values()];
}

interface DropCount {
  add(events: number, reason: string): void;
  total(): number;
}

function createDropCount(logger: Logger, timers: Timers): DropCount {
  let total = 0;
  let reported = 0;
  let reportedAt = -Infinity;
  return {
    add(events, reason) {
      total += events;
      if (timers.monotonic() - reportedAt < REPORT_EVERY_MS) return;
      logger.warn("log events dropped", { events: total - reported, total, reason });
      reported = total;
      reportedAt = timers.monotonic();
    },
    total: () => total,
  };
}
