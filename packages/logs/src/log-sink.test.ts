import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@lambdock/kernel/logger";
import { DEFAULT_LOG_BOUNDS, type LogBounds } from "@lambdock/logs/log-bounds";
import { createRedisLogSink, type RedisLogSinkOptions } from "@lambdock/logs/log-sink";
import { createLogStore, type LogStore } from "@lambdock/logs/log-store";
import type { LogEvent, LogStreamName } from "@lambdock/logs/port";
import type { StoredEvent } from "@lambdock/logs/stored-events";
import { redisInstalled, startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";

const withRedis = redisInstalled() ? test : test.skip;
const logger = createLogger("test", "silent");
const scope = { accountId: "111122223333", region: "us-east-1" };
const group = { ...scope, logGroup: "/aws/lambda/f" };
const stream = (name: string): LogStreamName => ({ ...group, logStream: name });
const one: LogStreamName = stream("2025/11/22/[$LATEST]0123");

let redis: RedisFixture;
beforeAll(async () => {
  if (withRedis === test) redis = await startRedis();
});
afterAll(async () => await redis?.stop());
beforeEach(async () => void (await redis?.client.flushall()));

const sinkWith = (options: Partial<RedisLogSinkOptions> = {}): ReturnType<typeof createRedisLogSink> =>
  createRedisLogSink({ redis: redis.client, logger, ...options });
const storeOf = (bounds: LogBounds = DEFAULT_LOG_BOUNDS): LogStore => createLogStore(redis.client, bounds);
const lines = (count: number, at = 1_763_800_000_000): LogEvent[] =>
  Array.from({ length: count }, (_, index) => ({ timestamp: at + Math.floor(index / 100), message: `line ${index} ✓\n` }));

async function stored(name: string): Promise<StoredEvent[]> {
  const { events, more } = await storeOf().page({
    group,
    stream: name,
    direction: "forward",
    eventsMax: 1_000_000,
    bytesMax: 1_000_000_000,
  });
  expect(more).toBe(false);
  return [...events];
}

withRedis("10,000 lines appended in one go are all stored, in their order", async () => {
  const sink = sinkWith();
  const events = lines(10_000);
  sink.append(one, events);
  await sink.flush();
  expect((await stored(one.logStream)).map(({ timestamp, message }) => ({ timestamp, message }))).toEqual(events);
  expect(sink.dropped()).toBe(0);
});

withRedis("lines appended one by one are stored in order without anybody flushing", async () => {
  const sink = sinkWith();
  for (const event of lines(300)) sink.append(one, [event]);
  const count = async (): Promise<number> =>
    (await storeOf().stream(group, one.logStream)) === undefined ? 0 : (await stored(one.logStream)).length;
  while ((await count()) < 300) await new Promise(setImmediate);
  expect((await stored(one.logStream)).map(({ message }) => message)).toEqual(lines(300).map(({ message }) => message));
});

withRedis("group and stream appear with their times", async () => {
  const before = Date.now() - 1;
  const sink = sinkWith();
  sink.append(one, [
    { timestamp: 1_000, message: "first" },
    { timestamp: 3_000, message: "last" },
    { timestamp: 2_000, message: "late" },
  ]);
  await sink.flush();
  const record = await storeOf().stream(group, one.logStream);
  expect(record).toMatchObject({ name: one.logStream, firstEventTimestamp: 1_000, lastEventTimestamp: 3_000, storedBytes: 13 + 3 * 26 });
  expect(record!.creationTime).toBeGreaterThanOrEqual(before);
  expect(record!.lastIngestionTime).toBeGreaterThanOrEqual(record!.creationTime);
  expect(await storeOf().group(group)).toMatchObject({ name: "/aws/lambda/f", storedBytes: 13 + 3 * 26 });
  expect(await storeOf().groupNames(scope)).toEqual(["/aws/lambda/f"]);
});

withRedis("fractions of a millisecond do not reach the API, which has whole ones", async () => {
  await storeOf().append({ group, stream: "s", events: [{ timestamp: 1.9, message: "x" }], now: 5.7, create: true });
  expect(await storeOf().stream(group, "s")).toMatchObject({
    creationTime: 5,
    firstEventTimestamp: 1,
    lastEventTimestamp: 1,
    lastIngestionTime: 5,
  });
  expect(await stored("s")).toEqual([{ timestamp: 1, ingestionTime: 5, sequence: 1, message: "x" }]);
});

withRedis("streams do not mix", async () => {
  const sink = sinkWith();
  for (const [index, event] of lines(600).entries()) sink.append(stream(`s${index % 3}`), [event]);
  await sink.flush();
  for (const which of [0, 1, 2])
    expect((await stored(`s${which}`)).map(({ message }) => message)).toEqual(
      lines(600)
        .filter((_, index) => index % 3 === which)
        .map(({ message }) => message),
    );
});

withRedis("of a stream the newest events stay", async () => {
  const sink = sinkWith({ bounds: { ...DEFAULT_LOG_BOUNDS, eventsPerStream: 50 } });
  sink.append(one, lines(3_210));
  await sink.flush();
  expect((await stored(one.logStream)).map(({ message }) => message)).toEqual(
    lines(3_210)
      .slice(-50)
      .map(({ message }) => message),
  );
  const bytes = lines(3_210)
    .slice(-50)
    .reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0);
  expect(await storeOf().stream(group, one.logStream)).toMatchObject({ storedBytes: bytes, firstEventTimestamp: 1_763_800_000_031 });
  expect((await storeOf().group(group))?.storedBytes).toBe(bytes);
});

