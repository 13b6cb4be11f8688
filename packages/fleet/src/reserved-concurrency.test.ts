/** Reserved concurrency as the fleet keeps it: over runs, environments and revisions. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createFleet } from "@lambdock/fleet/fleet";
import type { ReservationTable } from "@lambdock/model/reserved-concurrency";
import type { Fleet, FleetEffect } from "@lambdock/fleet/fleet-protocol";
import type { Group } from "@lambdock/fleet/pool";
import { unbounded } from "@lambdock/fleet/testing/fleet-limits";

const RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded";
const ARN = "arn:aws:lambda:us-east-1:111122223333:function:";
const group = (name: string, version = "$LATEST", revision = "1"): Group => ({ functionArn: ARN + name, version, revision });

function fleetWith(functions: Readonly<Record<string, number>>, accountConcurrency = 10): Fleet<Group> {
  let count = 0;
  const limits = { ...unbounded, accountConcurrency, parallelStarts: 50, idleMs: { min: 1_000, max: 1_000 } };
  const fleet = createFleet<Group>({ limits, newId: () => `e${(count += 1)}`, random: () => 0 });
  fleet.reserve({ generation: 1, functions: prefixed(functions) }, 0);
  return fleet;
}

const prefixed = (functions: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(functions).map(([name, reserved]) => [ARN + name, reserved]));

describe("a function that reserved one", () => {
  test("runs in one version at a time", () => {
    const fleet = fleetWith({ f: 1 });
    expect(fleet.invoke(group("f", "1"), "r1", 0)).toMatchObject([{ type: "create" }]);
    expect(fleet.invoke(group("f", "2"), "r2", 0)).toEqual([{ type: "throttle", runId: "r2", reason: RESERVED, retryAfterSeconds: 1 }]);
  });

  test("reuses the environment that is finishing, and is throttled when that takes too long", () => {
    const fleet = fleetWith({ f: 1 });
    fleet.invoke(group("f"), "r1", 0);
    fleet.created("e1", 1);
    fleet.answered("e1");
    expect(fleet.invoke(group("f"), "r2", 2)).toMatchObject([{ type: "patience", runId: "r2" }]);
    expect(fleet.impatient("r2", 252)).toEqual([{ type: "throttle", runId: "r2", reason: RESERVED, retryAfterSeconds: 1 }]);
    expect(fleet.inFlight).toBe(0);
    expect(fleet.invoke(group("f"), "r3", 253)).toMatchObject([{ type: "patience", runId: "r3" }]);
    expect(fleet.idle("e1", 254)).toEqual([{ type: "assign", environmentId: "e1", runId: "r3", cold: false }]);
  });

  test("and one more: an environment that lingers too long still counts for the next run", () => {
    const fleet = fleetWith({ f: 2 });
    fleet.invoke(group("f"), "r1", 0);
    fleet.created("e1", 1);
    fleet.answered("e1");
    fleet.invoke(group("f"), "r2", 2);
    expect(fleet.impatient("r2", 252)).toMatchObject([{ type: "create", environmentId: "e2" }]);
    expect(fleet.invoke(group("f"), "r3", 253)).toMatchObject([{ type: "patience", runId: "r3" }]);
  });

  test("is free again when its environment could not be made", () => {
    const fleet = fleetWith({ f: 1 });
    fleet.invoke(group("f"), "r1", 0);
    expect(fleet.gone("e1", 1)).toMatchObject([{ type: "abandon", runId: "r1" }]);
    expect(fleet.invoke(group("f"), "r2", 2)).toMatchObject([{ type: "create" }]);
  });

  test("takes a new reservation with its warm environments", () => {
    const fleet = fleetWith({ f: 1 });
    fleet.invoke(group("f"), "r1", 0);
    fleet.created("e1", 1);
    fleet.idle("e1", 2);
    fleet.reserve({ generation: 2, functions: prefixed({ f: 0 }) }, 3);
    expect(fleet.invoke(group("f"), "r2", 3)).toMatchObject([{ type: "throttle", reason: RESERVED }]);
    fleet.reserve({ generation: 3, functions: {} }, 4);
    expect(fleet.invoke(group("f"), "r3", 4)).toEqual([{ type: "assign", environmentId: "e1", runId: "r3", cold: false }]);
  });
});

/** Plays the executor's part, and counts what is at work. */
class Play {
  readonly fleet: Fleet<Group>;
  readonly open = new Map<string, string>();
  readonly atWork = new Map<string, string>();
  readonly #groups = new Map<string, string>();
  readonly #creating = new Set<string>();
  readonly #running = new Map<string, string>();
  readonly #patience: { readonly runId: string }[] = [];
  #now = 0;
  #runs = 0;

  constructor(fleet: Fleet<Group>) {
    this.fleet = fleet;
  }

  countOf(values: Iterable<string>, name: string): number {
    return [...values].filter((each) => each === name).length;
  }

