import { expect, test } from "@jest/globals";
import type { Timers } from "@lambdock/kernel/clock";
import type { CgroupReader } from "./cgroup-reader.ts";
import { createMemoryWatch } from "./memory-watch.ts";

const MIB = 1_048_576;

/** Timers that stand still until they are advanced. */
function createStillTimers(): Timers & { advance(ms: number): void } {
  let now = 0;
  const due = new Map<() => void, number>();
  return {
    now: () => now,
    monotonic: () => now,
    after(delayMs, run) {
      const entry = (): void => run();
      due.set(entry, now + delayMs);
      return () => void due.delete(entry);
    },
    advance(ms) {
      for (const end = now + ms; ;) {
        const next = [...due].filter(([, at]) => at <= end).sort((one, other) => one[1] - other[1])[0];
        if (next === undefined) return void (now = end);
        due.delete(next[0]);
        now = next[1];
        next[0]();
      }
    },
  };
}

function createAccounts(): CgroupReader & { set(anonymousMb: number, tmpMb: number): void; looks(): number } {
  let anonymous = 0;
  let tmp = 0;
  let looks = 0;
  return {
    usageBytes() {
      looks++;
      return anonymous + tmp;
    },
    anonymousBytes: () => anonymous,
    setCpuQuota: () => true,
    close: () => undefined,
    set(anonymousMb, tmpMb) {
      anonymous = anonymousMb * MIB;
      tmp = tmpMb * MIB;
    },
    looks: () => looks,
  };
}

test("reports within 25 ms that a working function exceeds its limit, and /tmp does not count", () => {
  const timers = createStillTimers();
  const accounts = createAccounts();
  let exceeded = 0;
  const account = createMemoryWatch(timers).watch(accounts, 128 * MIB, () => exceeded++);
  accounts.set(100, 400);
  timers.advance(25);
  expect(exceeded).toBe(0);
  accounts.set(129, 400);
  timers.advance(25);
  expect(exceeded).toBe(1);
  expect(account.peakBytes()).toBe(129 * MIB);
});

test("keeps reporting while the memory stays above the limit", () => {
  const timers = createStillTimers();
  const accounts = createAccounts();
  let exceeded = 0;
  createMemoryWatch(timers).watch(accounts, 128 * MIB, () => exceeded++);
  accounts.set(200, 0);
  timers.advance(1_000);
  expect(exceeded).toBeGreaterThan(2);
});

test("looks rarely at a sandbox that rests, and often again after a wake-up", () => {
  const timers = createStillTimers();
  const accounts = createAccounts();
  const account = createMemoryWatch(timers).watch(accounts, 128 * MIB, () => undefined);
  timers.advance(60_000);
  const resting = accounts.looks();
  expect(resting).toBeLessThan(160);
  account.wake();
  timers.advance(25);
  expect(accounts.looks()).toBe(resting + 1);
});

test("sees on demand what lies between two looks", () => {
  const timers = createStillTimers();
  const accounts = createAccounts();
  const account = createMemoryWatch(timers).watch(accounts, 128 * MIB, () => undefined);
  accounts.set(64, 0);
  account.sample();
  expect(account.peakBytes()).toBe(64 * MIB);
  account.close();
  const before = accounts.looks();
  timers.advance(10_000);
  expect(accounts.looks()).toBe(before);
});
