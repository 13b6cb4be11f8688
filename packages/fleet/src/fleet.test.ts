import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createFleet } from "@lambdock/fleet/fleet";
import type { Fleet, FleetEffect, FleetLimits } from "@lambdock/fleet/fleet-protocol";
import type { Group } from "@lambdock/fleet/pool";
import { unbounded } from "@lambdock/fleet/testing/fleet-limits";

const limits: FleetLimits = { ...unbounded, accountConcurrency: 100, parallelStarts: 2, spares: 4, idleMs: { min: 1_000, max: 1_000 } };
const group = (name: string, revision = "1"): Group => ({ functionArn: `arn:${name}`, version: "$LATEST", revision });

function fleetWith(changed: Partial<FleetLimits> = {}): Fleet<Group> {
  let count = 0;
  return createFleet<Group>({ limits: { ...limits, ...changed }, newId: () => `e${(count += 1)}`, random: () => 0 });
}

const summary = (effects: readonly FleetEffect<Group>[]): string[] =>
  effects.map((effect) =>
    `${effect.type} ${"environmentId" in effect ? effect.environmentId : ""}${"runId" in effect ? ` ${effect.runId}` : ""}`.replaceAll(
      "  ",
      " ",
    ),
  );

describe("placement", () => {
  test("makes an environment for the first invocation and reuses it for the next", () => {
    const fleet = fleetWith();
    expect(summary(fleet.invoke(group("f"), "r1", 0))).toEqual(["create e1"]);
    expect(summary(fleet.created("e1", 1))).toEqual(["assign e1 r1"]);
    expect(fleet.idle("e1", 2)).toEqual([]);
    expect(fleet.invoke(group("f"), "r2", 3)).toEqual([{ type: "assign", environmentId: "e1", runId: "r2", cold: false }]);
  });

  test("takes the warmest environment first", () => {
    const fleet = fleetWith();
    for (const runId of ["r1", "r2"]) fleet.invoke(group("f"), runId, 0);
    for (const id of ["e1", "e2"]) fleet.created(id, 1);
    fleet.idle("e2", 2);
    fleet.idle("e1", 3);
    expect(summary(fleet.invoke(group("f"), "r3", 4))).toEqual(["assign e1 r3"]);
  });

  test("bounds parallel starts and lets functions take turns", () => {
    const fleet = fleetWith();
    for (const runId of ["a1", "a2", "a3", "a4"]) fleet.invoke(group("a"), runId, 0);
    fleet.invoke(group("b"), "b1", 0);
    expect(summary(fleet.created("e1", 1))).toEqual(["assign e1 a1", "create e3"]);
    expect(summary(fleet.created("e2", 1))).toEqual(["assign e2 a2", "create e5"]);
  });

  test("gives a freed environment to a run whose own start has not begun", () => {
    const fleet = fleetWith();
    for (const runId of ["r1", "r2", "r3"]) fleet.invoke(group("f"), runId, 0);
    fleet.created("e1", 1);
    expect(fleet.environments).toBe(3);
    fleet.created("e2", 1);
    // e3 has begun by now, so the freed one rests.
    expect(summary(fleet.idle("e1", 2))).toEqual([]);
    fleet.invoke(group("f"), "r4", 3);
    for (const runId of ["r5", "r6", "r7"]) fleet.invoke(group("f"), runId, 3);
    expect(summary(fleet.idle("e2", 4))).toEqual(["assign e2 r6"]);
  });

  test("waits at the function's bound instead of growing", () => {
    const fleet = fleetWith({ environmentsPerFunction: 1 });
    fleet.invoke(group("f"), "r1", 0);
    expect(fleet.invoke(group("f"), "r2", 0)).toEqual([]);
    fleet.created("e1", 1);
    expect(summary(fleet.idle("e1", 2))).toEqual(["assign e1 r2"]);
  });

  test("lets a caller that was answered wait for its environment instead of starting another", () => {
    const fleet = fleetWith();
    fleet.invoke(group("f"), "r1", 0);
    fleet.created("e1", 1);
    fleet.answered("e1");
    expect(fleet.inFlight).toBe(0);
    expect(fleet.invoke(group("f"), "r2", 2)).toEqual([{ type: "patience", runId: "r2", at: 252 }]);
    expect(summary(fleet.idle("e1", 3))).toEqual(["assign e1 r2"]);
    expect(fleet.impatient("r2", 252)).toEqual([]);
  });

  test("starts another when the environment takes too long to finish", () => {
    const fleet = fleetWith();
    fleet.invoke(group("f"), "r1", 0);
    fleet.created("e1", 1);
    fleet.answered("e1");
    fleet.invoke(group("f"), "r2", 2);
    expect(summary(fleet.impatient("r2", 252))).toEqual(["create e2"]);
    expect(fleet.idle("e1", 253)).toEqual([]);
  });

  test("throttles past the account's concurrency", () => {
    const fleet = fleetWith({ accountConcurrency: 1 });
    fleet.invoke(group("f"), "r1", 0);
    expect(fleet.invoke(group("g"), "r2", 0)).toEqual([
      { type: "throttle", runId: "r2", reason: "ConcurrentInvocationLimitExceeded", retryAfterSeconds: 1 },
    ]);
  });
});

