import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  decodeDistribution,
  emptyDistribution,
  encodeDistribution,
  merge,
  record,
  RELATIVE_ERROR,
  type Distribution,
} from "./distribution.ts";
import { parseExtendedStatistic, parseStatistic, percentile } from "./statistic.ts";

function of(values: readonly number[]): Distribution {
  const distribution = emptyDistribution();
  for (const value of values) record(distribution, value);
  return distribution;
}

/** Milliseconds from a nanosecond's fraction of one to 15 minutes; zeros too. */
const durations = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 900_000, noNaN: true })), { minLength: 1, maxLength: 300 });

const close = (actual: number, expected: number): boolean => Math.abs(actual - expected) <= expected * RELATIVE_ERROR + 1e-9;

describe("a distribution", () => {
  test("knows each percentile of its values within one percent", () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0, max: 100, noNaN: true }), (values, percent) => {
        const sorted = [...values].sort((one, other) => one - other);
        const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length - 1e-9));
        expect(close(percentile(of(values), percent), sorted[rank - 1]!)).toBe(true);
      }),
    );
  });

  test("merged of two, in any order, is what it would have been of all values", () => {
    fc.assert(
      fc.property(durations, durations, durations, (one, other, third) => {
        const left = of(one);
        merge(left, of(other));
        merge(left, of(third));
        const right = of(third);
        merge(right, of(one));
        merge(right, of(other));
        const all = of([...one, ...other, ...third]);
        for (const merged of [left, right]) {
          expect(merged.count).toBe(all.count);
          expect(merged.sum).toBeCloseTo(all.sum, 3);
          expect([merged.min, merged.max, merged.zeros]).toEqual([all.min, all.max, all.zeros]);
          expect(Object.fromEntries(merged.buckets)).toEqual(Object.fromEntries(all.buckets));
        }
      }),
    );
  });

  test("comes back from Redis as it was", () => {
    fc.assert(
      fc.property(durations, (values) => {
        const back = decodeDistribution(JSON.parse(JSON.stringify(encodeDistribution(of(values)))) as number[]);
        expect({ ...back, sum: 0 }).toEqual({ ...of(values), sum: 0 });
        expect(back.sum).toBeCloseTo(of(values).sum, 4);
      }),
    );
  });

  test("of one value, however often, is stored in two numbers", () => {
    expect(encodeDistribution(of([1, 1, 1]))).toEqual([3, 1]);
    expect(encodeDistribution(of([0, 0]))).toEqual([2, 0]);
  });

  test("takes a negative value, of a clock that was set back, as zero", () => {
    expect(of([-5])).toMatchObject({ count: 1, sum: 0, min: 0, max: 0, zeros: 1 });
  });
});

describe("a statistic", () => {
  const hundred = of(Array.from({ length: 100 }, (_, index) => index + 1));

  test.each([
    ["SampleCount", 100],
    ["Average", 50.5],
    ["Sum", 5_050],
    ["Minimum", 1],
    ["Maximum", 100],
    ["p50", 50],
    ["p99", 99],
    ["p99.9", 100],
    ["p0", 1],
    ["p100", 100],
    ["tm90", 45.5],
    ["TM(10%:90%)", 50.5],
    ["TM(:50%)", 25.5],
    ["TM(20:30)", 25.5],
    ["IQM", 50.5],
    ["tc90", 90],
    ["TC(10:30)", 20],
    ["TS(:10.5)", 55],
    ["PR(:25)", 25],
    ["PR(50:)", 50],
    ["wm98", 50.47],
    ["TM(0%:100%)", 50.5],
  ])("%s of 1 to 100 is %d within the sketch's error", (name, expected) => {
    const actual = parseStatistic(name)!(hundred);
    // A bound by value may fall into a bucket: one value more or less.
    expect(Math.abs(actual - expected)).toBeLessThanOrEqual(Math.max(1.2, expected * RELATIVE_ERROR * 2));
  });

  test("of simple kind is exact", () => {
    expect(["SampleCount", "Average", "Sum", "Minimum", "Maximum"].map((name) => parseStatistic(name)!(hundred))).toEqual([
      100, 50.5, 5_050, 1, 100,
    ]);
  });

  test.each([
    "",
    "p",
    "p101",
    "P99",
    "p-1",
    "average",
    "TM",
    "TM()",
    "TM(:)",
    "TM(90%:10%)",
    "TM(10%:90)",
    "PR(10%:20%)",
    "TM(1%:101%)",
    "xm90",
  ])("%p is none", (name) => expect(parseStatistic(name)).toBeUndefined());

  test("of simple kind is no extended one", () => expect(parseExtendedStatistic("Average")).toBeUndefined());
});
