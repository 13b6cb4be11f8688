/** How long environments live. scaling.md section 4. */
import { describe, expect, test } from "@jest/globals";
import type { FleetLimits } from "@lambdock/fleet/fleet-protocol";
import type { Group } from "@lambdock/fleet/pool";
import { unbounded } from "@lambdock/fleet/testing/fleet-limits";
import { VirtualExecutor } from "@lambdock/fleet/testing/virtual-executor";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const published: Partial<FleetLimits> = {
  idleMs: { min: 5 * MINUTE, max: 15 * MINUTE },
  idleHalvingMs: 5 * MINUTE,
  ageMs: { min: 2 * HOUR, max: 8 * HOUR },
};
const group: Group = { functionArn: "arn:aws:lambda:us-east-1:111122223333:function:f", version: "1", revision: "1" };
const scene = (limits: Partial<FleetLimits>, seed = 1, run = 100): VirtualExecutor =>
  new VirtualExecutor({ ...unbounded, ...limits }, { make: 0, init: 0, run, tail: 0 }, seed);

/** So many invocations at once, all answered. */
function burst(executor: VirtualExecutor, count: number): void {
  for (let each = 0; each < count; each += 1) executor.invoke(group);
  executor.advance(200);
}

describe("an idle environment", () => {
  test("ends after a time within the published range, and not the same for all", () => {
    const lives = Array.from({ length: 40 }, (_, seed) => {
      const executor = scene(published, seed);
      burst(executor, 1);
      while (executor.environments.size > 0) executor.advance(1_000);
      return executor.now / MINUTE;
    });
    expect(Math.min(...lives)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...lives)).toBeLessThanOrEqual(15.1);
    expect(Math.max(...lives) - Math.min(...lives)).toBeGreaterThan(5);
  });

  test("ends after exactly its time where that is fixed", () => {
    const executor = scene({ idleMs: { min: 10_000, max: 10_000 } }, 1, 0);
    burst(executor, 1);
    executor.advance(9_000);
    expect(executor.environments.size).toBe(1);
    executor.advance(1_000);
    expect(executor.environments.size).toBe(0);
  });

  test("does not serve what comes after its time, whether or not anybody has looked meanwhile", () => {
    const executor = scene({ idleMs: { min: 10_000, max: 10_000 } }, 1, 0);
    burst(executor, 1);
    const idleSince = 0;
    executor.advance(idleSince + 9_999 - executor.now);
    const warm = executor.invoke(group);
    executor.advance(0);
    executor.advance(10_000);
    const late = executor.invoke(group);
    executor.advance(0);
    expect([warm.cold, late.cold, executor.environments.size]).toEqual([false, true, 1]);
  });

  test("lives on while it is used now and then", () => {
    const executor = scene({ ...published, ageMs: unbounded.ageMs });
    for (let minute = 0; minute < 120; minute += 4) {
      burst(executor, 1);
      executor.advance(4 * MINUTE);
    }
    expect(executor.runs.filter(({ cold }) => cold)).toHaveLength(1);
  });

  test("is one of many that are too many: half go every five minutes, down to a few", () => {
    const executor = scene({ ...published, idleMs: { min: HOUR, max: HOUR } });
    burst(executor, 64);
    const left = Array.from({ length: 8 }, () => (executor.advance(5 * MINUTE), executor.environments.size));
    expect(left.slice(1)).toEqual([32, 16, 8, 4, 2, 2, 2]);
  });

  test("goes before those that were used later", () => {
    const executor = scene({ idleMs: { min: 10_000, max: 20_000 } });
    burst(executor, 10);
    const all = [...executor.environments.keys()];
    for (let second = 0; second < 60; second += 1) {
      executor.invoke(group);
      executor.advance(1_000);
    }
    expect(executor.environments.size).toBe(1);
    expect(executor.runs.slice(10).every(({ cold }) => cold === false)).toBe(true);
    expect(all).toContain([...executor.environments.keys()][0]);
  });
});

describe("the greatest age", () => {
  test("ends environments under steady load within the published range, and no run pays for it twice", () => {
    const executor = scene(published, 3);
    const ends: number[] = [];
    let known = new Map<string, number>();
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      burst(executor, 3);
      executor.advance(MINUTE - 200);
      const now = new Map([...executor.environments.values()].map(({ id, createdAt }) => [id, createdAt]));
      for (const [id, createdAt] of known) if (!now.has(id)) ends.push((executor.now - createdAt) / HOUR);
      known = now;
    }
    expect(ends.length).toBeGreaterThan(6);
    expect(Math.min(...ends)).toBeGreaterThan(1.9);
    expect(Math.max(...ends)).toBeLessThan(8.1);
    expect(executor.runs.filter(({ cold }) => cold)).toHaveLength(ends.length + 3);
  });

  test("lets a run end first", () => {
    const executor = scene({ ageMs: { min: 10_000, max: 10_000 } }, 4, 60_000);
    const run = executor.invoke(group);
    executor.advance(0);
    while (run.end === "open") {
      expect(executor.environments.size).toBe(1);
      executor.advance(1_000);
    }
    expect(executor.now).toBeGreaterThan(10_000);
    expect([run.end, executor.environments.size]).toEqual(["answered", 0]);
  });

  test("is counted from the first use: a spare does not age", () => {
    const executor = scene({ ageMs: { min: 10_000, max: 10_000 }, sparesPerFunction: 1, spares: 1 });
    executor.prepare(group);
    executor.advance(60_000);
    expect(executor.environments.size).toBe(1);
    const run = executor.invoke(group);
    executor.advance(5_000);
    expect([run.cold, executor.environments.has(run.environmentId!)]).toEqual([true, true]);
    executor.advance(10_000);
    expect(executor.environments.has(run.environmentId!)).toBe(false);
  });
});

test("spares of a function that is not used any more are given up", () => {
  const executor = scene({ ...published, sparesPerFunction: 2, spares: 9 });
  executor.prepare(group);
  executor.advance(14 * MINUTE);
  expect(executor.environments.size).toBe(2);
  executor.advance(2 * MINUTE);
  expect(executor.environments.size).toBe(0);
});

test("the same seed gives the same lives", () => {
  const lives = (seed: number): string => {
    const executor = scene({ ...published, idleMs: { min: 5_000, max: 50_000 } }, seed);
    const seen: number[] = [];
    for (let turn = 0; turn < 50; turn += 1) {
      burst(executor, 1 + (turn % 5));
      executor.advance(turn * 500);
      seen.push(executor.environments.size);
    }
    return seen.join();
  };
  expect(lives(7)).toBe(lives(7));
  expect(lives(7)).not.toBe(lives(8));
});