describe("spares", () => {
  test("are made when a function is prepared, used by a cold start, and made again", () => {
    const fleet = fleetWith({ sparesPerFunction: 1 });
    expect(summary(fleet.prepare(group("f"), 0))).toEqual(["create e1"]);
    expect(fleet.created("e1", 1)).toEqual([]);
    expect(summary(fleet.invoke(group("f"), "r1", 2))).toEqual(["assign e1 r1", "create e2"]);
  });

  test("that are still being made serve the invocation that comes meanwhile", () => {
    const fleet = fleetWith({ sparesPerFunction: 1, parallelStarts: 1 });
    fleet.prepare(group("f"), 0);
    fleet.invoke(group("f"), "r1", 1);
    expect(summary(fleet.created("e1", 2))).toEqual(["assign e1 r1", "create e2"]);
  });

  test("are bounded over all functions: the longest unused goes", () => {
    const fleet = fleetWith({ sparesPerFunction: 1, spares: 1 });
    fleet.prepare(group("f"), 0);
    fleet.created("e1", 1);
    fleet.prepare(group("g"), 2);
    expect(summary(fleet.created("e2", 3))).toEqual(["retire e1"]);
  });

  const burst = (fleet: ReturnType<typeof fleetWith>, count: number, now: number): string[] =>
    Array.from({ length: count }, (_, index) => summary(fleet.invoke(group("f"), `b${now}.${index}`, now))).flat();

  test("are after a burst as many as it began at once, in a new revision too", () => {
    const fleet = fleetWith({ sparesPerFunction: 1, spares: 8, parallelStarts: 20 });
    burst(fleet, 5, 0);
    for (let made = 1; made <= 10; made += 1) fleet.created(`e${made}`, 1);
    expect(summary(fleet.prepare(group("f", "2"), 10))).toHaveLength(5);
  });

  test("are begun when the last one that a run waits for is made, not beside it", () => {
    const fleet = fleetWith({ sparesPerFunction: 1, spares: 8, parallelStarts: 20 });
    expect(burst(fleet, 3, 0)).toEqual(["create e1", "create e2", "create e3"]);
    const created = (id: string): readonly string[] => summary(fleet.created(id, 1)).filter((effect) => effect.startsWith("create"));
    expect([created("e1"), created("e2")]).toEqual([[], []]);
    expect(created("e3")).toHaveLength(3);
  });

  test("are fewer again when the burst is forgotten", () => {
    const fleet = fleetWith({ sparesPerFunction: 1, spares: 8, parallelStarts: 20, idleMs: { min: 300_000, max: 900_000 } });
    burst(fleet, 5, 0);
    for (let made = 1; made <= 10; made += 1) fleet.created(`e${made}`, 1);
    expect(fleet.reap(299_999)).toEqual([]);
    expect(summary(fleet.reap(300_000))).toHaveLength(4);
  });

  test("beyond the usual number make room for another function's first", () => {
    const fleet = fleetWith({ sparesPerFunction: 1, spares: 3, parallelStarts: 20 });
    burst(fleet, 5, 0);
    for (let made = 1; made <= 8; made += 1) fleet.created(`e${made}`, 1);
    fleet.prepare(group("g"), 0);
    expect(summary(fleet.created("e9", 2))).toEqual([expect.stringMatching(/^retire e[678]$/)]);
    fleet.prepare(group("h"), 3);
    expect(summary(fleet.created("e10", 3))).toEqual([expect.stringMatching(/^retire e[678]$/)]);
  });

  test("never stand before a run that waits for a start", () => {
    const fleet = fleetWith({ sparesPerFunction: 1, parallelStarts: 1 });
    fleet.prepare(group("f"), 0);
    fleet.prepare(group("g"), 0);
    fleet.invoke(group("h"), "r1", 0);
    expect(summary(fleet.created("e1", 1))).toEqual(["create e3"]);
  });
});

