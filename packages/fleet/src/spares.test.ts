/** Spares after bursts, over random histories of several functions: no bound is passed, and nothing is made again and again. */
import { describe, expect, test } from "@jest/globals";
import type { FleetLimits } from "@lambdock/fleet/fleet-protocol";
import type { Group } from "@lambdock/fleet/pool";
import { unbounded } from "@lambdock/fleet/testing/fleet-limits";
import { VirtualExecutor, type VirtualEnvironment } from "@lambdock/fleet/testing/virtual-executor";
import fc from "fast-check";

const MINUTE = 60_000;
const limits: FleetLimits = {
  ...unbounded,
  accountConcurrency: 40,
  parallelStarts: 4,
  environmentsPerFunction: 12,
  sparesPerFunction: 1,
  spares: 8,
  idleMs: { min: 5 * MINUTE, max: 15 * MINUTE },
};
const group = (name: string, revision = "1", version = "$LATEST"): Group => ({
  functionArn: `arn:aws:lambda:us-east-1:111122223333:function:${name}`,
  version,
  revision,
  ...(version === "2" ? { snapStart: true } : {}),
});

class Scene extends VirtualExecutor {
  readonly used = new Set<string>();

  constructor(seed = 1, changes: Partial<FleetLimits> = {}) {
    super({ ...limits, ...changes }, { make: 300, init: 50, run: 400, tail: 10 }, seed);
  }

  /** Made, and not used yet: of on-demand ones only, those that are provisioned are not spare. */
  get spares(): VirtualEnvironment[] {
    for (const { environmentId } of this.runs) if (environmentId !== undefined) this.used.add(environmentId);
    return [...this.environments.values()].filter(
      ({ id, state, initializationType }) => state === "resting" && initializationType !== "provisioned-concurrency" && !this.used.has(id),
    );
  }

  burst(of: Group, count: number): void {
    for (let index = 0; index < count; index += 1) this.invoke(of);
  }
}

const step = fc.record({
  what: fc.constantFrom("burst", "burst", "burst", "update", "prepare", "provision", "lose"),
  name: fc.constantFrom("a", "b", "c", "d"),
  version: fc.constantFrom("$LATEST", "2"),
  count: fc.integer({ min: 1, max: 20 }),
  pauseMs: fc.constantFrom(0, 10, 900, 5_000, 2 * MINUTE),
});

describe("spares", () => {
  test("over random bursts, updates and provisioning keep every bound, and are the usual ones when all is quiet", () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(step, { maxLength: 40 }), (seed, script) => {
        const scene = new Scene(seed);
        const revisions = new Map<string, number>();
        let generation = 0;
        for (const { what, name, version, count, pauseMs } of script) {
          const revision = revisions.get(`${name}${version}`) ?? 1;
          const current = group(name, String(revision), version);
          if (what === "burst") scene.burst(current, count);
          else if (what === "prepare") scene.prepare(current);
          else if (what === "lose") [...scene.environments.values()].slice(0, count).forEach((each) => scene.lose(each));
          else if (what === "update") {
            revisions.set(`${name}${version}`, revision + 1);
            const next = group(name, String(revision + 1), version);
            scene.prepare(next);
            scene.retire(next, next.revision);
          } else {
            const target = { functionArn: current.functionArn, qualifier: "live", id: String((generation += 1)) };
            const environments = [{ spec: group(name, "1", "9"), count: (count % 3) + 1 }];
            scene.reserve({ generation, functions: {}, provisioned: [{ ...target, environments }] });
          }
          scene.advance(pauseMs);
          expect(scene.spares.length).toBeLessThanOrEqual(limits.spares);
          for (const each of scene.spares) {
            const { functionArn, version: of } = each.group;
            const now = revisions.get(`${functionArn.split(":").at(-1)}${of}`) ?? 1;
            expect(each.group.revision).toBe(String(now));
          }
          const perPool = new Map<string, number>();
          for (const { group: of, initializationType } of scene.environments.values()) {
            if (initializationType === "provisioned-concurrency") continue;
            const key = `${of.functionArn}:${of.version}#${of.revision}`;
            perPool.set(key, (perPool.get(key) ?? 0) + 1);
          }
          for (const size of perPool.values()) expect(size).toBeLessThanOrEqual(limits.environmentsPerFunction);
        }
        scene.advance(6 * MINUTE);
        expect([...scene.open]).toEqual([]);
        const perVersion = new Map<string, number>();
        for (const { group: of } of scene.spares)
          perVersion.set(`${of.functionArn}:${of.version}`, (perVersion.get(`${of.functionArn}:${of.version}`) ?? 0) + 1);
        for (const size of perVersion.values()) expect(size).toBeLessThanOrEqual(limits.sparesPerFunction);
        scene.advance(30 * MINUTE);
        expect([...scene.environments.values()].every(({ initializationType }) => initializationType === "provisioned-concurrency")).toBe(
          true,
        );
      }),
      { numRuns: 60 },
    );
  });

  test.each([2, 3, 10])("of %i functions that burst in turns are not made and given up again and again", (functions) => {
    const scene = new Scene(7, { environmentsPerFunction: 0, accountConcurrency: 1_000 });
    const names = Array.from({ length: functions }, (_, index) => `f${index}`);
    const rounds = 40;
    // Each round is of a new revision: all six start cold.
    for (let revision = 1; revision <= rounds; revision += 1) {
      for (const name of names) {
        const of = group(name, String(revision));
        scene.prepare(of);
        scene.retire(of, of.revision);
      }
      scene.advance(2_000);
      for (const name of names) {
        scene.burst(group(name, String(revision)), 6);
        scene.advance(3_000);
      }
    }
    const cold = scene.runs.filter((run) => run.cold === true).length;
    // Each new revision of each function may have its share of the spares made anew, and no more.
    const renewed = rounds * (limits.spares + functions);
    expect(scene.creations.length - cold).toBeLessThanOrEqual(renewed);
    expect(scene.creations.length).toBeGreaterThanOrEqual(cold);
  });

  test("do not grow with a function that breaks its environment with every run", () => {
    const scene = new Scene();
    for (let count = 0; count < 100; count += 1) {
      const run = scene.invoke(group("f"));
      scene.advance(700);
      scene.lose(scene.environments.get(run.environmentId!)!);
    }
    scene.advance(1_000);
    expect(scene.runs.every(({ cold }) => cold === true)).toBe(true);
    expect(scene.spares).toHaveLength(1);
  });
});