  step(kind: string, name: string, pick: number): void {
    this.#now += 50;
    const id = (items: Iterable<string>): string | undefined => ((list) => list[pick % Math.max(1, list.length)])([...items]);
    if (kind === "invoke") {
      const runId = `r${(this.#runs += 1)}`;
      this.open.set(runId, name);
      this.#take(this.fleet.invoke(group(name), runId, this.#now));
    } else if (kind === "created")
      this.#with(id(this.#creating), (each) => this.#take((this.#creating.delete(each), this.fleet.created(each, this.#now))));
    else if (kind === "answered") this.#with(id(this.#running.keys()), (each) => (this.#answer(each), this.fleet.answered(each)));
    else if (kind === "idle") this.#with(id(this.atWork.keys()), (each) => this.#idle(each));
    else if (kind === "gone") this.#with(id(this.#groups.keys()), (each) => this.#gone(each));
    else if (kind === "reap") this.#take(this.fleet.reap(this.#now));
    else this.#with(this.#patience.shift(), ({ runId }) => this.#take(this.fleet.impatient(runId, this.#now)));
  }

  reserve(table: ReservationTable): void {
    this.#take(this.fleet.reserve(table, this.#now));
  }

  #with<T>(item: T | undefined, run: (item: T) => unknown): void {
    if (item !== undefined) run(item);
  }

  #answer(environmentId: string): void {
    this.open.delete(this.#running.get(environmentId)!);
    this.#running.delete(environmentId);
  }

  #idle(environmentId: string): void {
    this.#answer(environmentId);
    this.atWork.delete(environmentId);
    this.#take(this.fleet.idle(environmentId, this.#now));
  }

  #gone(environmentId: string): void {
    this.#answer(environmentId);
    for (const places of [this.#groups, this.atWork, this.#creating]) places.delete(environmentId);
    this.#take(this.fleet.gone(environmentId, this.#now));
  }

  #take(effects: readonly FleetEffect<Group>[]): void {
    for (const effect of effects) {
      if (effect.type === "create") {
        this.#groups.set(effect.environmentId, effect.group.functionArn.slice(ARN.length));
        this.#creating.add(effect.environmentId);
      } else if (effect.type === "assign") {
        this.#running.set(effect.environmentId, effect.runId);
        this.atWork.set(effect.environmentId, this.#groups.get(effect.environmentId)!);
      } else if (effect.type === "patience") this.#patience.push(effect);
      else if (effect.type === "retire") this.#gone(effect.environmentId);
      else if (effect.type !== "initialize") this.open.delete(effect.runId);
    }
  }
}

const weights = { invoke: 8, created: 8, answered: 4, idle: 3, impatient: 4, gone: 1, reap: 1 };
const kinds = fc.oneof(...Object.entries(weights).map(([kind, weight]) => ({ weight, arbitrary: fc.constant(kind) })));
const history = fc.array(fc.record({ kind: kinds, name: fc.constantFrom("a", "b", "c"), pick: fc.nat(50) }), {
  minLength: 60,
  maxLength: 120,
});

/** Cheaper than an expectation for each of a million steps. */
function holds(what: string, holds: boolean): void {
  if (!holds) throw new Error(`${what} does not hold`);
}

test("over random histories a function never has more runs, nor environments at work, than it reserved", () => {
  fc.assert(
    fc.property(history, fc.nat(2), fc.nat(2), (script, a, b) => {
      const play = new Play(fleetWith({ a, b }, 5));
      for (const { kind, name, pick } of script) {
        play.step(kind, name, pick);
        for (const [each, reserved] of Object.entries({ a, b })) {
          holds(`runs of ${each} within ${reserved}`, play.countOf(play.open.values(), each) <= reserved);
          holds(`environments of ${each} within ${reserved}`, play.countOf(play.atWork.values(), each) <= reserved);
        }
        holds("the pool within its limit", play.countOf(play.open.values(), "c") <= 5 - a - b);
        holds("the count of what is in flight", play.fleet.inFlight === play.open.size);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("over random histories with changing reservations the account is never overdrawn", () => {
  const changes = fc.array(fc.dictionary(fc.constantFrom("a", "b", "c"), fc.nat(3)), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(history, changes, (script, tables) => {
      const play = new Play(fleetWith({}, 4));
      let reserved: Readonly<Record<string, number>> = {};
      script.forEach(({ kind, name, pick }, index) => {
        if (index % 20 === 19) {
          reserved = tables[pick % tables.length]!;
          play.reserve({ generation: index, functions: prefixed(reserved) });
        }
        const before = play.countOf(play.open.values(), name);
        play.step(kind, name, pick);
        const after = play.countOf(play.open.values(), name);
        if (after > before) holds(`${name} within what is reserved now`, after <= (reserved[name] ?? 4));
        holds("the account within its limit", play.open.size <= 4);
        holds("the count of what is in flight", play.fleet.inFlight === play.open.size);
      });
    }),
    { numRuns: 1_000 },
  );
});
