import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { scenarioOf } from "../testing/scenarios.ts";
import { simulate } from "./simulate.ts";

const totalsOf = (text: string) => simulate(scenarioOf(text)).result.functions.map(({ totals }) => totals);

test("a burst into a cold function starts as many environments as may run, and throttles the rest", () => {
  const [totals] = totalsOf(`
limits: { accountConcurrency: 30 }
coldStart: 200ms
functions: { f: { duration: 100ms } }
traffic: [{ to: f, phases: [{ burst: 50 }] }]
`);
  expect(totals).toMatchObject({ offered: 50, served: 30, throttles: 20, coldStarts: 30, peakConcurrency: 30, aboveLimit: 0 });
  expect(totals!.throttlesByReason).toEqual({ ConcurrentInvocationLimitExceeded: 20 });
  expect([totals!.latency.p50, totals!.latency.max, totals!.init.p50]).toEqual([300, 300, 200]);
});

test("warm environments serve what follows, and are gone after their idle time", () => {
  const [totals] = totalsOf(`
limits: { idle: 10s, idleHalving: 0s }
coldStart: none
functions: { f: { duration: 100ms } }
traffic: [{ to: f, phases: [{ burst: 5, for: 5s }, { burst: 5, for: 15s }, { burst: 5, for: 1s }] }]
`);
  expect(totals).toMatchObject({ served: 15, coldStarts: 10 });
});

test("the scaling rate throttles what would grow faster", () => {
  const [totals] = totalsOf(`
limits: { scalingBurst: 10, scalingPerSecond: 5 }
functions: { f: { duration: 1m } }
traffic: [{ to: f, phases: [{ constant: 20, for: 2s }] }]
drain: 2m
`);
  expect(totals!.coldStarts).toBeGreaterThanOrEqual(19);
  expect(totals!.coldStarts).toBeLessThanOrEqual(20);
  expect(totals!.throttlesByReason).toEqual({ FunctionInvocationRateLimitExceeded: 40 - totals!.coldStarts });
});

test("provisioned environments start warm, and what is above them spills over", () => {
  const [totals] = totalsOf(`
functions: { f: { duration: 100ms, provisioned: 3 } }
coldStart: 500ms
traffic: [{ to: f, phases: [{ burst: 5 }] }]
`);
  expect(totals).toMatchObject({ served: 5, coldStarts: 2, provisionedStarts: 3, spillovers: 2 });
});

test("a timeout ends the run, and the next begins with an init inside it", () => {
  const [totals] = totalsOf(`
coldStart: 300ms
functions: { f: { duration: 5s, timeout: 1s, reserved: 1 } }
traffic: [{ to: f, phases: [{ burst: 1, for: 3s }, { burst: 1 }] }]
`);
  expect(totals).toMatchObject({ served: 0, errors: 2, coldStarts: 2, duration: { max: 1_000 } });
});

test("an event whose function fails is tried twice more, after one and two minutes", () => {
  const events: LifecycleEvent[] = [];
  const scenario = scenarioOf(`
coldStart: none
functions: { f: { duration: 1s, errorRate: 1 } }
traffic: [{ to: f, via: async, phases: [{ burst: 1 }] }]
drain: 10m
`);
  const { result } = simulate(scenario, { onEvent: (event) => events.push(event) });
  const states = events.flatMap((event) => (event.type === "async-event" ? [[event.state, event.at]] : []));
  expect(states).toEqual([
    ["queued", 0],
    ["attempt", 0],
    ["retry", 1_000],
    ["attempt", 61_000],
    ["retry", 62_000],
    ["attempt", 182_000],
    ["dropped", 183_000],
    ["dead", 183_000],
  ]);
  expect(result.functions[0]!.totals).toMatchObject({ served: 0, errors: 1, invocations: 3 });
});

test("a flood of events is served in the end, within the function's reservation", () => {
  const [totals] = totalsOf(`
functions: { f: { duration: 100ms, reserved: 5 } }
traffic: [{ to: f, via: async, phases: [{ burst: 500, within: 1s }] }]
drain: 20m
`);
  expect(totals).toMatchObject({ served: 500, errors: 0, peakConcurrency: 5, aboveLimit: 0 });
  expect(totals!.throttles).toBeGreaterThan(0);
});

