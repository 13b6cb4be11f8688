import { describe, expect, test } from "@jest/globals";
import { DEFAULT_RETRY_POLICY, type AsyncEvent, type Attempt } from "@lambdock/async-invoke/async-event";
import type { Ended } from "@lambdock/async-invoke/destination-record";
import type { DeliveryTarget } from "@lambdock/async-invoke/targets";
import { createLogger } from "@lambdock/kernel/logger";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import type { Next, WorkItem } from "@lambdock/queue/work-item";
import { FunctionDeleted } from "./attempt.ts";
import { DELIVERY_TRIES_MAX, DELIVERY_TRIES_TO_GONE_MAX } from "./delivery-schedule.ts";
import { DeliveryFailed } from "@lambdock/delivery/delivery-failed";
import { createAsyncMetrics } from "./metrics.ts";
import { work, type WorkParts } from "./work.ts";

const event: AsyncEvent = {
  requestId: "r1",
  accountId: "111122223333",
  region: "us-east-1",
  functionName: "f",
  qualifier: "$LATEST",
  functionArn: "arn:f",
  invokedFunctionArn: "arn:f",
  payload: '{"n":1}',
  traceId: "Root=1",
  acceptedAt: 0,
  attempts: 0,
  setbacks: 0,
};
const queue: DeliveryTarget = { kind: "dead-letter", arn: "arn:aws:sqs:us-east-1:111122223333:dlq" };
const failure: Attempt = { kind: "function-error", executedVersion: "$LATEST", payload: '{"errorMessage":"boom"}' };
const success: Attempt = { kind: "success", executedVersion: "$LATEST", payload: "1" };

interface Told {
  readonly delivered: (readonly [string, Ended])[];
  readonly saved: WorkItem[];
  readonly states: string[];
}

/** Works items in virtual time until the event has ended; answers when it was tried and how it went. */
async function live(
  given: Partial<WorkParts> & { readonly timeScale?: number },
  from: WorkItem = { stage: "run", event },
): Promise<Told & { readonly end: Next; readonly at: number[] }> {
  let now = 0;
  const told: Told = { delivered: [], saved: [], states: [] };
  const at: number[] = [];
  const parts: WorkParts = {
    logger: createLogger("test", "silent"),
    lifecycle: { emit: (emitted: LifecycleEvent) => void (emitted.type === "async-event" && told.states.push(emitted.state)) },
    metrics: createAsyncMetrics(),
    now: () => now,
    timeScale: 1,
    random: () => 1,
    policyOf: async () => DEFAULT_RETRY_POLICY,
    targetsOf: async () => [],
    attempt: async () => failure,
    deliver: async (target, ended) => void told.delivered.push([target.arn, ended]),
    ...given,
  };
  for (let item = from; ;) {
    at.push(now);
    const next = await work(item, async (saved) => void told.saved.push(saved), parts);
    if (next.kind !== "later") return { ...told, end: next, at };
    now += next.delayMs;
    item = next.item;
  }
}

describe("a function that always fails", () => {
  test("is tried three times, one and two minutes apart, and its dead letter has the event", async () => {
    const { at, delivered, end, states } = await live({ targetsOf: async () => [queue] });
    expect(at).toEqual([0, 60_000, 180_000]);
    expect(delivered).toMatchObject([[queue.arn, { condition: "RetriesExhausted", event: { payload: '{"n":1}', attempts: 3 } }]]);
    expect(end).toEqual({ kind: "done" });
    expect(states).toEqual(["attempt", "retry", "attempt", "retry", "attempt", "dropped", "delivered"]);
  });

  test("stays among the dead when nobody else shall hear of it", async () => {
    const { end } = await live({});
    expect(end).toMatchObject({ kind: "dead", reason: "RetriesExhausted", item: { stage: "deliver", ended: { event: { attempts: 3 } } } });
  });

  test("runs through its retries sixty times faster at time scale 60", async () => {
    expect((await live({ timeScale: 60 })).at).toEqual([0, 1_000, 3_000]);
  });
});

test("a success leaves the queue, and its destination hears of it", async () => {
  const { delivered, end } = await live({ attempt: async () => success, targetsOf: async () => [{ kind: "destination", arn: "arn:d" }] });
  expect(delivered).toMatchObject([["arn:d", { condition: "Success", event: { attempts: 1 } }]]);
  expect(end).toEqual({ kind: "done" });
});

test("before a delivery the end is saved, so that a crash does not run the function again", async () => {
  const { saved } = await live({
    targetsOf: async () => [queue],
    policyOf: async () => ({ ...DEFAULT_RETRY_POLICY, maximumRetryAttempts: 0 }),
  });
  expect(saved).toMatchObject([{ stage: "deliver", tries: 0, ended: { event: { attempts: 1 } } }]);
});

test("throttles use up no attempts and back off", async () => {
  let throttles = 3;
  const { at, end } = await live({ attempt: async () => (throttles-- > 0 ? { kind: "throttled", reason: "x" } : success) });
  expect(at).toEqual([0, 1_000, 3_000, 7_000]);
  expect(end).toEqual({ kind: "done" });
});

