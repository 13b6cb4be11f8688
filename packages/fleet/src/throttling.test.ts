/** Why invocations are throttled, as Invoke tells its caller. scaling.md sections 1 to 3. */
import { describe, expect, test } from "@jest/globals";
import { createFleet } from "@lambdock/fleet/fleet";
import type { Fleet, FleetEffects, FleetLimits, FleetTable, InvokeOptions } from "@lambdock/fleet/fleet-protocol";
import type { Group } from "@lambdock/fleet/pool";
import { unbounded } from "@lambdock/fleet/testing/fleet-limits";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:";
const group = (name: string, version = "1"): Group => ({ functionArn: ARN + name, version, revision: "1" });

/** A fleet whose sandboxes are made in no time. */
class Scene {
  readonly fleet: Fleet<Group>;
  #ids = 0;
  #runs = 0;

  constructor(limits: Partial<FleetLimits>, table: Partial<FleetTable<Group>> = {}) {
    this.fleet = createFleet<Group>({
      limits: { ...unbounded, ...limits },
      newId: () => `e${(this.#ids += 1)}`,
      random: () => 0,
    });
    this.#perform(this.fleet.reserve({ generation: 1, functions: {}, ...table }, 0), 0);
  }

  /** `throttled …`, or how it runs. */
  invoke(name: string, now: number, options: InvokeOptions = {}): string {
    return this.#perform(this.fleet.invoke(group(name), `r${(this.#runs += 1)}`, now, options), now).at(-1) ?? "waits";
  }

  /** Runs that end at once, so that only requests are counted. */
  burst(name: string, count: number, now: number, options: InvokeOptions = {}): string[] {
    return Array.from({ length: count }, () => {
      const how = this.invoke(name, now, options);
      const [, id] = how.split(" on ");
      if (id !== undefined) this.fleet.idle(id, now);
      return how.split(" on ")[0]!;
    });
  }

  #perform(effects: FleetEffects<Group>, now: number): string[] {
    return effects.flatMap((effect) => {
      if (effect.type === "create") return this.#perform(this.fleet.created(effect.environmentId, now), now);
      if (effect.type === "initialize") return this.#perform(this.fleet.initialized(effect.environmentId, now), now);
      if (effect.type === "throttle") return [`${effect.reason} ${effect.retryAfterSeconds}`];
      if (effect.type !== "assign") return [];
      const kind = effect.provisioned === true ? "provisioned" : effect.spillover === true ? "spillover" : "on demand";
      return [`${kind} ${effect.cold ? "cold" : "warm"} on ${effect.environmentId}`];
    });
  }
}

const kinds = (how: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const each of how) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
};
const reserve = (name: string, reserved: number): Partial<FleetTable<Group>> => ({ functions: { [ARN + name]: reserved } });
const provision = (name: string, count: number): Partial<FleetTable<Group>> => ({
  provisioned: [{ functionArn: ARN + name, qualifier: "live", id: "1", environments: [{ spec: group(name), count }] }],
});

describe("concurrency", () => {
  interface Case {
    readonly why: string;
    readonly account?: number;
    readonly table?: Partial<FleetTable<Group>>;
    /** Functions that run already. */
    readonly running?: string;
    readonly options?: InvokeOptions;
    readonly reason: string;
  }

  test.each<Case>([
    { why: "the account's is used up", account: 2, running: "ab", reason: "ConcurrentInvocationLimitExceeded" },
    {
      why: "the rest is reserved for others",
      account: 3,
      table: reserve("z", 2),
      running: "a",
      reason: "ConcurrentInvocationLimitExceeded",
    },
    {
      why: "the rest is provisioned for others",
      account: 3,
      table: provision("z", 2),
      running: "a",
      reason: "ConcurrentInvocationLimitExceeded",
    },
    {
      why: "its reservation is used up",
      table: reserve("a", 1),
      running: "a",
      reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    },
    { why: "it reserved nothing at all", table: reserve("a", 0), reason: "ReservedFunctionConcurrentInvocationLimitExceeded" },
    {
      why: "all of its reservation is provisioned for a version that was not asked for",
      table: { ...reserve("a", 1), ...provision("a", 1) },
      reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    },
    {
      why: "the account's is used up, of an asynchronous event",
      account: 1,
      running: "b",
      options: { event: true },
      reason: "ConcurrentInvocationLimitExceeded",
    },
  ])("$why", ({ account = 10, table = {}, running = "", options = {}, reason }) => {
    const scene = new Scene({ accountConcurrency: account }, table);
    for (const name of running) expect(scene.invoke(name, 0)).toContain("on demand cold");
    expect(scene.invoke("a", 0, options)).toBe(`${reason} 1`);
  });
});