test("a backlog in a queue is worked off in batches, no more at a time than the mapping allows", () => {
  const [totals] = totalsOf(`
coldStart: none
functions: { f: { duration: 1s } }
traffic: [{ to: f, via: sqs, source: { batchSize: 10, maximumConcurrency: 4 }, phases: [{ burst: 1000 }] }]
drain: 5m
`);
  expect(totals).toMatchObject({ offered: 1_000, served: 1_000, peakConcurrency: 4 });
  expect(totals!.invocations).toBeGreaterThanOrEqual(100);
  expect(totals!.oldestAgeMs).toBeGreaterThan(20_000);
});

test("a record that fails is no poison: each try of its batch is drawn anew, and the shard goes on", () => {
  const [totals] = totalsOf(`
functions: { f: { duration: 100ms, errorRate: 0.2 } }
traffic: [{ to: f, via: kinesis, source: { batchSize: 50 }, phases: [{ burst: 5000 }] }]
drain: 10m
`);
  expect(totals).toMatchObject({ served: 5_000 });
  // 100 batches, of which a fifth is tried again: whatever their size.
  expect(totals!.invocations).toBeGreaterThan(105);
  expect(totals!.invocations).toBeLessThan(160);
});

test("messages of failed batches come back after their visibility timeout", () => {
  const [totals] = totalsOf(`
functions: { f: { duration: 1s, errorRate: 0.3, timeout: 5s } }
traffic: [{ to: f, via: sqs, source: { batchSize: 1, visibilityTimeout: 10s }, phases: [{ burst: 100 }] }]
drain: 10m
`);
  expect(totals).toMatchObject({ served: 100 });
  expect(totals!.invocations).toBeGreaterThan(120);
  expect(totals!.latency.max).toBeGreaterThan(10_000);
});

test("a stream runs as many batches at a time as shards times parallelization", () => {
  const [totals] = totalsOf(`
coldStart: none
functions: { f: { duration: 500ms } }
traffic: [{ to: f, via: kinesis, source: { shards: 3, parallelization: 2, batchSize: 5 }, phases: [{ constant: 100, for: 20s }] }]
drain: 10m
`);
  expect(totals).toMatchObject({ offered: 2_000, served: 2_000, peakConcurrency: 6 });
  expect(totals!.oldestAgeMs).toBeGreaterThan(5_000);
});

const mixed = (seed: number): string => `
seed: ${seed}
limits: { accountConcurrency: 110, idle: [1s, 3s], idleHalving: 2s, age: [10s, 20s], scalingBurst: 20, scalingPerSecond: 10 }
functions:
  a: { duration: { median: 80ms, p99: 900ms }, errorRate: 0.05 }
  b: { duration: { mean: 200ms }, reserved: 4 }
  c: { duration: 100ms, provisioned: 3 }
traffic:
  - { to: a, phases: [{ ramp: [0, 900], for: 10s }] }
  - { to: b, phases: [{ poisson: 30, for: 10s }] }
  - { to: b, via: async, phases: [{ burst: 50, within: 5s }] }
  - { to: c, phases: [{ poisson: 40, for: 10s }] }
`;

test("a seed reproduces a run exactly, every event of it; another gives another", () => {
  const run = (seed: number): string => {
    const events: LifecycleEvent[] = [];
    const { result } = simulate(scenarioOf(mixed(seed)), { onEvent: (event) => events.push(event) });
    return JSON.stringify([result, events]);
  };
  expect(run(3)).toBe(run(3));
  expect(run(3)).not.toBe(run(4));
});

test("whatever happens, no invocation runs above a limit, and every request ends in one way", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
      const { account, functions } = simulate(scenarioOf(mixed(seed))).result;
      expect(account.aboveLimit).toBe(0);
      for (const { totals } of functions) expect(totals.aboveLimit).toBe(0);
      const [a, , c] = functions;
      for (const { totals } of [a!, c!]) expect(totals.served + totals.errors + totals.throttles).toBe(totals.offered);
    }),
    { numRuns: 15 },
  );
});

test("an hour with ten thousand environments' worth of load takes memory for what runs, not for what ran", () => {
  const { result, events } = simulate(
    scenarioOf(`
limits: { accountConcurrency: 12000 }
functions: { f: { duration: 30s } }
traffic: [{ to: f, phases: [{ poisson: 330, for: 5m }] }]
`),
  );
  expect(result.functions[0]!.totals.peakConcurrency).toBeGreaterThan(9_500);
  expect(result.account.aboveLimit).toBe(0);
  expect(events).toBeGreaterThan(190_000);
});
