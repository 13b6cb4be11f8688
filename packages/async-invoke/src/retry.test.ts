import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { DEFAULT_RETRY_POLICY, type AsyncEvent, type Attempt, type RetryPolicy } from "@lambdock/async-invoke/async-event";
import { expired, judge } from "@lambdock/async-invoke/retry";

const event: AsyncEvent = {
  requestId: "r",
  accountId: "111122223333",
  region: "us-east-1",
  functionName: "f",
  qualifier: "$LATEST",
  functionArn: "arn:f",
  invokedFunctionArn: "arn:f",
  payload: "{}",
  traceId: "Root=1",
  acceptedAt: 0,
  attempts: 0,
  setbacks: 0,
};
const error: Attempt = { kind: "function-error", executedVersion: "$LATEST", payload: "{}" };
const throttled: Attempt = { kind: "throttled", reason: "ConcurrentInvocationLimitExceeded" };

/** Plays an event that always ends the same way, in virtual time; answers when it was tried and how it ended. */
function life(attempt: Attempt, policy: RetryPolicy): { tries: number[]; condition: string; attempts: number } {
  let current = event;
  let now = 0;
  const tries: number[] = [];
  for (;;) {
    tries.push(now);
    const verdict = judge(current, attempt, { policy, ageMs: now, random: 1 });
    if (verdict.kind === "ended") return { tries, condition: verdict.condition, attempts: verdict.event.attempts };
    current = verdict.event;
    now += verdict.delayMs;
  }
}

describe("a function that always fails", () => {
  test.each([
    ["by default runs three times, one and two minutes apart", {}, [0, 60_000, 180_000], "RetriesExhausted"],
    ["with no retries runs once", { maximumRetryAttempts: 0 }, [0], "RetriesExhausted"],
    ["with one retry runs twice", { maximumRetryAttempts: 1 }, [0, 60_000], "RetriesExhausted"],
    ["with an age of 60 s is not retried, because the retry would come too late", { maximumEventAgeSeconds: 60 }, [0], "EventAgeExceeded"],
    ["with an age of 90 s is retried once", { maximumEventAgeSeconds: 90 }, [0, 60_000], "EventAgeExceeded"],
  ] as const)("%s", (_name, policy, tries, condition) => {
    expect(life(error, { ...DEFAULT_RETRY_POLICY, ...policy })).toEqual({ tries, condition, attempts: tries.length });
  });
});

test("a throttled event backs off from one second to five minutes for six hours and uses up no attempt", () => {
  const { tries, condition, attempts } = life(throttled, DEFAULT_RETRY_POLICY);
  const gaps = tries.slice(1).map((at, index) => at - tries[index]!);
  expect(gaps.slice(0, 10)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000]);
  expect(Math.max(...gaps)).toBe(300_000);
  expect(tries.at(-1)!).toBeLessThanOrEqual(21_600_000);
  expect(tries.at(-1)! + 300_000).toBeGreaterThan(21_600_000);
  expect({ condition, attempts }).toEqual({ condition: "EventAgeExceeded", attempts: 0 });
});

test("an attempt that ran starts the back-off anew", () => {
  const setBack = { ...event, setbacks: 7 };
  const verdict = judge(setBack, error, { policy: DEFAULT_RETRY_POLICY, ageMs: 0, random: 0 });
  expect(verdict.event).toMatchObject({ attempts: 1, setbacks: 0 });
});

test("a recursive loop ends an event at once, without an attempt", () => {
  const verdict = judge(event, { kind: "recursion" }, { policy: DEFAULT_RETRY_POLICY, ageMs: 0, random: 0 });
  expect(verdict).toEqual({ kind: "ended", event, condition: "RetriesExhausted" });
});

test("zero reserved concurrency ends an event at once, without an attempt", () => {
  expect(judge(event, { kind: "zero-concurrency" }, { policy: DEFAULT_RETRY_POLICY, ageMs: 0, random: 0 })).toEqual({
    kind: "ended",
    event,
    condition: "ZeroReservedConcurrency",
  });
});

test("an event that waited past its age is expired", () => {
  expect([expired(DEFAULT_RETRY_POLICY, 21_600_000), expired(DEFAULT_RETRY_POLICY, 21_600_001)]).toEqual([false, true]);
});

test("whatever the attempts, an event ends, never after more than its retries and never retried past its age", () => {
  const attempt = fc.constantFrom<Attempt>(error, throttled, { kind: "system-error", message: "x" });
  const policy = fc.record({
    maximumRetryAttempts: fc.integer({ min: 0, max: 2 }),
    maximumEventAgeSeconds: fc.integer({ min: 60, max: 21_600 }),
  });
  fc.assert(
    fc.property(fc.infiniteStream(attempt), policy, fc.double({ min: 0, max: 1, noNaN: true }), (attempts, bounds, random) => {
      let current = event;
      let now = 0;
      for (let count = 0; count < 100_000; count += 1) {
        const verdict = judge(current, attempts.next().value, { policy: bounds, ageMs: now, random });
        expect(verdict.event.attempts).toBeLessThanOrEqual(bounds.maximumRetryAttempts + 1);
        if (verdict.kind === "ended") return;
        now += verdict.delayMs;
        expect(now).toBeLessThanOrEqual(bounds.maximumEventAgeSeconds * 1_000);
        current = verdict.event;
      }
      throw new Error("the event never ended");
    }),
  );
});
