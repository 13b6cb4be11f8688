import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger } from "@lambdock/kernel/logger";
import { redisInstalled, startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";
import { createEventAdmin, type EventAdmin } from "./event-admin.ts";
import { createEventConsumer, type EventConsumer } from "./event-consumer.ts";
import { createEventProducer, type EventProducer } from "./event-producer.ts";
import { eventNamed, FUNCTION, until } from "./testing/events.ts";
import { eventOf, type Next, type WorkItem } from "./work-item.ts";

const SET = "lambdock:async-queues";

(redisInstalled() ? describe : describe.skip)("queues without events", () => {
  let directory: string;
  let redis: RedisFixture;
  let consumer: EventConsumer | undefined;
  let producers: EventProducer[];
  let admin: EventAdmin;
  let idle: string[];
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "lambdock-queue-"));
    redis = await startRedis({ directory });
  });
  beforeEach(async () => {
    await redis.client.flushall();
    consumer = undefined;
    producers = [];
    idle = [];
    admin = createEventAdmin(redis.client, () => 0);
  });
  afterEach(async () => {
    await consumer?.close(0);
    await Promise.all(producers.map((producer) => producer.close()));
    await admin.close();
  });
  afterAll(async () => {
    await redis.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const consume = async (work: (item: WorkItem) => Promise<Next>, idleMs?: number): Promise<void> => {
    consumer = createEventConsumer({
      redis: redis.client,
      logger: createLogger("test", "silent"),
      initialConcurrency: 4,
      work,
      onIdle: ({ name }) => void idle.push(name),
      ...(idleMs === undefined ? {} : { idleMs }),
    });
    await consumer.start();
  };
  /** Another each time: one that announced its queue a moment ago relies on the consumer. */
  const enqueue = async (requestId: string, functionName = FUNCTION.name): Promise<void> => {
    const producer = createEventProducer(redis.client);
    producers.push(producer);
    await producer.enqueue(eventNamed(requestId, { functionName }));
  };
  const connections = async (): Promise<number> =>
    String(await redis.client.client("LIST"))
      .trim()
      .split("\n").length;
  const done = async (): Promise<Next> => ({ kind: "done" });

  test("are given up with their connections, and taken up again with their next event", async () => {
    const seen: string[] = [];
    await consume(async (item) => (seen.push(eventOf(item).requestId), done()), 100);
    const before = await connections();
    for (let index = 0; index < 5; index += 1) await enqueue(`a${index}`, `f${index}`);
    await until(() => seen.length === 5);
    expect(await connections()).toBeGreaterThanOrEqual(before + 5);
    await until(async () => (await redis.client.scard(SET)) === 0);
    await until(async () => (await connections()) === before);
    expect(idle.sort()).toEqual(["f0", "f1", "f2", "f3", "f4"]);
    await enqueue("b", "f3");
    await until(() => seen.includes("b"));
    expect(await admin.summaries()).toMatchObject([{ name: "f3", dead: 0 }]);
  });

  test("stay listed while there are dead events, which can be redriven all the same", async () => {
    let fails = true;
    const seen: string[] = [];
    await consume(async (item) => {
      seen.push(eventOf(item).requestId);
      return fails ? { kind: "dead", item, reason: "r" } : { kind: "done" };
    }, 100);
    await enqueue("a");
    await until(() => idle.length === 1);
    expect(await admin.summaries()).toMatchObject([{ name: FUNCTION.name, dead: 1 }]);
    fails = false;
    expect(await admin.redrive(FUNCTION)).toBe(1);
    await until(() => seen.length === 2);
  });

  test("an event that is worked on or waits for its retry keeps its queue", async () => {
    const tries: number[] = [];
    let end: () => void = () => undefined;
    await consume(async (item) => {
      tries.push(performance.now());
      if (tries.length === 1) return { kind: "later", item, delayMs: 500 };
      await new Promise<void>((resolve) => void (end = resolve));
      return { kind: "done" };
    }, 50);
    await enqueue("a");
    await until(() => tries.length === 2);
    await until(() => performance.now() - tries[1]! > 300);
    expect(idle).toEqual([]);
    end();
    await until(() => idle.length === 1);
  });

  test("a consumer that starts takes up what has events, and leaves alone what has only dead ones", async () => {
    await consume(async (item) => ({ kind: "dead", item, reason: "r" }));
    await enqueue("a", "broken");
    await until(async () => (await admin.summaries())[0]?.dead === 1);
    await consumer!.close(0);
    await until(async () => (await connections()) === 1);
    await enqueue("b");
    const seen: string[] = [];
    await consume(async (item) => (seen.push(eventOf(item).requestId), done()));
    await until(() => seen.length === 1);
    const blocked = String(await redis.client.client("LIST"))
      .split("\n")
      .filter((line) => line.includes("cmd=bzpopmin"));
    expect(blocked.length).toBeLessThanOrEqual(1);
  });
});
