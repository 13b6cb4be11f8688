import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger, type Logger } from "@lambdock/kernel/logger";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { createLifecycleStream, eventsOf, LIFECYCLE_STREAM, readLifecycle, type LifecycleStream } from "./lifecycle-stream.ts";
import { openSubscriber, type RedisClient } from "./redis.ts";
import { redisInstalled, startRedis, type RedisFixture } from "./testing/redis-fixture.ts";

const silent = createLogger("test", "silent");

function throttle(index: number): LifecycleEvent {
  return {
    type: "throttle",
    at: 1_763_800_000_000 + index,
    functionArn: "arn",
    version: "$LATEST",
    requestId: `r${index}`,
    reason: "ConcurrentInvocationLimitExceeded",
  };
}

const throttles = (count: number, from = 0): LifecycleEvent[] => Array.from({ length: count }, (_, index) => throttle(from + index));

async function storedEvents(redis: RedisClient): Promise<LifecycleEvent[]> {
  return (await redis.xrange(LIFECYCLE_STREAM, "-", "+")).flatMap(([, fields]) => eventsOf(fields));
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

(redisInstalled() ? describe : describe.skip)("the lifecycle stream", () => {
  let fixture: RedisFixture;
  let reader: RedisClient;
  beforeAll(async () => {
    fixture = await startRedis();
    reader = openSubscriber(fixture.client);
    await reader.connect();
  });
  afterAll(async () => {
    reader.disconnect();
    await fixture.stop();
  });
  beforeEach(async () => void (await fixture.client.flushall()));

  const open = (maxEvents = 100_000, logger: Logger = silent): LifecycleStream =>
    createLifecycleStream({ redis: fixture.client, maxEvents, logger });
  const emitAll = (stream: LifecycleStream, events: readonly LifecycleEvent[]): void => events.forEach((event) => stream.emit(event));

  test("events are written in their order without anybody asking", async () => {
    const stream = open();
    emitAll(stream, throttles(2_500));
    await until(async () => (await storedEvents(fixture.client)).length === 2_500);
    expect(await storedEvents(fixture.client)).toEqual(throttles(2_500));
  });

  test("closing writes what still waits; what comes later is dropped", async () => {
    const stream = open();
    emitAll(stream, throttles(3));
    await stream.close();
    stream.emit(throttle(9));
    await stream.close();
    expect(await storedEvents(fixture.client)).toEqual(throttles(3));
  });

  test("the stream is capped: of very many events about the newest stay", async () => {
    const stream = open(1_000);
    emitAll(stream, throttles(9_000));
    await stream.close();
    const kept = await storedEvents(fixture.client);
    expect(kept.length).toBeGreaterThanOrEqual(1_000);
    // Redis trims whole blocks of a hundred entries, of sixteen events each.
    expect(kept.length).toBeLessThan(1_000 + 100 * 16);
    expect(kept).toEqual(throttles(9_000).slice(-kept.length));
  });

  test("a reader gets what is kept and what comes, in order, until it is told to stop", async () => {
    const stream = open();
    emitAll(stream, throttles(2));
    await stream.close();
    const stop = new AbortController();
    const seen: LifecycleEvent[] = [];
    const reading = (async () => {
      for await (const { events } of readLifecycle(reader, "0", stop.signal)) {
        seen.push(...events);
        if (seen.length === 4) stop.abort();
      }
    })();
    await until(() => seen.length === 2);
    emitAll(open(), throttles(2, 2));
    await reading;
    expect(seen).toEqual(throttles(4));
  });

  test("a reader that starts at $ gets only what comes, and loses nothing between two looks", async () => {
    const before = open();
    emitAll(before, throttles(2));
    await before.close();
    const stop = new AbortController();
    const events = readLifecycle(reader, "$", stop.signal);
    const first = events.next();
    // Only once the reader blocks has it looked where the end was.
    await until(async () => (await fixture.client.info("clients")).includes("blocked_clients:1"));
    const after = open();
    emitAll(after, throttles(1, 2));
    await after.close();
    expect((await first).value?.events).toEqual([throttle(2)]);
    const between = open();
    emitAll(between, throttles(1, 3));
    await between.close();
    expect((await events.next()).value?.events).toEqual([throttle(3)]);
    stop.abort();
    expect((await events.next()).done).toBe(true);
  });
});

(redisInstalled() ? describe : describe.skip)("the lifecycle stream with a Redis that dies", () => {
  let fixture: RedisFixture;
  beforeEach(async () => {
    fixture = await startRedis();
  });
  const stop = async (): Promise<void> => await fixture.stop();

  test("events wait while it is away and are written when it is back", async () => {
    const stream = createLifecycleStream({ redis: fixture.client, maxEvents: 1_000, logger: silent });
    await fixture.kill();
    for (const event of throttles(50)) stream.emit(event);
    await until(() => fixture.client.status !== "ready");
    await fixture.revive();
    await until(async () => (await storedEvents(fixture.client).catch(() => [])).length === 50);
    expect(await storedEvents(fixture.client)).toEqual(throttles(50));
    await stream.close();
    await stop();
  });

  test("memory is bounded, emitting never throws, closing ends, and what is lost is reported", async () => {
    const reports: string[] = [];
    const logger = createLogger("test", "warn", {}, (line) => reports.push(line));
    const stream = createLifecycleStream({ redis: fixture.client, maxEvents: 1_000, logger });
    await fixture.kill();
    for (const event of throttles(10_500)) stream.emit(event);
    await stream.close();
    expect(reports.some((line) => line.includes("lifecycle events dropped: Redis does not answer events=1000"))).toBe(true);
    expect(reports.some((line) => line.includes("lifecycle events were not written: Redis does not answer events=9500"))).toBe(true);
    await stop();
  });
});