describe("requests per second", () => {
  test("of the account are ten for each concurrent execution, over any second", () => {
    const scene = new Scene({ accountConcurrency: 5, requestsPerConcurrency: 10 });
    expect(kinds(scene.burst("a", 60, 0))).toEqual({
      "on demand cold": 1,
      "on demand warm": 49,
      "FunctionInvocationRateLimitExceeded 1": 10,
    });
    expect(scene.invoke("b", 999)).toBe("FunctionInvocationRateLimitExceeded 1");
    expect(scene.invoke("b", 1_000)).toContain("on demand");
  });

  test("of a function with a reservation are ten for each that it reserved", () => {
    const scene = new Scene({ accountConcurrency: 100, requestsPerConcurrency: 10 }, reserve("a", 2));
    expect(kinds(scene.burst("a", 21, 0))).toMatchObject({ "ReservedFunctionInvocationRateLimitExceeded 1": 1 });
    expect(scene.burst("b", 1, 0)).toEqual(["on demand cold"]);
  });

  test("are counted from the second before on when a reservation is made", () => {
    const scene = new Scene({ accountConcurrency: 100, requestsPerConcurrency: 10 });
    scene.burst("a", 10, 0);
    scene.fleet.reserve({ generation: 2, ...reserve("a", 1), functions: { [`${ARN}a`]: 1 } }, 500);
    expect(scene.invoke("a", 600)).toBe("ReservedFunctionInvocationRateLimitExceeded 1");
    expect(scene.invoke("a", 1_000)).toContain("on demand");
  });

  test("of what is provisioned are ten for each environment; more spill over to on-demand", () => {
    const scene = new Scene({ accountConcurrency: 100, requestsPerConcurrency: 10 }, provision("a", 1));
    expect(kinds(scene.burst("a", 12, 0, { qualifier: "live" }))).toEqual({
      "provisioned warm": 10,
      "spillover cold": 1,
      "spillover warm": 1,
    });
  });

  test("do not count asynchronous events, nor hold them up", () => {
    const scene = new Scene({ accountConcurrency: 1, requestsPerConcurrency: 10 });
    scene.burst("a", 50, 0, { event: true });
    expect(kinds(scene.burst("a", 11, 0))).toMatchObject({ "on demand warm": 10, "FunctionInvocationRateLimitExceeded 1": 1 });
    expect(scene.invoke("a", 0, { event: true })).toContain("on demand");
  });

  test("are not limited where the account says so", () => {
    const scene = new Scene({ accountConcurrency: 1, requestsPerConcurrency: 0 });
    expect(kinds(scene.burst("a", 5_000, 0))).toEqual({ "on demand cold": 1, "on demand warm": 4_999 });
  });
});

