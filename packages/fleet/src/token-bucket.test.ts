import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createTokenBucket } from "@lambdock/fleet/token-bucket";

test("gives its burst at once, then as it refills, and saves up no more than the burst", () => {
  const bucket = createTokenBucket({ burst: 3, perSecond: 2 });
  expect([bucket.take(0), bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([true, true, true, false]);
  expect(bucket.waitMs(0)).toBe(500);
  expect([bucket.take(499), bucket.take(500), bucket.take(500)]).toEqual([false, true, false]);
  expect([1, 2, 3, 4].map(() => bucket.take(1_000_000))).toEqual([true, true, true, false]);
});

test("takes back what was not used, and is full when nothing is missing", () => {
  const bucket = createTokenBucket({ burst: 1, perSecond: 1 });
  expect([bucket.full(0), bucket.take(0), bucket.full(0)]).toEqual([true, true, false]);
  bucket.giveBack();
  expect([bucket.full(0), bucket.take(0), bucket.take(0)]).toEqual([true, true, false]);
});

test("without a burst is never empty", () => {
  const bucket = createTokenBucket({ burst: 0, perSecond: 1 });
  expect([bucket.take(0), bucket.take(0), bucket.waitMs(0)]).toEqual([true, true, 0]);
});

test("a clock that is set back gives nothing", () => {
  const bucket = createTokenBucket({ burst: 1, perSecond: 1 });
  expect([bucket.take(10_000), bucket.take(0), bucket.take(10_500), bucket.take(11_000)]).toEqual([true, false, false, true]);
});

test("over random histories gives in no span of time more than its burst and what refilled", () => {
  const growth = { burst: fc.integer({ min: 1, max: 20 }), perSecond: fc.integer({ min: 1, max: 50 }) };
  fc.assert(
    fc.property(fc.record(growth), fc.array(fc.nat(300), { maxLength: 120 }), ({ burst, perSecond }, passed) => {
      const bucket = createTokenBucket({ burst, perSecond });
      const taken: number[] = [];
      let now = 0;
      for (const each of passed) if (bucket.take((now += each))) taken.push(now);
      for (const [from, start] of taken.entries())
        for (const [to, end] of taken.entries())
          if (to >= from) expect(to - from + 1).toBeLessThanOrEqual(burst + ((end - start) * perSecond) / 1_000 + 1e-6);
    }),
    { numRuns: 200 },
  );
});
