/** Whatever happens, in any order: no limit is ever passed. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { FleetLimits, FleetTable } from "@lambdock/fleet/fleet-protocol";
import type { Group } from "@lambdock/fleet/pool";
import { unbounded } from "@lambdock/fleet/testing/fleet-limits";
import { VirtualExecutor, type VirtualRun } from "@lambdock/fleet/testing/virtual-executor";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:";
const ACCOUNT = 20;
const names = ["free", "other", "reserved", "both", "alone"];
const group = (name: string, version = "1", revision = "1"): Group => ({ functionArn: ARN + name, version, revision });
const target = (name: string, qualifier: string, count: number, id = "1") => ({
  functionArn: ARN + name,
  qualifier,
  id,
  environments: [{ spec: group(name), count }],
});

/** `both` has a reservation and provisioned concurrency of it, `alone` has provisioned concurrency only. */
const table: FleetTable<Group> = {
  generation: 1,
  functions: { [`${ARN}reserved`]: 3, [`${ARN}both`]: 4 },
  provisioned: [target("both", "live", 2), target("alone", "live", 3)],
};
const UNRESERVED = ACCOUNT - 3 - 4 - 3;
const provisionedOf: Readonly<Record<string, number>> = { both: 2, alone: 3 };
const reservedOf: Readonly<Record<string, number>> = { reserved: 3, both: 4 };

const limits: FleetLimits = {
  ...unbounded,
  accountConcurrency: ACCOUNT,
  scalingBurst: 4,
  scalingPerSecond: 2,
  requestsPerConcurrency: 10,
  provisionedPerMinute: 60,
  provisionedDelayMs: 500,
  idleMs: { min: 2_000, max: 6_000 },
  idleHalvingMs: 1_500,
  ageMs: { min: 5_000, max: 15_000 },
};

const nameOf = ({ functionArn }: Group): string => functionArn.slice(ARN.length);
const count = <T>(items: Iterable<T>, counts: (item: T) => boolean): number => {
  let sum = 0;
  for (const item of items) if (counts(item)) sum += 1;
  return sum;
};

/** Everything that has to hold at every moment while the table is in force. */
function holdsNow(executor: VirtualExecutor): void {
  const atWork = [...executor.environments.values()].filter(({ state }) => state === "running" || state === "finishing");
  const within = (what: string, used: number, limit: number): void => {
    if (used > limit) throw new Error(`${what}: ${used} of ${limit} at ${executor.now}`);
  };
  within("account", atWork.length, ACCOUNT);
  for (const [name, limit] of Object.entries(reservedOf))
    within(
      name,
      count(atWork, (each) => nameOf(each.group) === name),
      limit,
    );
  const provisioned = (name: string) => count(atWork, (each) => nameOf(each.group) === name && each.initializationType !== undefined);
  for (const [name, limit] of Object.entries(provisionedOf)) within(`${name} provisioned`, provisioned(name), limit);
  within(
    "both on demand",
    count(atWork, (each) => nameOf(each.group) === "both" && each.initializationType === undefined),
    2,
  );
  within(
    "unreserved",
    count(atWork, (each) => reservedOf[nameOf(each.group)] === undefined && each.initializationType === undefined),
    UNRESERVED,
  );
}

/** In no second did more synchronous runs begin than the quota. */
function withinRate(runs: readonly VirtualRun[], limit: number, what: string): void {
  const times = runs.filter(({ end, options }) => end !== "throttled" && options.event !== true).map(({ at }) => at);
  for (let index = limit; index < times.length; index += 1)
    if (times[index]! - times[index - limit]! < 1_000)
      throw new Error(`${what}: more than ${limit} requests in a second at ${times[index]}`);
}

/** Tokens are there for every environment that was made for a run. */
function withinScaling(times: readonly number[]): void {
  let level = limits.scalingBurst;
  let at = 0;
  for (const time of times) {
    level = Math.min(limits.scalingBurst, level + ((time - at) * limits.scalingPerSecond) / 1_000);
    at = time;
    if (level < 1 - 1e-9) throw new Error(`an environment beyond the scaling rate at ${time}`);
    level -= 1;
  }
}

