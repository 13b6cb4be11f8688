import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  concurrencyOf,
  initialScaling,
  onFunctionError,
  onReceived,
  onThrottle,
  onTime,
  pollersOf,
  scalingRules,
  withRules,
  type Scaling,
  type ScalingRules,
} from "./scaling.ts";

const plain = scalingRules({ reportBatchItemFailures: false });

/** Receives with messages every 100 ms for so long, with every poller at work. */
function busy(scaling: Scaling, rules: ScalingRules, forMs: number): Scaling {
  let state = onReceived(scaling, 10, { now: scaling.at, rules, allBusy: true });
  for (let passed = 100; passed <= forMs; passed += 100) state = onReceived(state, 10, { now: scaling.at + passed, rules, allBusy: true });
  return state;
}

test("a mapping begins with five", () => expect(concurrencyOf(initialScaling(plain, 0))).toBe(5));

test("while messages remain it grows by 300 a minute, up to 1,250", () => {
  const start = initialScaling(plain, 0);
  expect(concurrencyOf(busy(start, plain, 1_000))).toBe(10);
  expect(concurrencyOf(busy(start, plain, 60_000))).toBe(305);
  expect(concurrencyOf(busy(start, plain, 600_000))).toBe(1_250);
});

test.each([
  [2, 2],
  [7, 5],
  [1_000, 5],
])("MaximumConcurrency %i begins with %i and is never exceeded", (maximumConcurrency, start) => {
  const rules = scalingRules({ maximumConcurrency, reportBatchItemFailures: false });
  expect(concurrencyOf(initialScaling(rules, 0))).toBe(start);
  expect(concurrencyOf(busy(initialScaling(rules, 0), rules, 600_000))).toBe(maximumConcurrency);
});

test("provisioned pollers work ten batches each, between their minimum and maximum, and grow by 1,000 a minute", () => {
  const rules = scalingRules({ provisionedPollers: { minimum: 3, maximum: 20 }, reportBatchItemFailures: false });
  const start = initialScaling(rules, 0);
  expect([concurrencyOf(start), pollersOf(start, rules)]).toEqual([30, 3]);
  expect(concurrencyOf(busy(start, rules, 6_000))).toBe(130);
  expect(concurrencyOf(busy(start, rules, 60_000))).toBe(200);
  let idle = busy(start, rules, 60_000);
  for (let second = 1; second < 200; second += 1) idle = onReceived(idle, 0, { now: 60_000 + second * 1_000, rules, allBusy: false });
  expect(concurrencyOf(idle)).toBe(30);
});

test("an idle queue brings it to five at first, to two after a minute, and with MaximumConcurrency not below five", () => {
  const capped = scalingRules({ maximumConcurrency: 100, reportBatchItemFailures: false });
  for (const [rules, asleep] of [
    [plain, 2],
    [capped, 5],
  ] as const) {
    let state = busy(initialScaling(rules, 0), rules, 10_000);
    expect(concurrencyOf(state)).toBe(55);
    for (let second = 11; second < 30; second += 1) state = onReceived(state, 0, { now: second * 1_000, rules, allBusy: false });
    expect(concurrencyOf(state)).toBe(5);
    for (let second = 30; second < 90; second += 1) state = onReceived(state, 0, { now: second * 1_000, rules, allBusy: false });
    expect(concurrencyOf(state)).toBe(asleep);
  }
});

test("messages after a long sleep find five at once, not a minute's growth", () => {
  const asleep: Scaling = { concurrency: 2, at: 0, idleSince: 0 };
  expect(concurrencyOf(onReceived(asleep, 1, { now: 3_600_000, rules: plain, allBusy: true }))).toBe(5);
});

test("a trickle that leaves pollers waiting is no reason to grow", () => {
  let state = initialScaling(plain, 0);
  for (let second = 0; second < 60; second += 1) state = onReceived(state, 1, { now: second * 1_000, rules: plain, allBusy: false });
  expect(concurrencyOf(state)).toBe(5);
});

test("long invocations do not keep it from growing, once messages were found", () => {
  const moment = { rules: plain, allBusy: true };
  const found = onReceived(initialScaling(plain, 0), 10, { now: 0, ...moment });
  expect(concurrencyOf(onTime(found, { now: 2_000, ...moment }))).toBe(15);
  expect(concurrencyOf(onTime(found, { now: 2_000, ...moment, allBusy: false }))).toBe(5);
  expect(concurrencyOf(onTime(initialScaling(plain, 0), { now: 2_000, ...moment }))).toBe(5);
});

test("errors and throttles halve it, at most once a second, never to nothing", () => {
  let state = busy(initialScaling(plain, 0), plain, 60_000);
  state = onThrottle(state, { now: 60_000, rules: plain });
  state = onFunctionError(state, { now: 60_500, rules: plain });
  expect(concurrencyOf(state)).toBe(152);
  for (let second = 62; second < 90; second += 1) state = onFunctionError(state, { now: second * 1_000, rules: plain });
  expect(concurrencyOf(state)).toBe(1);
});

test("function errors change nothing when failures are reported item by item; throttles do", () => {
  const rules = scalingRules({ reportBatchItemFailures: true });
  const state = initialScaling(rules, 0);
  expect(onFunctionError(state, { now: 5_000, rules })).toEqual(state);
  expect(concurrencyOf(onThrottle(state, { now: 5_000, rules }))).toBe(2);
});

test("two seconds after a halving it grows again while messages remain", () => {
  const state = onThrottle(busy(initialScaling(plain, 0), plain, 0), { now: 0, rules: plain });
  expect(concurrencyOf(busy(state, plain, 1_900))).toBe(2);
  expect(concurrencyOf(busy(state, plain, 4_000))).toBe(13);
});

test("a function that always fails is called by one poller in the end", () => {
  let state = busy(initialScaling(plain, 0), plain, 10_000);
  for (let now = 10_000; now < 20_000; now += 100)
    state = onFunctionError(onReceived(state, 10, { now, rules: plain, allBusy: true }), { now, rules: plain });
  expect(concurrencyOf(state)).toBe(1);
});

test("a lower ceiling holds at once", () => {
  const state = busy(initialScaling(plain, 0), plain, 60_000);
  const rules = scalingRules({ maximumConcurrency: 3, reportBatchItemFailures: false });
  expect(concurrencyOf(withRules(state, { now: 60_000, rules }))).toBe(3);
});

test("whatever happens, it stays between one and the ceiling", () => {
  const happening = fc.record({ kind: fc.constantFrom("received", "empty", "error", "throttle"), afterMs: fc.nat(100_000) });
  const settings = fc.record({ maximumConcurrency: fc.integer({ min: 2, max: 1_000 }), reportBatchItemFailures: fc.boolean() });
  fc.assert(
    fc.property(settings, fc.array(happening), (given, happenings) => {
      const rules = scalingRules(given);
      let now = 0;
      let state = initialScaling(rules, now);
      for (const { kind, afterMs } of happenings) {
        now += afterMs;
        if (kind === "error") state = onFunctionError(state, { now, rules });
        else if (kind === "throttle") state = onThrottle(state, { now, rules });
        else state = onReceived(state, kind === "received" ? 1 : 0, { now, rules, allBusy: now % 2 === 0 });
        expect(concurrencyOf(state)).toBeGreaterThanOrEqual(1);
        expect(concurrencyOf(state)).toBeLessThanOrEqual(rules.ceiling);
      }
    }),
  );
});
