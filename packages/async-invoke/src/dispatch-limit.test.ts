import { describe, expect, test } from "@jest/globals";
import { adjustDispatch, INITIAL_DISPATCH_LIMIT, type DispatchLimit, type Room } from "./dispatch-limit.ts";

const after = (rooms: readonly Room[], from: DispatchLimit = INITIAL_DISPATCH_LIMIT, limitMax = 1_000): DispatchLimit =>
  rooms.reduce((state, room) => adjustDispatch(state, room, limitMax), from);
const times = (count: number, room: Room): Room[] => Array.from({ length: count }, () => room);

/** Of so many events that all places are in use. */
const FREE = { waitedMs: 0, underWay: 1_000 };
const USEFUL = { waitedMs: 20, underWay: 1_000 };
const LONG = { waitedMs: 100, underWay: 1_000 };

describe("one attempt after another", () => {
  test.each<[string, readonly Room[], DispatchLimit, number]>([
    ["a round without a wait adds a tenth", times(10, FREE), INITIAL_DISPATCH_LIMIT, 11],
    ["nothing is added within a round", times(9, FREE), INITIAL_DISPATCH_LIMIT, 10],
    ["a tenth of a hundred is ten", times(100, FREE), { limit: 100, streak: 0 }, 110],
    ["a throttle halves", ["throttled"], { limit: 11, streak: 3 }, 5],
    ["one event is always tried", times(3, "throttled"), { limit: 2, streak: 0 }, 1],
    ["a round of long waits takes a tenth", times(100, LONG), { limit: 100, streak: 0 }, 90],
    ["nothing is taken within a round", times(99, LONG), { limit: 100, streak: 0 }, 100],
    ["long waits do not take the last", times(10, LONG), { limit: 1, streak: 0 }, 1],
    ["waits that keep environments at work change nothing", times(500, USEFUL), { limit: 40, streak: 0 }, 40],
    ["what spoke for growth does not speak for shrinking", [...times(9, FREE), ...times(9, LONG)], INITIAL_DISPATCH_LIMIT, 10],
  ])("%s", (_what, rooms, from, limit) => {
    expect(after(rooms, from).limit).toBe(limit);
  });

  test("growth ends at the bound", () => {
    expect(after(times(5_000, FREE), INITIAL_DISPATCH_LIMIT, 25).limit).toBe(25);
  });

  test.each<[string, Room, number]>([
    ["a throttle", "throttled", 1],
    ["a long wait", LONG, 2],
    ["a run without a wait", FREE, 2],
  ])("a bound below where every function begins holds after %s too", (_what, room, limit) => {
    expect(adjustDispatch(INITIAL_DISPATCH_LIMIT, room, 2).limit).toBe(limit);
  });

  test("events that come one by one, however many, add nothing: the next burst begins as the first did", () => {
    expect(after(times(5_000, { waitedMs: 0, underWay: 1 })).limit).toBe(10);
    expect(after(times(10, { waitedMs: 0, underWay: 3 })).limit).toBe(11);
  });
});

/**
 * A deep queue before so many environments, in virtual time: the next event arrives so long after
 * another has ended. Answers the limits after each attempt.
 */
function drained(environments: number, { runMs, fetchMs }: { readonly runMs: number; readonly fetchMs: number }): number[] {
  const free = Array.from({ length: environments }, () => 0);
  const arrivals: number[] = [];
  const limits: number[] = [];
  let state = INITIAL_DISPATCH_LIMIT;
  const fill = (at: number): void => {
    while (arrivals.length < state.limit) arrivals.push(at);
  };
  fill(0);
  while (limits.length < 20_000) {
    const arrivedAt = arrivals.shift()!;
    free.sort((one, other) => one - other);
    const begins = Math.max(arrivedAt, free[0]!);
    free[0] = begins + runMs;
    state = adjustDispatch(state, { waitedMs: begins - arrivedAt, underWay: arrivals.length + 1 }, 1_000);
    limits.push(state.limit);
    fill(begins + runMs + fetchMs);
  }
  return limits;
}

test.each([
  [8, { runMs: 2, fetchMs: 3 }],
  [8, { runMs: 100, fetchMs: 3 }],
  [1, { runMs: 1, fetchMs: 10 }],
  [50, { runMs: 10, fetchMs: 5 }],
])("before %d environments, each run and fetch %j, a deep queue keeps them at work without crowding them", (environments, times) => {
  const settled = drained(environments, times).slice(-5_000);
  expect(Math.min(...settled)).toBeGreaterThanOrEqual(environments);
  // What is tried beyond those at work: what ends while one fetch or a wait of 25 ms lasts, and the width of a step.
  const beyond = (environments * (25 + times.fetchMs)) / times.runMs;
  expect(Math.max(...settled)).toBeLessThanOrEqual(Math.ceil((environments + beyond) * 1.1) + 2);
});