/** So many random operations, of which each is an invocation, a loss, an update, or time. */
function play(executor: VirtualExecutor, operations: number): void {
  const { random } = executor;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  for (let operation = 0; operation < operations; operation += 1) {
    const dice = random();
    if (dice < 0.75) {
      const name = pick(names);
      const qualified = name in provisionedOf && random() < 0.7;
      const event = random() < 0.1;
      executor.invoke(group(name), { ...(qualified ? { qualifier: "live" } : {}), ...(event ? { event } : {}) });
    } else if (dice < 0.77) {
      const live = [...executor.environments.values()];
      if (live.length > 0) executor.lose(pick(live));
    } else if (dice < 0.78) executor.retire(group(pick(names)));
    else executor.advance(random() < 0.05 ? random() * 4_000 : random() * 60);
    holdsNow(executor);
  }
}

function holdsAtTheEnd(executor: VirtualExecutor, factor: number): void {
  for (const name of names) withinScaling(executor.creations.filter(({ functionArn }) => functionArn === ARN + name).map(({ at }) => at));
  withinRate(executor.runs, factor * ACCOUNT, "account");
  for (const [name, limit] of Object.entries(reservedOf))
    withinRate(
      executor.runs.filter((run) => nameOf(run.group) === name),
      factor * limit,
      name,
    );
  for (const [name, limit] of Object.entries(provisionedOf))
    withinRate(
      executor.runs.filter((run) => nameOf(run.group) === name && run.provisioned === true),
      factor * limit,
      `${name} provisioned`,
    );
  // Time for what was lost to be replaced: a failed start is tried again after a while.
  executor.advance(200_000);
  expect([...executor.open]).toEqual([]);
  expect(executor.fleet.inFlight).toBe(0);
  for (const allocation of executor.fleet.allocations()) {
    const wanted = provisionedOf[allocation.functionArn.slice(ARN.length)];
    expect(allocation).toMatchObject({ status: "READY", allocated: wanted, available: wanted });
  }
}

test.each([
  ["long runs", 10, { make: 100, init: 300, run: 400, tail: 20 }],
  ["short runs, of which many begin in a second", 1, { make: 20, init: 50, run: 8, tail: 2 }],
  ["environments that need longer to finish than anybody waits", 4, { make: 50, init: 50, run: 50, tail: 600 }],
])(
  "over 10,000 random operations no limit is passed, every run ends once, and what is provisioned comes back: %s",
  (_name, factor, durations) => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const executor = new VirtualExecutor({ ...limits, requestsPerConcurrency: factor }, durations, seed);
        executor.reserve(table);
        play(executor, 10_000);
        holdsAtTheEnd(executor, factor);
      }),
      { numRuns: 5 },
    );
  },
);

test("while reservations and provisioned concurrency change, what is over a new limit ends, and nothing is added to it", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const executor = new VirtualExecutor({ ...limits, scalingBurst: 0 }, { make: 100, init: 200, run: 300, tail: 20 }, seed);
      const few = (most: number): number => Math.floor(executor.random() * (most + 1));
      let before = new Map<string, number>();
      for (let generation = 1; generation <= 200; generation += 1) {
        const reserved = few(4);
        const provisioned = few(reserved);
        const shared = few(5);
        const reservation = executor.random() < 0.7 ? { [`${ARN}both`]: reserved } : {};
        executor.reserve({
          generation,
          functions: reservation,
          provisioned: [
            ...(provisioned > 0 ? [target("both", "live", provisioned, String(generation))] : []),
            ...(shared > 0 ? [target("alone", "live", shared, String(generation))] : []),
          ],
        });
        const cap = `${ARN}both` in reservation ? reserved : ACCOUNT;
        for (let operation = 0; operation < 50; operation += 1) {
          const name = names[few(names.length - 1)]!;
          executor.invoke(group(name), executor.random() < 0.5 ? { qualifier: "live" } : {});
          executor.advance(executor.random() * 40);
          before = addsNothing(executor, { account: ACCOUNT, both: cap, aloneProvisioned: shared }, before);
        }
      }
      executor.advance(200_000);
      expect([...executor.open]).toEqual([]);
      for (const { status, allocated, available } of executor.fleet.allocations()) {
        expect(status).toBe("READY");
        expect(available).toBe(allocated);
      }
    }),
    { numRuns: 5 },
  );
});