test("an update retires idle environments of the old revision and lets busy ones finish", () => {
  const fleet = fleetWith();
  for (const runId of ["r1", "r2"]) fleet.invoke(group("f"), runId, 0);
  for (const id of ["e1", "e2"]) fleet.created(id, 1);
  fleet.idle("e1", 2);
  expect(summary(fleet.retire("arn:f", "$LATEST", "2", 3))).toEqual(["retire e1"]);
  expect(summary(fleet.idle("e2", 4))).toEqual(["retire e2"]);
  expect(summary(fleet.invoke(group("f", "2"), "r3", 5))).toEqual(["create e3"]);
});

test("a revision that comes back while its last environment is at work has warm ones and spares again", () => {
  const fleet = fleetWith({ sparesPerFunction: 1 });
  fleet.invoke(group("f"), "r1", 0);
  for (const id of ["e1", "e2"]) fleet.created(id, 1);
  expect(summary(fleet.retire("arn:f", "$LATEST", "2", 2))).toEqual(["retire e2"]);
  fleet.gone("e2", 2);
  expect(fleet.retire("arn:f", "$LATEST", "1", 3)).toEqual([]);
  expect(summary(fleet.prepare(group("f"), 3))).toEqual(["create e3"]);
  fleet.created("e3", 4);
  expect(summary(fleet.idle("e1", 5))).toEqual(["retire e1"]);
  fleet.gone("e1", 5);
  expect(summary(fleet.invoke(group("f"), "r2", 6))).toEqual(["assign e3 r2", "create e4"]);
  expect(fleet.idle("e3", 7)).toEqual([]);
  expect(summary(fleet.invoke(group("f"), "r3", 8))).toEqual(["assign e3 r3"]);
});

test("a failed start abandons its run and frees its place", () => {
  const fleet = fleetWith({ parallelStarts: 1 });
  fleet.invoke(group("f"), "r1", 0);
  fleet.invoke(group("f"), "r2", 0);
  expect(summary(fleet.gone("e1", 1))).toEqual(["abandon e1 r1", "create e2"]);
  expect(fleet.inFlight).toBe(1);
});

test("the environment that follows one that broke while somebody waited for it is found again, and reaped", () => {
  const fleet = fleetWith();
  fleet.invoke(group("f"), "r1", 0);
  fleet.created("e1", 1);
  fleet.answered("e1");
  fleet.invoke(group("f"), "r2", 2);
  expect(summary(fleet.gone("e1", 3))).toEqual(["create e2"]);
  fleet.created("e2", 4);
  fleet.idle("e2", 5);
  expect(summary(fleet.invoke(group("f"), "r3", 6))).toEqual(["assign e2 r3"]);
  fleet.idle("e2", 7);
  expect(summary(fleet.reap(2_000))).toEqual(["retire e2"]);
});

test("idle environments are reaped after their time", () => {
  const fleet = fleetWith();
  fleet.invoke(group("f"), "r1", 0);
  fleet.created("e1", 1);
  fleet.idle("e1", 10);
  expect(fleet.reap(1_009)).toEqual([]);
  expect(summary(fleet.reap(1_010))).toEqual(["retire e1"]);
  expect(fleet.gone("e1", 1_011)).toEqual([]);
  expect(fleet.environments).toBe(0);
});

