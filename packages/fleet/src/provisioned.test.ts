/** Provisioned concurrency: allocation, use, replacement. scaling.md section 7. */
import { describe, expect, test } from "@jest/globals";
import { createFleet } from "@lambdock/fleet/fleet";
import type { FleetEffects, FleetLimits, FleetTarget } from "@lambdock/fleet/fleet-protocol";
import type { Group } from "@lambdock/fleet/pool";
import { unbounded } from "@lambdock/fleet/testing/fleet-limits";
import { VirtualExecutor, type VirtualEnvironment } from "@lambdock/fleet/testing/virtual-executor";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:";
const version = (number: string): Group => ({ functionArn: `${ARN}f`, version: number, revision: "1" });
const LIVE = { qualifier: "live" };

/** Every run takes a second at most, and leaves its environment in no time. */
class Scene extends VirtualExecutor {
  #generation = 0;

  constructor(limits: Partial<FleetLimits> = {}) {
    super({ ...unbounded, accountConcurrency: 100, ...limits }, { make: 0, init: 0, run: 1_000, tail: 0 }, 1);
  }

  provision(id: string, environments: FleetTarget<Group>["environments"], functions: Readonly<Record<string, number>> = {}): void {
    const provisioned = environments.length === 0 ? [] : [{ functionArn: `${ARN}f`, qualifier: "live", id, environments }];
    this.reserve({ generation: (this.#generation += 1), functions, provisioned });
  }

  /** `3/3 READY`: allocated, available, status. */
  get allocation(): string {
    return this.fleet
      .allocations()
      .map(({ allocated, available, status, statusReason }) =>
        [`${allocated}/${available}`, status, statusReason].filter(Boolean).join(" "),
      )
      .join();
  }

  get provisioned(): VirtualEnvironment[] {
    return [...this.environments.values()].filter(({ initializationType }) => initializationType === "provisioned-concurrency");
  }

  /** How runs that begin now are placed: `p` provisioned, `s` spilled over, `d` on demand. */
  begin(count: number, group: Group = version("1"), options = LIVE): string {
    const runs = Array.from({ length: count }, () => this.invoke(group, options));
    this.advance(0);
    return runs.map(({ provisioned, spillover }) => (provisioned === true ? "p" : spillover === true ? "s" : "d")).join("");
  }
}

describe("allocating", () => {
  test("begins after its delay, goes on at its rate, and is available when all is there", () => {
    const scene = new Scene({ provisionedDelayMs: 60_000, provisionedPerMinute: 120 });
    scene.provision("1", [{ spec: version("1"), count: 6 }]);
    expect(scene.allocation).toBe("0/0 IN_PROGRESS");
    scene.advance(59_000);
    expect(scene.environments.size).toBe(0);
    expect(scene.begin(1)).toBe("d");
    scene.advance(1_000);
    expect(scene.allocation).toBe("2/0 IN_PROGRESS");
    scene.advance(1_000);
    expect([scene.allocation, scene.begin(1)]).toEqual(["4/0 IN_PROGRESS", "d"]);
    scene.advance(1_000);
    expect([scene.allocation, scene.begin(7)]).toEqual(["6/6 READY", "pppppps"]);
  });

  test("is not held up by the scaling rate, nor does it use it up", () => {
    const scene = new Scene({ scalingBurst: 1, scalingPerSecond: 1 });
    scene.provision("1", [{ spec: version("1"), count: 50 }]);
    scene.advance(1_000);
    expect([scene.allocation, scene.begin(1, version("2"), { qualifier: "2" })]).toEqual(["50/50 READY", "d"]);
  });

  test("waits behind environments that somebody waits for, and before spares", () => {
    let ids = 0;
    const limits = { ...unbounded, parallelStarts: 1, sparesPerFunction: 1, spares: 2 };
    const fleet = createFleet<Group>({ limits, newId: () => `e${(ids += 1)}`, random: () => 0 });
    const begun: string[] = [];
    const take = (effects: FleetEffects<Group>): void => {
      for (const effect of effects) if (effect.type === "create") begun.push(effect.group.version);
    };
    for (const number of ["8", "9"]) take(fleet.prepare(version(number), 0));
    const target = { functionArn: `${ARN}f`, ...LIVE, id: "1", environments: [{ spec: version("1"), count: 1 }] };
    take(fleet.reserve({ generation: 1, functions: {}, provisioned: [target] }, 0));
    take(fleet.invoke(version("2"), "r1", 0));
    for (const id of ["e1", "e4", "e3", "e2"]) take(fleet.created(id, 1));
    expect(begun.slice(0, 4)).toEqual(["8", "2", "1", "9"]);
  });

  test("that fails in the function's init ends, tells why, and gives its concurrency back", () => {
    const scene = new Scene({ accountConcurrency: 5 });
    scene.initFails = true;
    scene.provision("1", [{ spec: version("1"), count: 4 }]);
    scene.advance(10_000);
    expect(scene.allocation).toBe("0/0 FAILED FUNCTION_ERROR_INIT_FAILURE");
    expect(scene.environments.size).toBe(0);
    expect(scene.begin(5)).toBe("ddddd");
  });

  test("is tried again where the sandbox could not be made, for that is no fault of the function", () => {
    const scene = new Scene({ provisionedPerMinute: 6_000 });
    scene.provision("1", [{ spec: version("1"), count: 2 }]);
    for (const environment of scene.provisioned) scene.lose(environment);
    expect(scene.allocation).toBe("0/0 IN_PROGRESS");
    scene.advance(5_000);
    expect(scene.allocation).toBe("2/2 READY");
  });
});

describe("a change", () => {
  const ready = (count: number, limits: Partial<FleetLimits> = {}): Scene => {
    const scene = new Scene(limits);
    scene.provision("1", [{ spec: version("1"), count }]);
    scene.advance(1_000 + (limits.provisionedDelayMs ?? 0));
    expect(scene.allocation).toBe(`${count}/${count} READY`);
    return scene;
  };

  test("to more keeps the old ones in use, and uses the new when all are there", () => {
    const scene = ready(2, { provisionedPerMinute: 60 });
    scene.provision("2", [{ spec: version("1"), count: 5 }]);
    scene.advance(1_000);
    expect(scene.allocation).toBe("3/0 IN_PROGRESS");
    expect(scene.begin(3)).toBe("pps");
    scene.advance(10_000);
    expect([scene.allocation, scene.begin(6)]).toEqual(["5/5 READY", "ppppps"]);
  });

  test("to fewer is done at once: what is idle stops, what is at work finishes", () => {
    const scene = ready(4);
    expect(scene.begin(3)).toBe("ppp");
    scene.provision("2", [{ spec: version("1"), count: 1 }]);
    expect([scene.allocation, scene.provisioned.length, scene.begin(1)]).toEqual(["1/1 READY", 3, "s"]);
    scene.advance(2_000);
    expect([scene.provisioned.length, scene.begin(2)]).toEqual([1, "ps"]);
  });

  test("of the version that an alias leads to keeps the old version's environments until the new ones are there", () => {
    const scene = ready(2, { provisionedDelayMs: 5_000 });
    scene.provision("2", [{ spec: version("2"), count: 2 }]);
    scene.advance(1_000);
    expect([scene.allocation, scene.begin(1, version("1")), scene.begin(1, version("2"))]).toEqual(["0/0 IN_PROGRESS", "p", "d"]);
    scene.advance(10_000);
    expect([scene.allocation, scene.begin(3, version("2"))]).toEqual(["2/2 READY", "pps"]);
    expect(scene.provisioned.every(({ group }) => group.version === "2")).toBe(true);
  });

  test("of an alias keeps the version that still gets its requests beyond that, until it is listed no more", () => {
    const scene = ready(2);
    const moved = { spec: version("2"), count: 2 };
    scene.provision("2", [moved, { spec: version("1"), count: 0 }]);
    scene.advance(1_000);
    expect([scene.allocation, scene.begin(3, version("1"))]).toEqual(["2/2 READY", "pps"]);
    scene.advance(2_000);
    expect(scene.provisioned.map(({ group }) => group.version)).toEqual(["1", "1", "2", "2"]);
    scene.provision("2", [moved]);
    expect([scene.allocation, scene.provisioned.length, scene.begin(3, version("2"))]).toEqual(["2/2 READY", 2, "pps"]);
  });

  test("of an alias that lets go of the old version while it is at work ends that after its run", () => {
    const scene = ready(1);
    scene.provision("2", [
      { spec: version("2"), count: 1 },
      { spec: version("1"), count: 0 },
    ]);
    scene.advance(1_000);
    expect(scene.begin(1, version("1"))).toBe("p");
    scene.provision("2", [{ spec: version("2"), count: 1 }]);
    expect(scene.provisioned).toHaveLength(2);
    scene.advance(2_000);
    expect(scene.provisioned.map(({ group }) => group.version)).toEqual(["2"]);
  });

  test("of an alias that fails leaves the old version provisioned, and keeps its number as they age", () => {
    const scene = ready(2, { ageMs: { min: 10_000, max: 10_000 } });
    scene.initFails = true;
    scene.provision("2", [
      { spec: version("2"), count: 2 },
      { spec: version("1"), count: 0 },
    ]);
    scene.advance(1_000);
    expect([scene.allocation, scene.begin(3, version("1"))]).toEqual(["2/0 FAILED FUNCTION_ERROR_INIT_FAILURE", "pps"]);
    scene.initFails = false;
    scene.advance(60_000);
    expect([scene.provisioned.length, scene.begin(3, version("1"))]).toEqual([2, "pps"]);
  });

  test("to an alias with two versions provisions both", () => {
    const scene = ready(2);
    scene.provision("2", [
      { spec: version("1"), count: 2 },
      { spec: version("2"), count: 1 },
    ]);
    scene.advance(1_000);
    expect([scene.allocation, scene.begin(3, version("1")), scene.begin(2, version("2"))]).toEqual(["3/3 READY", "pps", "ps"]);
  });

  test("that fails keeps what there was before it", () => {
    const scene = ready(2);
    scene.initFails = true;
    scene.provision("2", [{ spec: version("1"), count: 4 }]);
    scene.advance(1_000);
    expect(scene.allocation).toBe("2/0 FAILED FUNCTION_ERROR_INIT_FAILURE");
    expect(scene.begin(3)).toBe("pps");
  });

  test("that fails leaves nothing of a request before it that was never complete", () => {
    const scene = new Scene({ provisionedPerMinute: 60 });
    scene.provision("1", [{ spec: version("1"), count: 9 }]);
    scene.advance(2_000);
    expect(scene.allocation).toBe("3/0 IN_PROGRESS");
    scene.initFails = true;
    scene.provision("2", [{ spec: version("1"), count: 8 }]);
    scene.advance(3_000);
    expect([scene.allocation, scene.environments.size, scene.begin(1)]).toEqual(["0/0 FAILED FUNCTION_ERROR_INIT_FAILURE", 0, "d"]);
  });

  test("to none stops all of them", () => {
    const scene = ready(3);
    expect(scene.begin(1)).toBe("p");
    scene.provision("", []);
    expect([scene.allocation, scene.provisioned.length, scene.begin(1)]).toEqual(["", 1, "d"]);
    scene.advance(2_000);
    expect(scene.provisioned).toHaveLength(0);
  });

  test("while it is allocated stops what is on its way", () => {
    const scene = new Scene({ parallelStarts: 2 });
    scene.provision("1", [{ spec: version("1"), count: 9 }]);
    scene.provision("", []);
    scene.advance(5_000);
    expect([scene.environments.size, scene.fleet.environments]).toEqual([0, 0]);
  });

  test("of other functions' tables leaves it as it is", () => {
    const scene = ready(2);
    const ids = scene.provisioned.map(({ id }) => id);
    scene.provision("1", [{ spec: version("1"), count: 2 }], { [`${ARN}g`]: 3 });
    scene.advance(5_000);
    expect(scene.provisioned.map(({ id }) => id)).toEqual(ids);
  });
});

describe("what is provisioned", () => {
  test("serves its qualifier and calls of the same version by number, and no other version", () => {
    const scene = new Scene();
    scene.provision("1", [{ spec: version("1"), count: 2 }]);
    scene.advance(1_000);
    expect(scene.begin(1, version("2"), { qualifier: "2" })).toBe("d");
    expect(scene.begin(1, version("1"), { qualifier: "1" })).toBe("p");
    expect(scene.begin(1)).toBe("p");
  });

  test("is replaced when it is lost, within moments and to its full count", () => {
    const scene = new Scene();
    scene.provision("1", [{ spec: version("1"), count: 3 }]);
    scene.advance(1_000);
    for (const environment of scene.provisioned.slice(0, 2)) scene.lose(environment);
    expect(scene.allocation).toBe("1/1 READY");
    scene.advance(2_000);
    expect([scene.allocation, scene.begin(4)]).toEqual(["3/3 READY", "ppps"]);
  });

  test("is replaced at its greatest age, and its count never drops: also under load", () => {
    const scene = new Scene({ ageMs: { min: 20_000, max: 40_000 } });
    scene.provision("1", [{ spec: version("1"), count: 4 }]);
    scene.advance(1_000);
    const first = new Set(scene.provisioned.map(({ id }) => id));
    for (let second = 0; second < 120; second += 1) {
      scene.begin(2);
      scene.advance(1_000);
      expect(scene.allocation).toBe("4/4 READY");
      for (const { createdAt } of scene.provisioned) expect(scene.now - createdAt).toBeLessThanOrEqual(43_000);
    }
    expect(scene.provisioned.some(({ id }) => first.has(id))).toBe(false);
    expect(scene.runs.every(({ provisioned, spillover }) => provisioned === true || spillover === true)).toBe(true);
  });

  test("does not end for being idle", () => {
    const scene = new Scene({ idleMs: { min: 1_000, max: 1_000 }, idleHalvingMs: 1_000 });
    scene.provision("1", [{ spec: version("1"), count: 8 }]);
    scene.advance(100_000);
    expect(scene.allocation).toBe("8/8 READY");
  });
});