describe("the scaling rate", () => {
  const limits = { scalingBurst: 3, scalingPerSecond: 2 };

  test("lets a function take so many environments into use at once, and then so many a second", () => {
    const scene = new Scene(limits);
    const grow = (now: number, count: number) => kinds(Array.from({ length: count }, () => scene.invoke("a", now).replace(/ on e.*/, "")));
    expect(grow(0, 5)).toEqual({ "on demand cold": 3, "FunctionInvocationRateLimitExceeded 1": 2 });
    expect(grow(1_000, 5)).toEqual({ "on demand cold": 2, "FunctionInvocationRateLimitExceeded 1": 3 });
    // Growth that was not used is not saved up beyond the burst.
    expect(grow(60_000, 5)).toEqual({ "on demand cold": 3, "FunctionInvocationRateLimitExceeded 1": 2 });
  });

  test("tells how long it takes until the next", () => {
    const scene = new Scene({ scalingBurst: 1, scalingPerSecond: 0.25 });
    scene.invoke("a", 0);
    expect(scene.invoke("a", 1_000)).toBe("FunctionInvocationRateLimitExceeded 3");
  });

  test("does not concern warm environments, other functions, or what is provisioned", () => {
    const scene = new Scene({ ...limits, scalingBurst: 1 }, provision("b", 4));
    expect(kinds(scene.burst("a", 9, 0))).toEqual({ "on demand cold": 1, "on demand warm": 8 });
    for (let count = 0; count < 4; count += 1) expect(scene.invoke("b", 0, { qualifier: "live" })).toContain("provisioned warm");
    expect(scene.invoke("b", 0, { qualifier: "live" })).toContain("spillover cold");
    expect(scene.invoke("b", 0, { qualifier: "live" })).toBe("FunctionInvocationRateLimitExceeded 1");
  });

  test("counts a spare that becomes an environment like a new one", () => {
    const scene = new Scene({ ...limits, sparesPerFunction: 5, spares: 5 });
    expect(kinds(Array.from({ length: 5 }, () => scene.invoke("a", 0).replace(/ on e.*/, "")))).toEqual({
      "on demand cold": 3,
      "FunctionInvocationRateLimitExceeded 1": 2,
    });
  });

  test("gets back what a run did not need, because another environment was free before its own was begun", () => {
    const fleet = createFleet<Group>({
      limits: { ...unbounded, parallelStarts: 1, scalingBurst: 2, scalingPerSecond: 0.001 },
      newId: (
        (count) => () =>
          `e${(count += 1)}`
      )(0),
      random: () => 0,
    });
    fleet.invoke(group("a"), "r1", 0);
    fleet.created("e1", 0);
    fleet.invoke(group("b"), "r2", 0);
    fleet.invoke(group("a"), "r3", 0);
    expect(fleet.idle("e1", 1)).toMatchObject([{ type: "assign", environmentId: "e1", runId: "r3", cold: false }]);
    fleet.gone("e2", 2);
    expect(fleet.invoke(group("a"), "r4", 2)).toMatchObject([{ type: "create" }]);
    expect(fleet.invoke(group("a"), "r5", 2)).toMatchObject([{ type: "throttle" }]);
  });
});

describe("an environment that is about to be free", () => {
  const finishing = (limits: Partial<FleetLimits>, table: Partial<FleetTable<Group>> = {}): Scene => {
    const scene = new Scene(limits, table);
    scene.invoke("a", 0);
    scene.fleet.answered("e1");
    return scene;
  };

  test("counts until it is, but another function's invocation waits for the room that it makes", () => {
    const scene = finishing({ accountConcurrency: 1 });
    expect(scene.fleet.invoke(group("b"), "r", 1)).toEqual([{ type: "patience", runId: "r", at: 251 }]);
    expect(scene.invoke("c", 1)).toBe("ConcurrentInvocationLimitExceeded 1");
    expect(scene.fleet.idle("e1", 2)).toMatchObject([{ type: "create" }]);
    expect(scene.fleet.inFlight).toBe(1);
    expect(scene.fleet.impatient("r", 251)).toEqual([]);
  });

  test("is waited for by another version of a function with a reservation, though not for long", () => {
    const scene = finishing({ accountConcurrency: 10 }, reserve("a", 1));
    expect(scene.fleet.invoke(group("a", "2"), "r", 1)).toMatchObject([{ type: "patience" }]);
    expect(scene.fleet.impatient("r", 251)).toEqual([
      { type: "throttle", runId: "r", reason: "ReservedFunctionConcurrentInvocationLimitExceeded", retryAfterSeconds: 1 },
    ]);
    expect(scene.fleet.inFlight).toBe(0);
  });

  test("makes room for who waits also when it breaks, or when limits change", () => {
    const broken = finishing({ accountConcurrency: 1 });
    broken.fleet.invoke(group("b"), "r", 1);
    expect(broken.fleet.gone("e1", 2)).toMatchObject([{ type: "create" }]);
    const changed = finishing({ accountConcurrency: 2 }, reserve("z", 1));
    changed.fleet.invoke(group("b"), "r", 1);
    expect(changed.fleet.reserve({ generation: 2, functions: {} }, 2)).toMatchObject([{ type: "create" }]);
  });
});

test("an older table than that in force is ignored", () => {
  const scene = new Scene({}, { generation: 7, ...reserve("a", 0) });
  scene.fleet.reserve({ generation: 6, functions: {} }, 0);
  expect(scene.invoke("a", 0)).toBe("ReservedFunctionConcurrentInvocationLimitExceeded 1");
  scene.fleet.reserve({ generation: 8, functions: {} }, 0);
  expect(scene.invoke("a", 0)).toContain("on demand");
});
