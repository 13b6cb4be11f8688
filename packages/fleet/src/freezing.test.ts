import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createFreezing, freezable, type Freezable } from "./freezing.ts";

interface Named extends Freezable {
  readonly name: string;
}

function named(name: string): Named {
  return { name, ...freezable() };
}

const GRACE = 100;

test("an environment is frozen once it has rested for the grace, and thawed by its next work", () => {
  const freezing = createFreezing<Named>(GRACE);
  const a = named("a");
  expect(freezing.rests(a, 1_000)).toBe(1_100);
  expect(freezing.sweep(1_100)).toEqual({ freeze: [a], nextAt: undefined });
  expect(a.frozen).toBe(true);
  expect(freezing.works(a)).toBe(true);
  expect(freezing.works(a)).toBe(false);
});

test("work within the grace keeps an environment from being frozen, and a burst arranges one sweep at a time", () => {
  const freezing = createFreezing<Named>(GRACE);
  const a = named("a");
  expect(freezing.rests(a, 0)).toBe(100);
  for (let now = 10; now < 100; now += 10) {
    expect(freezing.works(a)).toBe(false);
    expect(freezing.rests(a, now)).toBeUndefined();
  }
  expect(freezing.sweep(100)).toEqual({ freeze: [], nextAt: 190 });
  expect(freezing.sweep(190)).toEqual({ freeze: [a], nextAt: undefined });
});

test("an environment that works at the sweep leaves the line, and enters it again when it rests", () => {
  const freezing = createFreezing<Named>(GRACE);
  const a = named("a");
  freezing.rests(a, 0);
  freezing.works(a);
  expect(freezing.sweep(100)).toEqual({ freeze: [], nextAt: undefined });
  expect(freezing.rests(a, 500)).toBe(600);
  expect(freezing.sweep(600).freeze).toEqual([a]);
});

test("one sweep serves all environments: each is frozen after its own grace", () => {
  const freezing = createFreezing<Named>(GRACE);
  const [a, b, c] = [named("a"), named("b"), named("c")];
  expect(freezing.rests(a, 0)).toBe(100);
  expect(freezing.rests(b, 50)).toBeUndefined();
  expect(freezing.rests(c, 60)).toBeUndefined();
  expect(freezing.sweep(100)).toEqual({ freeze: [a], nextAt: 150 });
  expect(freezing.sweep(155)).toEqual({ freeze: [b], nextAt: 160 });
  expect(freezing.sweep(160)).toEqual({ freeze: [c], nextAt: undefined });
});

test("an environment that could not be frozen gets another grace, unless it works already", () => {
  const freezing = createFreezing<Named>(GRACE);
  const a = named("a");
  freezing.rests(a, 0);
  freezing.sweep(100);
  expect(freezing.refused(a, 105)).toBe(205);
  expect(a.frozen).toBe(false);
  expect(freezing.sweep(205).freeze).toEqual([a]);
  freezing.works(a);
  expect(freezing.refused(a, 210)).toBeUndefined();
  expect(freezing.sweep(400).freeze).toEqual([]);
});

test("whatever happens, nothing that works is frozen, everything that rests long enough is, and a sweep is arranged while anything waits", () => {
  const operation = fc.record({ environment: fc.nat(4), act: fc.constantFrom("rests", "works", "wait"), ms: fc.nat(80) });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const freezing = createFreezing<Named>(GRACE);
      const all = ["a", "b", "c", "d", "e"].map(named);
      let now = 0;
      let sweepAt: number | undefined;
      const sweepUntil = (instant: number): void => {
        while (sweepAt !== undefined && sweepAt <= instant) {
          now = sweepAt;
          const { freeze, nextAt } = freezing.sweep(now);
          for (const environment of freeze) expect(environment.restsSince! + GRACE).toBeLessThanOrEqual(now);
          sweepAt = nextAt;
        }
        now = instant;
      };
      for (const { environment, act, ms } of operations) {
        const subject = all[environment]!;
        const wasFrozen = subject.frozen;
        if (act === "works") expect(freezing.works(subject)).toBe(wasFrozen);
        else if (act === "rests" && subject.restsSince === undefined) sweepAt = freezing.rests(subject, now) ?? sweepAt;
        else sweepUntil(now + ms);
        for (const one of all) {
          if (one.restsSince === undefined) expect(one.frozen).toBe(false);
          else if (!one.frozen) expect(sweepAt).toBeDefined();
        }
      }
      sweepUntil(now + 2 * GRACE);
      for (const one of all) expect(one.frozen).toBe(one.restsSince !== undefined);
    }),
  );
});
