import { expect, test } from "@jest/globals";
import { createStreamPace } from "./stream-pace.ts";

test("what fits into the burst passes at once, the rest at the rate", () => {
  const take = createStreamPace({ burst: 100, perSecond: 10 });
  expect([take(60, 0), take(40, 0)]).toEqual([0, 0]);
  expect(take(5, 0)).toBe(500);
  expect(take(5, 500)).toBe(500);
});

test("a pause fills the bucket, but never above the burst", () => {
  const take = createStreamPace({ burst: 100, perSecond: 10 });
  take(100, 0);
  expect(take(50, 5_000)).toBe(0);
  expect(take(100, 1_000_000)).toBe(0);
  expect(take(1, 1_000_000)).toBe(100);
});
