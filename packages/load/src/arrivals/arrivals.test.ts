import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { seededRandom } from "@lambdock/fleet/seeded-random";
import { createArrivals, expectedCount, lengthOf, type Phase } from "./arrivals.ts";
import { readTrace } from "./trace.ts";

function all(phases: readonly Phase[], seed = 1): number[] {
  const next = createArrivals(phases, seededRandom(seed));
  const times: number[] = [];
  for (let at = next(); at !== undefined; at = next()) times.push(at);
  return times;
}

const forMs = fc.integer({ min: 1, max: 20_000 });
const rate = fc.double({ min: 0, max: 300, noNaN: true });
const phase: fc.Arbitrary<Phase> = fc.oneof(
  fc.record({ kind: fc.constant("constant" as const), rate, forMs }),
  fc.record({ kind: fc.constant("ramp" as const), from: rate, to: rate, forMs }),
  fc.record({ kind: fc.constant("poisson" as const), rate, forMs }),
  fc
    .record({ count: fc.integer({ min: 0, max: 300 }), within: fc.double({ min: 0, max: 1, noNaN: true }), forMs })
    .map(({ count, within, forMs: length }) => ({ kind: "burst" as const, count, withinMs: within * length, forMs: length })),
  fc.record({ kind: fc.constant("pause" as const), forMs }),
  fc
    .record({ counts: fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 10 }), eachMs: fc.constant(1_000) })
    .map(({ counts, eachMs }) => ({ kind: "counts" as const, counts, eachMs, forMs: counts.length * eachMs })),
);
const phases = fc.array(phase, { minLength: 1, maxLength: 5 });

test("arrivals ascend, lie within their phases, and are the same for the same seed", () => {
  fc.assert(
    fc.property(phases, fc.integer(), (list, seed) => {
      const times = all(list, seed);
      expect(times.every((at, index) => index === 0 || at >= times[index - 1]!)).toBe(true);
      expect(times.every((at) => at >= 0 && at <= lengthOf(list) + 1e-6)).toBe(true);
      expect(all(list, seed)).toEqual(times);
    }),
  );
});

test("what is not random brings exactly as many as its rate says", () => {
  fc.assert(
    fc.property(phase, (one) => {
      if (one.kind === "poisson") return;
      expect(all([one])).toHaveLength(Math.round(expectedCount(one)));
    }),
  );
});

test("a ramp's rate grows evenly: each stretch has its share", () => {
  const times = all([{ kind: "ramp", from: 0, to: 100, forMs: 10_000 }]);
  const counts = Array.from({ length: 10 }, (_, second) => times.filter((at) => Math.floor(at / 1_000) === second).length);
  counts.forEach((count, second) => expect(Math.abs(count - (second * 10 + 5))).toBeLessThanOrEqual(1));
  expect(all([{ kind: "ramp", from: 100, to: 0, forMs: 10_000 }])).toHaveLength(500);
});

test("a Poisson process has its rate, and gaps whose deviation is their mean", () => {
  const times = all([{ kind: "poisson", rate: 50, forMs: 2_000_000 }], 7);
  expect(Math.abs(times.length - 100_000)).toBeLessThan(4 * Math.sqrt(100_000));
  const gaps = times.slice(1).map((at, index) => at - times[index]!);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
  expect(deviation / mean).toBeGreaterThan(0.98);
  expect(deviation / mean).toBeLessThan(1.02);
  expect(all([{ kind: "poisson", rate: 50, forMs: 2_000_000 }], 8)).not.toEqual(times);
});

test("a trace of instants keeps its gaps, whatever its unit; counts keep theirs", () => {
  expect(readTrace("1700000000\n1700000001.5\n", { unit: "timestamps" })).toEqual({ kind: "instants", atMs: [0, 1_500] });
  expect(readTrace("at,x\n1700000000500,a\n1700000000000,b\n", { unit: "timestamps", column: "at" })).toEqual({
    kind: "instants",
    atMs: [0, 500],
  });
  expect(readTrace("2026-01-01T00:00:00Z\n2026-01-01T00:00:02Z", { unit: "timestamps" })).toEqual({ kind: "instants", atMs: [0, 2_000] });
  const trace = readTrace("minute;count\n0;3\n1;0\n2;5\n", { unit: "per-minute", column: "count" });
  expect(trace).toEqual({ kind: "counts", counts: [3, 0, 5], eachMs: 60_000 });
  const times = all([{ ...trace, forMs: 180_000 } as Phase]);
  expect([0, 1, 2].map((minute) => times.filter((at) => Math.floor(at / 60_000) === minute).length)).toEqual([3, 0, 5]);
});

test.each([
  ["", { unit: "timestamps" }, "the trace is empty"],
  ["a,b\n1,2\n1,x\n", { unit: "per-second", column: "b" }, 'line 3 of the trace: expected a number or a date, found "x"'],
  ["a,b\n1,2\n", { unit: "per-second", column: "c" }, 'the trace has no column "c"; its columns: a, b'],
  ["1\n1.5\n", { unit: "per-second" }, "value 2 of the trace: 1.5 is no whole number of arrivals"],
] as const)("a trace %j that can't be read says where", (text, format, message) => {
  expect(() => readTrace(text, format)).toThrow(message);
});
