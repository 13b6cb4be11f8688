import { expect, test } from "@jest/globals";
import { backoffMs } from "./backoff.ts";

const rules = { firstMs: 100, mostMs: 10_000 };

test.each([
  [0, 1, 100],
  [0, 0, 50],
  [3, 1, 800],
  [3, 0.5, 600],
  [10, 1, 10_000],
  [5_000, 0, 5_000],
])("after %i failures, with chance %d, the delay is %i ms", (attempt, random, delayMs) => {
  expect(backoffMs(attempt, rules, random)).toBe(delayMs);
});