test("over random histories no environment has two runs, no bound is passed and every run ends", () => {
  const action = fc.record({
    kind: fc.constantFrom("invoke", "created", "answered", "idle", "gone", "retire", "reap", "prepare", "impatient"),
    name: fc.constantFrom("a", "b"),
    pick: fc.nat(50),
    revision: fc.constantFrom("1", "2"),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 80 }), (script) => {
      const fleet = fleetWith({ accountConcurrency: 6, environmentsPerFunction: 3, parallelStarts: 2, sparesPerFunction: 1, spares: 2 });
      const creating = new Set<string>();
      const running = new Map<string, string>();
      const alive = new Set<string>();
      const open = new Set<string>();
      let now = 0;
      let runs = 0;
      const finishing = new Set<string>();
      const patience: { runId: string }[] = [];
      const take = (effects: readonly FleetEffect<Group>[]): void => {
        for (const effect of effects) {
          if (effect.type === "create") {
            creating.add(effect.environmentId);
            alive.add(effect.environmentId);
            expect(creating.size).toBeLessThanOrEqual(2);
          } else if (effect.type === "assign") {
            expect(running.has(effect.environmentId)).toBe(false);
            finishing.delete(effect.environmentId);
            running.set(effect.environmentId, effect.runId);
          } else if (effect.type === "retire") {
            expect(running.has(effect.environmentId)).toBe(false);
            alive.delete(effect.environmentId);
            take(fleet.gone(effect.environmentId, now));
          } else if (effect.type === "patience") {
            patience.push(effect);
          } else if (effect.type !== "initialize") open.delete(effect.runId);
        }
      };
      const finish = (id: string): void => {
        open.delete(running.get(id)!);
        running.delete(id);
      };
      const at = <T>(items: Iterable<T>, pick: number): T | undefined => {
        const list = [...items];
        return list.length === 0 ? undefined : list[pick % list.length];
      };
      const play = (kind: string, name: string, pick: number, revision: string): void => {
        now += 100;
        if (kind === "invoke") {
          const runId = `r${(runs += 1)}`;
          open.add(runId);
          take(fleet.invoke(group(name, revision), runId, now));
        } else if (kind === "prepare") take(fleet.prepare(group(name, revision), now));
        else if (kind === "retire") take(fleet.retire(`arn:${name}`, "$LATEST", revision, now));
        else if (kind === "reap") take(fleet.reap(now));
        else if (kind === "created") {
          const id = at(creating, pick);
          if (id !== undefined) {
            creating.delete(id);
            take(fleet.created(id, now));
          }
        } else if (kind === "answered") {
          const id = at(running.keys(), pick);
          if (id !== undefined) {
            finish(id);
            finishing.add(id);
            fleet.answered(id);
          }
        } else if (kind === "impatient") {
          const claim = patience.shift();
          if (claim !== undefined) take(fleet.impatient(claim.runId, now));
        } else if (kind === "idle") {
          const id = at([...running.keys(), ...finishing], pick);
          if (id !== undefined) {
            if (running.has(id)) finish(id);
            finishing.delete(id);
            take(fleet.idle(id, now));
          }
        } else {
          const id = at(alive, pick);
          if (id !== undefined) {
            alive.delete(id);
            creating.delete(id);
            finishing.delete(id);
            if (running.has(id)) finish(id);
            take(fleet.gone(id, now));
          }
        }
        expect(fleet.inFlight).toBe(open.size);
        expect(open.size).toBeLessThanOrEqual(6);
      };
      for (const { kind, name, pick, revision } of script) play(kind, name, pick, revision);
      for (let turn = 0; turn < 200 && open.size > 0; turn += 1)
        play(creating.size > 0 ? "created" : patience.length > 0 ? "impatient" : "idle", "a", 0, "1");
      expect(open.size).toBe(0);
    }),
    { numRuns: 2_000 },
  );
});
