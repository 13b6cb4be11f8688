import { expect, test } from "@jest/globals";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import fc from "fast-check";
import { environmentsOf, sameEnvironments } from "./provisioned-environments.ts";

const spec = (version: string, revision = "r"): FunctionSpec => ({ version, revision }) as FunctionSpec;
const counts = (requested: number, ...weights: readonly number[]): readonly (readonly [string, number])[] =>
  environmentsOf(
    weights.map((weight, index) => ({ spec: spec(String(index + 1)), weight })),
    requested,
  ).map((environment) => [environment.spec.version, environment.count]);

test("all are of the only version; with routing each gets its weight's share", () => {
  expect(counts(5, 1)).toEqual([["1", 5]]);
  expect(counts(10, 0.9, 0.1)).toEqual([
    ["1", 9],
    ["2", 1],
  ]);
  expect(counts(3, 0.5, 0.5)).toEqual([
    ["1", 2],
    ["2", 1],
  ]);
  expect(counts(1, 0.4, 0.6)).toEqual([["2", 1]]);
  expect(counts(7, 0, 1)).toEqual([["2", 7]]);
});

test("whatever the weight, the shares add up and are never off by one or more", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (requested, weight) => {
      const shares = new Map(counts(requested, 1 - weight, weight));
      const [first = 0, second = 0] = [shares.get("1"), shares.get("2")];
      expect(first + second).toBe(requested);
      expect(Math.abs(second - weight * requested)).toBeLessThan(1);
    }),
  );
});

test("while an alias moves all are of the version to which it moves, and those of the other are to stay", () => {
  const behind = [
    { spec: spec("2"), weight: 0 },
    { spec: spec("1"), weight: 1, leaving: true as const },
  ];
  expect(environmentsOf(behind, 3)).toEqual([
    { spec: spec("2"), count: 3 },
    { spec: spec("1"), count: 0 },
  ]);
});

test("environments are the same when as many run the same revision of the same version", () => {
  const one = [{ spec: spec("1"), count: 2 }];
  expect(sameEnvironments(one, [{ spec: { ...spec("1"), environment: {} }, count: 2 }])).toBe(true);
  expect(sameEnvironments(one, [{ spec: spec("1"), count: 3 }])).toBe(false);
  expect(sameEnvironments(one, [{ spec: spec("2"), count: 2 }])).toBe(false);
  expect(sameEnvironments(one, [{ spec: spec("1", "s"), count: 2 }])).toBe(false);
  expect(sameEnvironments(one, [...one, ...one])).toBe(false);
});