test("whatever is asked for, fails and is lost while it is allocated, nothing is left when nothing is asked for any more", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const executor = new VirtualExecutor(limits, { make: 300, init: 800, run: 300, tail: 20 }, seed);
      const few = (most: number): number => Math.floor(executor.random() * (most + 1));
      for (let generation = 1; generation <= 150; generation += 1) {
        executor.initFails = executor.random() < 0.3;
        const environments = [
          { spec: group("both", String(few(2))), count: 1 + few(3) },
          ...(few(1) === 0 ? [] : [{ spec: group("both", "3"), count: 1 + few(1) }]),
        ];
        const asked = { functionArn: `${ARN}both`, qualifier: "live", id: String(generation >> few(1)), environments };
        executor.reserve({ generation, functions: {}, provisioned: few(5) === 0 ? [] : [asked] });
        for (let operation = few(40); operation > 0; operation -= 1) {
          executor.invoke(group("both", String(few(3))), { qualifier: "live" });
          const living = [...executor.environments.values()];
          if (living.length > 0 && few(10) === 0) executor.lose(living[few(living.length - 1)]!);
          executor.advance(executor.random() * 200);
        }
      }
      executor.reserve({ generation: 1_000, functions: {} });
      executor.advance(100_000);
      expect([...executor.open]).toEqual([]);
      expect([executor.environments.size, executor.fleet.environments, executor.fleet.inFlight]).toEqual([0, 0, 0]);
      // And all of the account is there again.
      executor.advance(100_000);
      const runs = Array.from({ length: ACCOUNT + 1 }, (_, index) => executor.invoke(group(`each-${index}`)));
      expect(runs.map(({ end }) => end)).toEqual([...Array.from({ length: ACCOUNT }, () => "open"), "throttled"]);
    }),
    { numRuns: 20 },
  );
});

/** What is over its limit is not more than it was. */
function addsNothing(
  executor: VirtualExecutor,
  caps: Readonly<Record<"account" | "both" | "aloneProvisioned", number>>,
  before: ReadonlyMap<string, number>,
): Map<string, number> {
  const atWork = [...executor.environments.values()].filter(({ state }) => state === "running" || state === "finishing");
  // What was admitted before may still wait for its environment to be made.
  const open = [...executor.open];
  const used = new Map([
    ["account", open.length],
    ["both", count(open, (each) => nameOf(each.group) === "both")],
    ["aloneProvisioned", count(atWork, (each) => nameOf(each.group) === "alone" && each.initializationType !== undefined)],
  ]);
  for (const [what, number] of used)
    if (number > caps[what as keyof typeof caps] && number > (before.get(what) ?? 0))
      throw new Error(`${what}: ${number} of ${caps[what as keyof typeof caps]} at ${executor.now}`);
  return used;
}

test("where starts, spares and places are few, runs wait, and still each ends once and no two share an environment", () => {
  const crowded: FleetLimits = {
    ...limits,
    scalingBurst: 0,
    requestsPerConcurrency: 0,
    parallelStarts: 2,
    environmentsPerFunction: 3,
    sparesPerFunction: 1,
    spares: 2,
  };
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const executor = new VirtualExecutor(crowded, { make: 100, init: 100, run: 100, tail: 20 }, seed);
      executor.reserve(table);
      for (const name of names) executor.prepare(group(name));
      play(executor, 10_000);
      executor.advance(200_000);
      expect([...executor.open]).toEqual([]);
      expect(executor.fleet.inFlight).toBe(0);
    }),
    { numRuns: 5 },
  );
});