test("an event that waited past its age is not run any more", async () => {
  let runs = 0;
  const old: WorkItem = { stage: "run", event: { ...event, acceptedAt: -22_000_000 } };
  const { end } = await live({ attempt: async () => ((runs += 1), success) }, old);
  expect([runs, end]).toMatchObject([0, { kind: "dead", reason: "EventAgeExceeded" }]);
});

test("an event of a deleted function ends among the dead, and says why", async () => {
  const { end } = await live({ attempt: () => Promise.reject(new FunctionDeleted("Function not found: arn:f:$LATEST")) });
  expect(end).toMatchObject({ kind: "dead", reason: "The function was deleted while the event waited." });
});

test("an event of a deleted alias says what it was addressed to", async () => {
  const item: WorkItem = { stage: "run", event: { ...event, qualifier: "live" } };
  const { end } = await live({ attempt: () => Promise.reject(new FunctionDeleted("Function not found: arn:f:live")) }, item);
  expect(end).toMatchObject({ kind: "dead", reason: "The function, or its qualifier live, was deleted while the event waited." });
});

test("an event of a recursive loop is stopped at once: its dead letter has it, and both metrics count it", async () => {
  const metrics = createAsyncMetrics();
  const { at, delivered, end } = await live({ metrics, attempt: async () => ({ kind: "recursion" }), targetsOf: async () => [queue] });
  expect([at, end]).toEqual([[0], { kind: "done" }]);
  expect(delivered).toMatchObject([
    [queue.arn, { condition: "RetriesExhausted", lastAttempt: { kind: "recursion" }, event: { attempts: 0 } }],
  ]);
  const text = await metrics.registry.metrics();
  expect(text).toContain('RecursiveInvocationsDropped{FunctionName="f"} 1');
  expect(text).toContain('AsyncEventsDropped{FunctionName="f"} 1');
});

test.each<[string, Partial<WorkParts>, number]>([
  ["a failure with a dead-letter queue", { targetsOf: async () => [queue] }, 1],
  ["a failure without one", {}, 1],
  ["an event of a deleted function", { attempt: () => Promise.reject(new FunctionDeleted("gone")) }, 1],
  ["a success", { attempt: async () => success }, 0],
])("%s counts as dropped as AWS counts it", async (_name, given, count) => {
  const metrics = createAsyncMetrics();
  await live({ metrics, ...given });
  const text = await metrics.registry.metrics();
  if (count === 0) expect(text).not.toContain("AsyncEventsDropped{");
  else expect(text).toContain(`AsyncEventsDropped{FunctionName="f"} ${count}`);
});

describe("a destination that can't be reached", () => {
  const single = { targetsOf: async () => [queue], policyOf: async () => ({ ...DEFAULT_RETRY_POLICY, maximumRetryAttempts: 0 }) };

  test("is tried again without running the function again", async () => {
    let failures = 2;
    let runs = 0;
    const { end, at } = await live({
      ...single,
      attempt: async () => ((runs += 1), failure),
      deliver: async () => {
        if (failures-- > 0) throw new DeliveryFailed("away", false);
      },
    });
    expect([runs, end, at]).toEqual([1, { kind: "done" }, [0, 1_000, 3_000]]);
  });

  test("is given up after some minutes: the event is dead, counted and never silently lost", async () => {
    const metrics = createAsyncMetrics();
    const { end, at } = await live({ ...single, metrics, deliver: () => Promise.reject(new DeliveryFailed("away", false)) });
    expect(at).toHaveLength(DELIVERY_TRIES_MAX);
    expect(end).toMatchObject({ kind: "dead", reason: "away" });
    expect(await metrics.registry.metrics()).toContain('DeadLetterErrors{FunctionName="f"} 1');
  });

  test("is given up after two minutes when it does not exist", async () => {
    const { at, end } = await live({ ...single, deliver: () => Promise.reject(new DeliveryFailed("gone", false, { gone: true })) });
    expect(at).toHaveLength(DELIVERY_TRIES_TO_GONE_MAX);
    expect(at.at(-1)! / 60_000).toBeCloseTo(2, 0);
    expect(end).toMatchObject({ kind: "dead", reason: "gone" });
  });

  test("keeps the event among the dead also when another target is told later", async () => {
    const refusing: DeliveryTarget = { kind: "destination", arn: "arn:aws:sqs:us-east-1:111122223333:d.fifo" };
    let failures = 2;
    const { end, at, states } = await live({
      ...single,
      targetsOf: async () => [refusing, queue],
      deliver: async (target) => {
        if (target === refusing) throw new DeliveryFailed("FIFO", true);
        if (failures-- > 0) throw new DeliveryFailed("away", false);
      },
    });
    expect([at, end]).toMatchObject([[0, 1_000, 3_000], { kind: "dead", reason: "FIFO" }]);
    expect(states).toEqual(["attempt", "dropped", "delivery-failed", "delivered", "dead"]);
  });

  test("is given up at once when it can never take the message", async () => {
    const { at, end } = await live({ ...single, deliver: () => Promise.reject(new DeliveryFailed("FIFO", true)) });
    expect([at.length, end.kind]).toEqual([1, "dead"]);
  });
});