withRedis("of a group the streams that were active last stay", async () => {
  const sink = sinkWith({ bounds: { ...DEFAULT_LOG_BOUNDS, streamsPerGroup: 3 } });
  for (let index = 0; index < 8; index += 1) sink.append(stream(`s${index}`), [{ timestamp: 1_000 + index, message: "x" }]);
  await sink.flush();
  expect((await storeOf().streams(group)).map(({ name }) => name)).toEqual(["s5", "s6", "s7"]);
  expect((await storeOf().group(group))?.storedBytes).toBe(3 * 27);
  expect((await redis.client.keys("*log-events*")).length).toBe(3);
});

withRedis("a group over its bytes loses old streams first, then old events of the last one", async () => {
  const sink = sinkWith({ bounds: { ...DEFAULT_LOG_BOUNDS, bytesPerGroup: 10_000 } });
  sink.append(stream("old"), [{ timestamp: 1, message: "o".repeat(4_000) }]);
  sink.append(stream("new"), [{ timestamp: 2, message: "n".repeat(4_000) }]);
  await sink.flush();
  expect((await storeOf().streams(group)).map(({ name }) => name)).toEqual(["old", "new"]);
  sink.append(stream("new"), [{ timestamp: 3, message: "n".repeat(4_000) }]);
  await sink.flush();
  expect((await storeOf().streams(group)).map(({ name }) => name)).toEqual(["new"]);
  sink.append(stream("new"), lines(500));
  await sink.flush();
  const kept = await stored("new");
  expect(kept.at(-1)?.message).toBe("line 499 ✓\n");
  const bytes = kept.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0);
  expect(bytes).toBeLessThanOrEqual(10_000);
  expect(bytes).toBeGreaterThan(8_000);
  expect((await storeOf().group(group))?.storedBytes).toBe(bytes);
});

withRedis("an event larger than all bounds is kept rather than nothing", async () => {
  const sink = sinkWith({ bounds: { eventsPerStream: 1, streamsPerGroup: 1, bytesPerGroup: 1_000 } });
  sink.append(one, [{ timestamp: 1, message: "x".repeat(5_000) }]);
  await sink.flush();
  expect(await stored(one.logStream)).toHaveLength(1);
});

withRedis("while Redis is away events wait; when it is back all are there once and in order", async () => {
  const own = await startRedis();
  try {
    const sink = createRedisLogSink({ redis: own.client, logger });
    sink.append(one, lines(10));
    await sink.flush();
    await own.kill();
    for (const event of lines(5_000)) sink.append(one, [event]);
    const flushed = sink.flush();
    await own.revive();
    await flushed;
    const { events } = await createLogStore(own.client, DEFAULT_LOG_BOUNDS).page({
      group,
      stream: one.logStream,
      direction: "forward",
      eventsMax: 10_000,
      bytesMax: 10_000_000,
    });
    expect(events.map(({ message }) => message)).toEqual(lines(5_000).map(({ message }) => message));
    expect(sink.dropped()).toBe(0);
  } finally {
    await own.stop();
  }
});

withRedis("when Redis stays away, events are given up, counted and reported, and flush resolves", async () => {
  const own = await startRedis();
  try {
    const reports: string[] = [];
    const sink = createRedisLogSink({
      redis: own.client,
      logger: createLogger("test", "warn", {}, (line) => reports.push(line)),
      giveUpAfterMs: 50,
    });
    await own.kill();
    sink.append(one, lines(7));
    await sink.flush();
    expect(sink.dropped()).toBe(7);
    expect(reports.some((line) => /log events dropped events=7 total=7 reason=/.test(line))).toBe(true);
  } finally {
    await own.stop();
  }
});

withRedis("memory is bounded: the oldest waiting events are dropped and counted, the newest stored", async () => {
  const sink = sinkWith({ waitingBytesMax: 100_000 });
  const events = Array.from({ length: 1_000 }, (_, index) => ({ timestamp: 1, message: `${index}`.padEnd(974, ".") }));
  for (const event of events) sink.append(one, [event]);
  await sink.flush();
  const kept = await stored(one.logStream);
  expect(kept.length).toBe(100);
  expect(kept[0]?.message).toBe(events[900]!.message);
  expect(sink.dropped()).toBe(900);
});

withRedis("flush resolves at once when nothing waits, and several flushes all resolve", async () => {
  const sink = sinkWith();
  await sink.flush();
  sink.append(one, lines(10));
  await Promise.all([sink.flush(), sink.flush()]);
  sink.append(one, []);
  await sink.flush();
  expect(await stored(one.logStream)).toHaveLength(10);
});

withRedis("a batch that is sent twice is stored once", async () => {
  const append = async (number: number): Promise<unknown> =>
    await storeOf().append({
      group,
      stream: "s",
      events: [{ timestamp: 1, message: `batch ${number}` }],
      now: 5,
      create: true,
      batch: { writer: "w", number },
    });
  for (const number of [1, 1, 2, 2, 1]) await append(number);
  expect((await stored("s")).map(({ message }) => message)).toEqual(["batch 1", "batch 2"]);
});
