import { expect, test } from "@jest/globals";
import { createBursts } from "./bursts.ts";

const MINUTE = 60_000;

test.each<[string, readonly number[], number, number]>([
  ["nothing began", [], 0, 0],
  ["one cold start is a burst of one", [0], 0, 1],
  ["those at once are one burst", [5, 5, 5], 5, 3],
  ["those within a second of the one before are, too", [0, 900, 1_800], 1_800, 3],
  ["a second without one ends it", [0, 0, 1_000], 1_000, 2],
  ["a smaller burst does not make a larger one forgotten", [0, 0, 0, 60_000], 4 * MINUTE, 3],
  ["five minutes do", [0, 0, 0, 60_000], 5 * MINUTE, 0],
  ["one as large makes it remembered anew", [0, 0, 60_000, 60_000], 5 * MINUTE, 2],
  ["after a larger one is forgotten, the present one counts", [0, 0, 0, 5 * MINUTE], 5 * MINUTE, 1],
])("%s", (_what, starts, at, largest) => {
  const bursts = createBursts(5 * MINUTE);
  for (const now of starts) bursts.add(now, starts.length);
  expect(bursts.largest(at)).toBe(largest);
});

test("cold starts of which each has ended before the next are no burst", () => {
  const bursts = createBursts(5 * MINUTE);
  for (let now = 0; now < 10_000; now += 500) bursts.add(now, 1);
  expect(bursts.largest(10_000)).toBe(1);
});
