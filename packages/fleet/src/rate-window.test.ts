import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createRateWindow } from "@lambdock/fleet/rate-window";

test("is full while so many have begun within a second, and tells how long that lasts", () => {
  const window = createRateWindow();
  for (const at of [0, 400, 900]) window.add(at);
  expect([window.full(3, 999), window.full(4, 999), window.full(3, 1_000)]).toEqual([true, false, false]);
  expect([window.waitMs(1_000), window.waitMs(1_500), window.waitMs(2_000)]).toEqual([400, 400, 0]);
});

test("over random histories holds exactly those of the last second", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(120), fc.integer({ min: 1, max: 60 })), { maxLength: 400 }), (steps) => {
      const window = createRateWindow();
      const begun: number[] = [];
      let now = 0;
      for (const [passed, limit] of steps) {
        now += passed;
        const within = begun.filter((at) => at > now - 1_000).length;
        expect(window.full(limit, now)).toBe(within >= limit);
        window.add(now);
        begun.push(now);
      }
    }),
    { numRuns: 300 },
  );
});
