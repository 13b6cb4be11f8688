import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { COARSE, createHistogram, FINE } from "./histogram.ts";

const durations = fc.array(fc.double({ min: 0, max: 4_000_000, noNaN: true }), { minLength: 1, maxLength: 400 });

test.each([FINE, COARSE])("with %d buckets per doubling every percentile is exact to that fraction", (precision) => {
  fc.assert(
    fc.property(durations, fc.double({ min: 0.1, max: 100, noNaN: true }), (samples, percentile) => {
      const histogram = createHistogram(precision);
      for (const sample of samples) histogram.record(sample);
      const sorted = samples.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil((percentile / 100) * sorted.length)) - 1]!;
      const told = histogram.percentile(percentile);
      // A microsecond is the smallest unit.
      expect(told).toBeGreaterThanOrEqual(exact - 0.0006);
      expect(told).toBeLessThanOrEqual(exact * (1 + 1 / precision) + 0.002);
    }),
  );
});

test("two histograms together are the histogram of all", () => {
  fc.assert(
    fc.property(durations, durations, (one, other) => {
      const [first, second, all] = [createHistogram(), createHistogram(), createHistogram()];
      for (const sample of one) first.record(sample);
      for (const sample of other) second.record(sample);
      for (const sample of [...one, ...other]) all.record(sample);
      first.add(second);
      expect(first.counts).toEqual(all.counts);
      expect([first.count, first.max]).toEqual([all.count, all.max]);
      expect(first.mean).toBeCloseTo(all.mean, 6);
    }),
  );
});

test("an empty histogram answers zero, and its maximum is exact", () => {
  const histogram = createHistogram();
  expect([histogram.percentile(99), histogram.max, histogram.mean]).toEqual([0, 0, 0]);
  histogram.record(123.4567);
  expect([histogram.percentile(50), histogram.max]).toEqual([123.4567, 123.4567]);
});

test("a duration beyond all buckets counts as the longest", () => {
  const histogram = createHistogram();
  histogram.record(1e12);
  histogram.record(1);
  expect(histogram.count).toBe(2);
  expect(histogram.percentile(100)).toBe(1e12);
});
