import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger } from "@lambdock/kernel/logger";
import { redisInstalled, startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";
import { createEventAdmin, type EventAdmin, type EventState } from "./event-admin.ts";
import { createEventConsumer, type EventConsumer, type EventConsumerOptions } from "./event-consumer.ts";
import { createEventProducer, type EventProducer } from "./event-producer.ts";
import { killed } from "@lambdock/kernel/testing/source-process";
import { consumerAtWork } from "./testing/consumer-process.ts";
import { eventNamed, FUNCTION, until } from "./testing/events.ts";
import { eventOf, type Next, type WorkItem } from "./work-item.ts";

type Work = EventConsumerOptions["work"];

(redisInstalled() ? describe : describe.skip)("the queue of asynchronous events", () => {
  let directory: string;
  let redis: RedisFixture;
  let producer: EventProducer;
  let admin: EventAdmin;
  let consumers: EventConsumer[];
  let now: number;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "lambdock-queue-"));
    redis = await startRedis({ directory });
  });
  beforeEach(async () => {
    await redis.client.flushall();
    now = 5_000;
    consumers = [];
    producer = createEventProducer(redis.client);
    admin = createEventAdmin(redis.client, () => now);
  });
  afterEach(async () => {
    await Promise.all(consumers.map((consumer) => consumer.close(0)));
    await producer.close();
    await admin.close();
  });
  afterAll(async () => {
    await redis.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const consume = async (work: Work, initialConcurrency = 4): Promise<EventConsumer> => {
    const consumer = createEventConsumer({ redis: redis.client, logger: createLogger("test", "silent"), initialConcurrency, work });
    consumers.push(consumer);
    await consumer.start();
    return consumer;
  };
  const done = async (): Promise<Next> => ({ kind: "done" });
  const dead = async (item: WorkItem): Promise<Next> => ({ kind: "dead", item, reason: "RetriesExhausted" });
  const idsIn = async (state: EventState): Promise<string[]> =>
    (await admin.list(FUNCTION, state, { from: 0, count: 100 })).map((event) => event.requestId);
  const empty = async (): Promise<boolean> => {
    const [queue] = await admin.summaries();
    return queue !== undefined && queue.waiting + queue.running + queue.retrying + queue.dead === 0;
  };
  const down = async (): Promise<void> => {
    await redis.kill();
    await until(() => redis.client.status !== "ready");
  };
  const up = async (): Promise<void> => {
    await redis.revive();
    await until(() => redis.client.status === "ready");
  };

  test("an event is worked on once, as it was accepted, and leaves nothing behind", async () => {
    const seen: WorkItem[] = [];
    await consume(async (item) => {
      seen.push(item);
      return { kind: "done" };
    });
    const event = eventNamed("a", { payload: '{"text":"ü\\u0000","n":12345678901234567890}' });
    await producer.enqueue(event);
    await until(empty);
    expect(seen).toEqual([{ stage: "run", event }]);
    expect(await redis.client.keys("*.orders:a*")).toEqual([]);
  });

  test("events that waited before the consumer started are taken up, each function's apart", async () => {
    for (const functionName of ["orders", "invoices"])
      for (const id of ["1", "2"]) await producer.enqueue(eventNamed(`${functionName}-${id}`, { functionName }));
    const seen = new Set<string>();
    await consume(async (item) => {
      seen.add(eventOf(item).requestId);
      return { kind: "done" };
    });
    await until(() => seen.size === 4);
    expect([...seen].sort()).toEqual(["invoices-1", "invoices-2", "orders-1", "orders-2"]);
  });

  test("the same request id twice is one event", async () => {
    await Promise.all([producer.enqueue(eventNamed("a")), producer.enqueue(eventNamed("a"))]);
    await producer.enqueue(eventNamed("a"));
    expect(await idsIn("waiting")).toEqual(["a"]);
  });

  test("a retry comes back after its delay, as it was put back, and shows when", async () => {
    const tries: { readonly at: number; readonly item: WorkItem }[] = [];
    await consume(async (item) => {
      tries.push({ at: Date.now(), item });
      if (tries.length > 1) return { kind: "done" };
      return {
        kind: "later",
        item: { stage: "run", event: { ...eventOf(item), attempts: 1 }, lastAttempt: { kind: "throttled", reason: "r" } },
        delayMs: 400.5,
      };
    });
    await producer.enqueue(eventNamed("a"));
    await until(async () => (await idsIn("retrying")).length === 1);
    const [waiting] = await admin.list(FUNCTION, "retrying", { from: 0, count: 10 });
    // A busy machine may add to the delay, never take from it.
    expect(waiting!.nextAt! - tries[0]!.at).toBeGreaterThanOrEqual(400);
    await until(empty);
    expect(tries).toHaveLength(2);
    expect(tries[1]!.at).toBeGreaterThanOrEqual(waiting!.nextAt!);
    expect(tries[1]!.item).toEqual({
      stage: "run",
      event: eventNamed("a", { attempts: 1 }),
      lastAttempt: { kind: "throttled", reason: "r" },
    });
  });

  test("work that breaks is tried again with what was saved", async () => {
    const seen: string[] = [];
    await consume(async (item, save) => {
      seen.push(`${item.stage} ${eventOf(item).attempts}`);
      if (item.stage === "deliver") return { kind: "done" };
      await save({
        stage: "deliver",
        ended: { event: { ...item.event, attempts: 1 }, condition: "Success", endedAt: 1 },
        targets: [],
        tries: 0,
      });
      throw new Error("broken");
    });
    await producer.enqueue(eventNamed("a"));
    await until(empty);
    expect(seen).toEqual(["run 0", "deliver 1"]);
  });

  test("a dead event is kept with its reason until it is redriven as if just accepted", async () => {
    let work: Work = dead;
    const seen: WorkItem[] = [];
    await consume((item, save) => (seen.push(item), work(item, save)));
    await producer.enqueue(eventNamed("a", { attempts: 3, setbacks: 2 }));
    await producer.enqueue(eventNamed("b"));
    await until(async () => (await idsIn("dead")).length === 2);
    const [last] = await admin.list(FUNCTION, "dead", { from: 0, count: 1 });
    expect(last).toMatchObject({ state: "dead", reason: "RetriesExhausted", item: { stage: "run" } });
    work = done;
    seen.length = 0;
    now = 77_000.5;
    expect(await admin.redrive(FUNCTION, ["a", "unknown"])).toBe(1);
    await until(async () => (await idsIn("dead")).length === 1 && seen.length === 1);
    expect(seen).toEqual([{ stage: "run", event: eventNamed("a", { acceptedAt: 77_000 }) }]);
    expect(await admin.redrive(FUNCTION, ["a"])).toBe(0);
    expect(await admin.redrive(FUNCTION)).toBe(1);
    await until(empty);
    expect(await admin.redrive(FUNCTION)).toBe(0);
  });

  test("a delivery that was given up runs anew when it is redriven", async () => {
    const item: WorkItem = {
      stage: "deliver",
      ended: { event: eventNamed("a", { attempts: 3 }), condition: "RetriesExhausted", endedAt: 1 },
      targets: [{ kind: "dead-letter", arn: "arn:q" }],
      tries: 8,
    };
    let next: Next = { kind: "dead", item, reason: "The queue is gone." };
    const seen: string[] = [];
    await consume(async (worked) => (seen.push(worked.stage), next));
    await producer.enqueue(eventNamed("a"));
    await until(async () => (await idsIn("dead")).length === 1);
    expect((await admin.list(FUNCTION, "dead", { from: 0, count: 1 }))[0]!.item).toEqual(item);
    next = { kind: "done" };
    await admin.redrive(FUNCTION);
    await until(empty);
    expect(seen).toEqual(["run", "run"]);
  });

  test("purging drops what waits, what will be retried, or what is dead, and nothing else", async () => {
    const consumer = await consume(async (item) =>
      eventOf(item).requestId.startsWith("dead") ? dead(item) : { kind: "later", item, delayMs: 60_000 },
    );
    for (const id of ["dead-1", "dead-2", "retry-1"]) await producer.enqueue(eventNamed(id));
    await until(async () => (await idsIn("dead")).length === 2 && (await idsIn("retrying")).length === 1);
    await consumer.close();
    for (const id of ["wait-1", "wait-2", "wait-3"]) await producer.enqueue(eventNamed(id));
    expect(await admin.summaries()).toEqual([{ ...FUNCTION, waiting: 3, running: 0, retrying: 1, dead: 2, oldestAgeMs: 4_000 }]);
    expect(await admin.purge(FUNCTION, "waiting")).toBe(3);
    expect(await admin.summaries()).toEqual([{ ...FUNCTION, waiting: 0, running: 0, retrying: 1, dead: 2, oldestAgeMs: 0 }]);
    expect(await admin.purge(FUNCTION, "dead")).toBe(2);
    expect(await admin.purge(FUNCTION, "retrying")).toBe(1);
    expect(await empty()).toBe(true);
    expect(await admin.purge({ ...FUNCTION, name: "unknown" }, "dead")).toBe(0);
  });

  test("many waiting events are listed in pages, the oldest first, and purged", async () => {
    const ids = Array.from({ length: 2_500 }, (_, index) => `event-${index}`);
    await Promise.all(ids.map((id) => producer.enqueue(eventNamed(id))));
    const page = await admin.list(FUNCTION, "waiting", { from: 10, count: 3 });
    expect(page.map(({ requestId, state }) => `${requestId} ${state}`)).toEqual([
      "event-10 waiting",
      "event-11 waiting",
      "event-12 waiting",
    ]);
    expect(await admin.list(FUNCTION, "waiting", { from: 0, count: 0 })).toEqual([]);
    expect(await admin.purge(FUNCTION, "waiting")).toBe(2_500);
  });

  test("as many items of a function are under way as was allowed, and the limit can change", async () => {
    const open: (() => void)[] = [];
    const consumer = await consume(() => new Promise((resolve) => open.push(() => resolve({ kind: "done" }))), 2);
    for (let id = 0; id < 12; id += 1) await producer.enqueue(eventNamed(`event-${id}`));
    await until(async () => (await admin.summaries())[0]?.running === 2);
    consumer.setConcurrency(FUNCTION, 5);
    consumer.setConcurrency({ ...FUNCTION, name: "unknown" }, 1);
    open.shift()!();
    await until(async () => (await admin.summaries())[0]?.running === 5);
    expect(open).toHaveLength(5);
    consumer.setConcurrency(FUNCTION, 1);
    while (open.length > 0) open.shift()!();
    await until(async () => (await admin.summaries())[0]?.running === 1);
    expect(open).toHaveLength(1);
    await until(async () => {
      open.shift()?.();
      return empty();
    });
  });

  test("a deep backlog of one function does not delay another", async () => {
    const seen: string[] = [];
    await consume(
      async (item) =>
        eventOf(item).functionName === "slow" ? new Promise<Next>(() => undefined) : (seen.push(eventOf(item).requestId), { kind: "done" }),
      2,
    );
    for (let id = 0; id < 50; id += 1) await producer.enqueue(eventNamed(`slow-${id}`, { functionName: "slow" }));
    await producer.enqueue(eventNamed("fast"));
    await until(() => seen.length === 1);
    expect(seen).toEqual(["fast"]);
  });

  test("closing waits for what is under way, and takes nothing more", async () => {
    let finish = (): void => undefined;
    const seen: string[] = [];
    const consumer = await consume(
      (item) => new Promise((resolve) => (seen.push(eventOf(item).requestId), (finish = () => resolve({ kind: "done" })))),
      1,
    );
    await producer.enqueue(eventNamed("a"));
    await producer.enqueue(eventNamed("b"));
    await until(() => seen.length === 1);
    const closing = consumer.close();
    finish();
    await closing;
    expect(seen).toEqual(["a"]);
    expect(await idsIn("waiting")).toEqual(["b"]);
  });

  test("closing gives up on what is still under way at its deadline", async () => {
    const consumer = await consume(() => new Promise(() => undefined));
    await producer.enqueue(eventNamed("a"));
    await until(async () => (await idsIn("running")).length === 1);
    await consumer.close(50);
    expect(await idsIn("running")).toEqual(["a"]);
  });

  test("what a killed consumer was working on is taken up by another", async () => {
    await producer.enqueue(eventNamed("a"));
    const other = await consumerAtWork(redis.url, "plain");
    const seen: WorkItem[] = [];
    await consume(async (item) => (seen.push(item), { kind: "done" }));
    await producer.enqueue(eventNamed("b"));
    await until(() => seen.length === 1);
    await killed(other);
    await until(empty);
    expect(seen.map((item) => eventOf(item).requestId)).toEqual(["b", "a"]);
    expect(seen[1]).toEqual({ stage: "run", event: eventNamed("a") });
  }, 60_000);

  test("what a killed consumer had saved is where another goes on", async () => {
    await producer.enqueue(eventNamed("a"));
    await killed(await consumerAtWork(redis.url, "save"));
    const seen: WorkItem[] = [];
    await consume(async (item) => (seen.push(item), { kind: "done" }));
    await until(empty);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ stage: "deliver", ended: { event: { requestId: "a", attempts: 1 } } });
  }, 60_000);

  test("while Redis is away an event is refused at once, and accepted again when it is back", async () => {
    await producer.enqueue(eventNamed("a"));
    await down();
    const begun = Date.now();
    await expect(producer.enqueue(eventNamed("b"))).rejects.toThrow(/./);
    await expect(producer.enqueue(eventNamed("c", { functionName: "another" }))).rejects.toThrow(/./);
    expect(Date.now() - begun).toBeLessThan(1_000);
    await up();
    await producer.enqueue(eventNamed("c", { functionName: "another" }));
    expect(await idsIn("waiting")).toEqual(["a"]);
    expect((await admin.summaries()).map(({ name, waiting }) => `${name} ${waiting}`)).toEqual(["another 1", "orders 1"]);
  });

  test("accepted events survive a kill of Redis: waiting, retrying, dead and under way", async () => {
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => (finish = resolve));
    const ended: string[] = [];
    await consume(async (item) => {
      const { requestId, attempts } = eventOf(item);
      if (requestId === "dead") return dead(item);
      if (requestId === "retry" && attempts === 0)
        return { kind: "later", item: { stage: "run", event: { ...eventOf(item), attempts: 1 } }, delayMs: 3_000 };
      if (requestId === "held" && !ended.includes("held")) await held;
      ended.push(requestId);
      return { kind: "done" };
    }, 3);
    for (const id of ["dead", "retry", "held"]) await producer.enqueue(eventNamed(id));
    await until(async () => (await idsIn("dead")).length + (await idsIn("retrying")).length + (await idsIn("running")).length === 3);
    await down();
    finish();
    await up();
    await producer.enqueue(eventNamed("late"));
    await until(async () => ["held", "late", "retry"].every((id) => ended.includes(id)));
    await until(async () => (await idsIn("running")).length + (await idsIn("waiting")).length + (await idsIn("retrying")).length === 0);
    expect(await idsIn("dead")).toEqual(["dead"]);
  }, 60_000);

  test("a function's first event that is queued while the consumer can't hear is found all the same", async () => {
    const seen: string[] = [];
    await consume(async (item) => (seen.push(eventOf(item).requestId), { kind: "done" }));
    // As if the announcement had been missed.
    await redis.client.call("CLIENT", "KILL", "TYPE", "pubsub");
    await producer.enqueue(eventNamed("a"));
    await until(() => seen.length === 1);
    expect(seen).toEqual(["a"]);
  });

  test("closing does not hang while Redis is away", async () => {
    const consumer = await consume(done);
    await producer.enqueue(eventNamed("a"));
    await until(empty);
    await down();
    const begun = Date.now();
    await consumer.close();
    expect(Date.now() - begun).toBeLessThan(2_000);
    await up();
  });
});
