import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { systemTimers, type Timers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import type { ReservationTable } from "@lambdock/model/reserved-concurrency";
import { createLifecycleStream } from "@lambdock/store/lifecycle-stream";
import type { RedisClient } from "@lambdock/store/redis";
import { redisInstalled, startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";
import { createAggregator, type Aggregator } from "./aggregator.ts";
import { leaseKey } from "./metrics-keys.ts";
import { createMetricsReader } from "./metrics-reader.ts";
import { createMetricsStore } from "./metrics-store.ts";
import { createRows } from "./rows.ts";
import { ARN, end, environment, NOON, SCOPE, start, throttle } from "./testing/events.ts";

const silent = createLogger("test", "silent");
const MINUTE = NOON / 60_000;
/** Long after everything that the tests tell. */
const later: Timers = { ...systemTimers, now: () => NOON + 600_000 };

(redisInstalled() ? describe : describe.skip)("the aggregator", () => {
  let fixture: RedisFixture;
  let table: ReservationTable = { generation: 0, functions: {} };
  beforeAll(async () => {
    fixture = await startRedis();
  });
  afterAll(async () => fixture.stop());
  beforeEach(async () => {
    await fixture.client.flushall();
    table = { generation: 0, functions: {} };
  });

  const aggregatorOn = (redis: RedisClient = fixture.client, timers = later): Aggregator =>
    createAggregator({ redis, timers, logger: silent, table: async () => table, accountConcurrency: 1_000, days: 15 });
  const emit = async (events: readonly LifecycleEvent[]): Promise<void> => {
    const stream = createLifecycleStream({ redis: fixture.client, maxEvents: 100_000, logger: silent });
    for (let from = 0; from < events.length; from += 5_000) {
      for (const event of events.slice(from, from + 5_000)) stream.emit(event);
      if (from + 5_000 < events.length) await until(async () => (await fixture.client.xlen("lambdock:lifecycle")) * 16 >= from + 5_000);
    }
    await stream.close();
  };
  const sumOf = async (row: string, metric: "Invocations" | "Throttles" | "ConcurrentExecutions"): Promise<readonly number[]> => {
    const rows = await createMetricsReader(fixture.client).rows({ scope: SCOPE, row, from: MINUTE - 60, until: MINUTE + 60 });
    const all = rows.map(([, metrics]) => metrics.get(metric)).filter((each) => each !== undefined);
    return [all.reduce((sum, each) => sum + each.sum, 0), Math.max(...all.map(({ max }) => max))];
  };
  /** What a lease does by itself five seconds after its holder died. */
  const expireLease = async (): Promise<void> => void (await fixture.client.del(leaseKey));

  test("folds what the stream tells, and what comes later adds up", async () => {
    const aggregator = aggregatorOn();
    await emit([start(), end(), throttle()]);
    await aggregator.turn();
    await emit([start({ at: NOON + 1_000, requestId: "r2" }), end({ at: NOON + 1_100, requestId: "r2" })]);
    await aggregator.turn();
    expect(await sumOf("f/hello", "Invocations")).toEqual([2, 1]);
    expect(await sumOf("f/hello", "Throttles")).toEqual([1, 1]);
    await aggregator.stop(0);
  });

  test("knows which metrics there are", async () => {
    const aggregator = aggregatorOn();
    await emit([throttle()]);
    await aggregator.turn();
    const metrics = await createMetricsReader(fixture.client).metrics(SCOPE, MINUTE / 60 - 1);
    expect(metrics.map(({ row, metric, hour }) => [row, metric, hour])).toEqual(
      ["r/hello", "f/hello", ""].map((row) => [row, "Throttles", Math.floor(MINUTE / 60)]),
    );
    expect(await createMetricsReader(fixture.client).metrics(SCOPE, MINUTE / 60 + 1)).toEqual([]);
    await aggregator.stop(0);
  });

  test("is one: another waits for the lease, and whoever lost it writes nothing", async () => {
    const [first, second] = [aggregatorOn(), aggregatorOn()];
    await emit([throttle()]);
    await first.turn();
    await second.turn();
    await expireLease();
    await emit([throttle({ requestId: "r2" })]);
    await second.turn();
    await first.turn();
    expect(await sumOf("f/hello", "Throttles")).toEqual([2, 1]);
    await first.stop(0);
    await emit([throttle({ requestId: "r3" })]);
    await second.stop(0);
    expect(await sumOf("f/hello", "Throttles")).toEqual([3, 1]);
  });

  test("that has stopped leaves the lease to the next at once", async () => {
    const first = aggregatorOn();
    await first.turn();
    await first.stop(0);
    await emit([throttle()]);
    const second = aggregatorOn();
    await second.turn();
    expect(await sumOf("f/hello", "Throttles")).toEqual([1, 1]);
    await second.stop(0);
  });

  test("writes nothing at another place of the stream than it read from", async () => {
    const store = createMetricsStore({ redis: fixture.client, token: "t", leaseMs: 5_000, retentionMs: 1 });
    await store.lease();
    const commit = { before: "0", last: "5-0", gauges: [], environments: new Map(), rows: createRows() };
    expect(await store.commit(commit)).toBe(true);
    expect(await store.commit(commit)).toBe(false);
    expect(await store.commit({ ...commit, before: "5-0", last: "6-0" })).toBe(true);
  });

  test("takes up invocations that began under its predecessor: their duration, concurrency and end", async () => {
    const first = aggregatorOn(fixture.client, { ...systemTimers, now: () => NOON + 2_500 });
    await emit([start(), start({ at: NOON + 10, environmentId: "e2", requestId: "r2" })]);
    await first.turn();
    await expireLease();
    await emit([end({ at: NOON + 200 }), end({ at: NOON + 65_000, environmentId: "e2", requestId: "r2", durationMs: 64_990 })]);
    const second = aggregatorOn();
    await second.turn();
    expect(await sumOf("f/hello", "Invocations")).toEqual([2, 1]);
    // One second with two, 65 more with one.
    expect(await sumOf("f/hello", "ConcurrentExecutions")).toEqual([67, 2]);
    expect(await second.read()).toContain(
      'lambdock_concurrent_executions{account="111122223333",region="us-east-1",function_name="hello"} 0',
    );
    await second.stop(0);
  });

  test("cut off at any moment, again and again, counts everything once", async () => {
    const runs = 6_000;
    const events = Array.from({ length: runs }, (_, index) => {
      const facts = { environmentId: `e${index % 7}`, requestId: `r${index}` };
      return [start({ at: NOON + index * 10, ...facts }), end({ at: NOON + index * 10 + 5, ...facts, durationMs: 5 })];
    }).flat();
    await emit(events);
    for (let cut = 0; cut < 25; cut += 1) {
      const redis = fixture.client.duplicate();
      await redis.connect();
      const aggregator = aggregatorOn(redis);
      const turn = aggregator.turn();
      await new Promise((resolve) => setTimeout(resolve, cut * 4));
      redis.disconnect();
      await turn;
      await expireLease();
    }
    const last = aggregatorOn();
    await last.turn();
    expect(await sumOf("f/hello", "Invocations")).toEqual([runs, 1]);
    expect(await sumOf("", "Invocations")).toEqual([runs, 1]);
    expect(await sumOf("f/hello", "ConcurrentExecutions")).toEqual([60, 1]);
    await last.stop(0);
  });

  test("says when events were trimmed from the stream before they were counted", async () => {
    const lines: string[] = [];
    const logger = createLogger("test", "warn", {}, (line) => lines.push(line));
    const options = { redis: fixture.client, timers: later, logger, table: async () => table, accountConcurrency: 1_000, days: 15 };
    await emit([throttle()]);
    const round = async (): Promise<number> => {
      const aggregator = createAggregator(options);
      await aggregator.turn();
      await aggregator.stop(0);
      return lines.filter((line) => line.includes("metrics lack what happened between these times")).length;
    };
    expect([await round(), await round()]).toEqual([0, 0]);
    await emit([throttle({ requestId: "lost" })]);
    await fixture.client.xtrim("lambdock:lifecycle", "MAXLEN", 0);
    await emit([throttle({ requestId: "r3" })]);
    expect(await round()).toBe(1);
    expect(await sumOf("f/hello", "Throttles")).toEqual([2, 1]);
  });

  test("names of what has no data any more go, once an aggregator takes up", async () => {
    const day = 86_400_000;
    const rowsAt = async (): Promise<string[]> =>
      [...new Set((await createMetricsReader(fixture.client).metrics(SCOPE, 0)).map(({ row }) => row))].sort();
    for (const [name, at] of [
      ["old", NOON],
      ["kept", NOON + 10 * day],
      ["new", NOON + 17 * day],
    ] as const) {
      await emit([throttle({ at, functionArn: ARN.replace("hello", name) })]);
      const aggregator = aggregatorOn();
      await aggregator.turn();
      await aggregator.stop(0);
    }
    expect(await rowsAt()).toEqual(["", "f/kept", "f/new", "r/kept", "r/new"]);
  });

  test("shows Prometheus what it counted and what is now", async () => {
    table = { generation: 4, functions: { [ARN]: 20 } };
    const aggregator = aggregatorOn();
    await emit([
      environment(),
      environment({ environmentId: "e9", state: "frozen" }),
      start({ cold: true }),
      end({ status: "timeout", durationMs: 3_000, initMs: 120 }),
      start({ at: NOON + 4_000, environmentId: "e1", requestId: "r2" }),
      throttle({ reason: "ReservedFunctionConcurrentInvocationLimitExceeded" }),
    ]);
    await aggregator.turn();
    const of = 'account="111122223333",region="us-east-1",function_name="hello"';
    expect((await aggregator.read()).split("\n")).toEqual(
      expect.arrayContaining([
        "# TYPE lambdock_invocations_total counter",
        `lambdock_invocations_total{${of}} 1`,
        `lambdock_errors_total{${of},status="timeout"} 1`,
        // From the first invocation on, so that a rate sees the first error.
        `lambdock_errors_total{${of},status="error"} 0`,
        `lambdock_errors_total{${of},status="failure"} 0`,
        `lambdock_throttles_total{${of},reason="ReservedFunctionConcurrentInvocationLimitExceeded"} 1`,
        `lambdock_cold_starts_total{${of}} 1`,
        `lambdock_init_duration_milliseconds_sum{${of}} 120`,
        `lambdock_duration_milliseconds_bucket{${of},le="2500"} 0`,
        `lambdock_duration_milliseconds_bucket{${of},le="5000"} 1`,
        `lambdock_duration_milliseconds_bucket{${of},le="+Inf"} 1`,
        `lambdock_concurrent_executions{${of}} 1`,
        `lambdock_reserved_concurrency{${of}} 20`,
        'lambdock_unreserved_concurrency_limit{account="111122223333",region="us-east-1"} 980',
        `lambdock_environments{${of},state="busy"} 1`,
        `lambdock_environments{${of},state="frozen"} 1`,
        "# TYPE lambdock_provisioned_concurrency gauge",
      ]),
    );
    await aggregator.stop(0);
  });

  test("costs little", async () => {
    const events = Array.from({ length: 20_000 }, (_, index) => {
      const facts = { environmentId: `e${index % 50}`, requestId: `request-of-usual-length-${index}` };
      return [start({ at: NOON + index, ...facts }), end({ at: NOON + index + 0.5, ...facts, durationMs: 1 + (index % 100) })];
    }).flat();
    await emit(events);
    const aggregator = aggregatorOn();
    const before = process.cpuUsage();
    await aggregator.turn();
    const { user, system } = process.cpuUsage(before);
    expect(await sumOf("f/hello", "Invocations")).toEqual([20_000, 1]);
    process.stderr.write(`aggregator: ${((user + system) / events.length).toFixed(2)} us per event\n`);
    expect((user + system) / events.length).toBeLessThan(50);
    await aggregator.stop(0);
  });
});

(redisInstalled() ? describe : describe.skip)("the aggregator with a Redis that dies", () => {
  test("goes on when it is back, and has counted everything once", async () => {
    const directory = await mkdtemp(join(tmpdir(), "lambdock-metrics-"));
    const fixture = await startRedis({ directory });
    const table = async (): Promise<ReservationTable> => ({ generation: 0, functions: {} });
    const options = { redis: fixture.client, logger: silent, table, accountConcurrency: 1_000, days: 15 };
    const aggregator = createAggregator({ ...options, timers: later });
    const runs = 3_000;
    const stream = createLifecycleStream({ redis: fixture.client, maxEvents: 100_000, logger: silent });
    for (let index = 0; index < runs; index += 1) {
      const facts = { environmentId: `e${index % 5}`, requestId: `r${index}` };
      stream.emit(start({ at: NOON + index, ...facts }));
      stream.emit(end({ at: NOON + index + 0.5, ...facts }));
    }
    await stream.close();
    for (let round = 0; round < 3; round += 1) {
      const turn = aggregator.turn();
      await new Promise((resolve) => setTimeout(resolve, 10 * round));
      await fixture.kill();
      await turn;
      await fixture.revive();
      await until(async () => fixture.client.status === "ready");
    }
    await aggregator.turn();
    const rows = await createMetricsReader(fixture.client).rows({ scope: SCOPE, row: "f/hello", from: MINUTE, until: MINUTE + 1 });
    expect(rows.map(([, row]) => row.get("Invocations")?.sum)).toEqual([runs]);
    await aggregator.stop(0);
    await fixture.stop();
    await rm(directory, { recursive: true });
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
