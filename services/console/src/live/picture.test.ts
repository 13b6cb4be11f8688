import { expect, test } from "@jest/globals";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { spanAt } from "./lanes.ts";
import { applyEvent, KEPT_MS, loseEnvironments, newPicture, prunePicture, type Picture } from "./picture.ts";
import { percentilesOf, sumOf } from "./rates.ts";

const functionArn = "arn:aws:lambda:us-east-1:000000000000:function:hello";
const environmentId = "a";
const common = { functionArn, version: "$LATEST", environmentId };
const at0 = 1_800_000_000_000;

const state = (at: number, name: "creating" | "spare" | "init" | "frozen" | "resetting" | "stopping" | "stopped"): LifecycleEvent => ({
  type: "environment",
  at: at0 + at,
  state: name,
  ...common,
});
const start = (at: number, requestId: string, cold = false): LifecycleEvent => ({
  type: "invocation-start",
  at: at0 + at,
  requestId,
  cold,
  ...common,
});
const end = (at: number, requestId: string, more: object = {}): LifecycleEvent => ({
  type: "invocation-end",
  at: at0 + at,
  requestId,
  status: "success",
  durationMs: 40,
  ...common,
  ...more,
});

type AsyncEventEvent = Extract<LifecycleEvent, { type: "async-event" }>;
const told = (at: number, name: AsyncEventEvent["state"], more: Partial<AsyncEventEvent> = {}): LifecycleEvent => ({
  type: "async-event",
  at: at0 + at,
  functionArn,
  qualifier: "$LATEST",
  requestId: "r",
  state: name,
  attempts: 0,
  ...more,
});

function pictureOf(...events: readonly LifecycleEvent[]): Picture {
  const picture = newPicture();
  for (const event of events) applyEvent(picture, event);
  return picture;
}

const laneOf = (picture: Picture) => picture.functions.get(functionArn)!.lanes.get(environmentId)!;

test("a cold start is one span with its init in it, whatever order its facts come in", () => {
  const picture = pictureOf(
    state(0, "creating"),
    state(100, "spare"),
    start(200, "r", true),
    state(201, "init"),
    end(300, "r", { initMs: 60 }),
  );
  const lane = laneOf(picture);
  expect(lane.spans.map((span) => [span.state, span.from - at0, span.to - at0])).toEqual([
    ["creating", 0, 100],
    ["spare", 100, 200],
    ["busy", 200, 300],
  ]);
  expect(lane.spans[2]!.request).toMatchObject({ requestId: "r", cold: true, initMs: 60, status: "success", durationMs: 40 });
  expect(lane.state).toBe("idle");
});

test("concurrency is what runs: it grows and shrinks, and an environment that dies takes its invocation with it", () => {
  const picture = pictureOf(start(0, "r"));
  expect(picture.running).toBe(1);
  applyEvent(picture, end(50, "r"));
  expect(picture.running).toBe(0);
  applyEvent(picture, start(60, "s"));
  applyEvent(picture, state(70, "stopped"));
  expect([picture.running, picture.functions.get(functionArn)!.running]).toEqual([0, 0]);
});

test("a reset belongs to the invocation that caused it: it is counted out, and the environment is idle afterwards", () => {
  const picture = pictureOf(start(0, "r"), state(40, "resetting"), end(60, "r", { status: "timeout" }));
  const lane = laneOf(picture);
  expect([picture.running, picture.functions.get(functionArn)!.running, lane.state]).toEqual([0, 0, "idle"]);
  expect(lane.spans.map((span) => [span.state, span.from - at0, span.to - at0, span.request?.status])).toEqual([
    ["busy", 0, 60, "timeout"],
  ]);
});

test("an invocation is counted out once, whether its environment stops before, after or without its end", () => {
  for (const rest of [
    [state(40, "stopping"), end(50, "r", { status: "failure" }), state(60, "stopped")],
    [end(40, "r"), state(50, "stopping"), state(60, "stopped")],
    [state(40, "stopping"), state(60, "stopped")],
    [state(40, "frozen")],
  ]) {
    const picture = pictureOf(start(0, "q"), end(1, "q"), start(10, "r"), ...rest);
    expect([picture.running, picture.functions.get(functionArn)!.running]).toEqual([0, 0]);
  }
});

test("what leaves the picture while it runs is counted out too", () => {
  const picture = pictureOf(start(0, "r"));
  prunePicture(picture, at0 + 10 * 3_600_000);
  expect([picture.running, picture.functions.size]).toEqual([0, 0]);
});

test("an environment that waits for hours, as provisioned ones do, stays in the picture", () => {
  const picture = pictureOf(start(0, "r"), end(5, "r"), state(10, "frozen"));
  prunePicture(picture, at0 + 4 * 3_600_000);
  expect(laneOf(picture).state).toBe("frozen");
});

test("an event that was written twice counts once", () => {
  const picture = pictureOf(start(0, "r"), start(0, "r"));
  expect([picture.running, laneOf(picture).invocations]).toEqual([1, 1]);
});

test("the end of an invocation whose start was not seen is drawn from its duration", () => {
  const lane = laneOf(pictureOf(end(100, "r", { durationMs: 30, initMs: 20 })));
  expect(lane.spans.map(({ from, to, request }) => [from - at0, to - at0, request!.cold])).toEqual([[50, 100, true]]);
});

test("idle is what lies between spans, frozen is a span", () => {
  const lane = laneOf(pictureOf(start(0, "r"), end(50, "r"), state(80, "frozen"), start(500, "s"), end(550, "s")));
  expect(spanAt(lane, at0 + 60)).toBeUndefined();
  expect(spanAt(lane, at0 + 200)?.state).toBe("frozen");
  expect(spanAt(lane, at0 + 510)?.request?.requestId).toBe("s");
});

test("an executor that starts anew has none of the old environments", () => {
  const picture = pictureOf(start(0, "r"), { type: "executor", at: at0 + 10, change: "started" });
  expect([picture.running, laneOf(picture).state, laneOf(picture).stoppedAt]).toEqual([0, "stopped", at0 + 10]);
});

test("environments that were made after the loss live on", () => {
  const picture = pictureOf(state(100, "creating"));
  loseEnvironments(picture, at0 + 50);
  expect(laneOf(picture).stoppedAt).toBe(Infinity);
});

test("what is over leaves the picture after its time, and a lane keeps a bounded number of spans", () => {
  const picture = newPicture();
  for (let index = 0; index < 2_000; index++) {
    applyEvent(picture, start(index * 10, `r${index}`));
    applyEvent(picture, end(index * 10 + 5, `r${index}`));
  }
  expect(laneOf(picture).spans.length).toBeLessThanOrEqual(320);
  expect(laneOf(picture).spans.at(-1)!.request!.requestId).toBe("r1999");
  applyEvent(picture, state(20_000, "stopped"));
  prunePicture(picture, at0 + 20_000 + KEPT_MS - 1);
  expect(picture.functions.size).toBe(1);
  prunePicture(picture, at0 + 20_000 + KEPT_MS + 1);
  expect(picture.functions.size).toBe(0);
});

test("rates count by second, and percentiles are true to a tenth", () => {
  const picture = newPicture();
  for (let index = 1; index <= 100; index++) {
    applyEvent(picture, start(0, `r${index}`));
    applyEvent(picture, end(10, `r${index}`, { durationMs: index * 10, status: index <= 5 ? "failure" : "success" }));
  }
  applyEvent(picture, {
    type: "throttle",
    at: at0,
    functionArn,
    version: "$LATEST",
    requestId: "t",
    reason: "ConcurrentInvocationLimitExceeded",
  });
  const second = at0 / 1_000;
  expect(sumOf(picture.rates, [second, second])).toMatchObject({ started: 100, ended: 100, failed: 5, throttled: 1 });
  const [p50, p99] = percentilesOf(picture.rates, [second, second], [0.5, 0.99]);
  expect(Math.abs(p50! - 500)).toBeLessThan(50);
  expect(Math.abs(p99! - 990)).toBeLessThan(99);
  expect(percentilesOf(picture.rates, [second + 1, second + 1], [0.5])).toEqual([undefined]);
});

test("an event's story has its runs in it, in the order in which they happened", () => {
  // The queue's facts and the executor's come each in their own batches.
  const picture = pictureOf(
    told(0, "attempt"),
    told(52, "retry", { attempts: 1, nextAt: at0 + 60_000 }),
    start(1, "r", true),
    end(50, "r", { status: "failure" }),
  );
  const story = picture.stories.told.get("r")!;
  expect(story.steps.map((step) => step.state)).toEqual(["attempt", "run-started", "run-ended", "retry"]);
  expect([story.state, story.attempts, story.nextAt]).toEqual(["retry", 1, at0 + 60_000]);
  applyEvent(picture, told(60_000, "dead", { attempts: 3, reason: "RetriesExhausted" }));
  expect([story.state, story.nextAt]).toEqual(["dead", undefined]);
});

test("a run's end goes before what the queue made of it, whichever was first and whichever is heard first", () => {
  const [run, verdict] = [end(50, "r", { status: "failure" }), told(48, "retry", { attempts: 1 })];
  for (const both of [
    [run, verdict],
    [verdict, run],
  ]) {
    const picture = pictureOf(told(0, "attempt"), start(1, "r"), ...both, told(1_000, "attempt", { attempts: 1 }), start(1_001, "r"));
    expect(picture.stories.told.get("r")!.steps.map((step) => step.state)).toEqual([
      "attempt",
      "run-started",
      "run-ended",
      "retry",
      "attempt",
      "run-started",
    ]);
  }
});

test("a run whose extensions work on ends before all that the queue made of its answer", () => {
  const verdict = [told(40, "dropped"), told(60, "delivery-failed"), told(61, "dead")];
  const picture = pictureOf(told(0, "attempt"), start(1, "r"), ...verdict, end(500, "r", { status: "failure" }));
  expect(picture.stories.told.get("r")!.steps.map((step) => step.state)).toEqual([
    "attempt",
    "run-started",
    "run-ended",
    "dropped",
    "delivery-failed",
    "dead",
  ]);
});

test("a run that is told before its event becomes part of the event's story", () => {
  const picture = pictureOf(start(1, "r"), end(50, "r"), told(0, "queued"));
  expect(picture.stories.told.get("r")!.steps.map((step) => step.state)).toEqual(["queued", "run-started", "run-ended"]);
  for (let index = 0; index < 1_000; index++) applyEvent(picture, end(index, `s${index}`));
  expect(picture.stories.loose.size).toBeLessThanOrEqual(512);
});

test("mappings' steps are counted, with their records", () => {
  const step = (name: "batch-succeeded" | "batch-failed", records: number): LifecycleEvent => ({
    type: "mapping",
    at: at0,
    uuid: "u",
    functionArn,
    eventSourceArn: "arn:aws:sqs:us-east-1:000000000000:q",
    step: name,
    records,
  });
  const activity = pictureOf(step("batch-succeeded", 9), step("batch-failed", 1), step("batch-succeeded", 10)).mappings.get("u")!;
  expect(activity.batches).toEqual({ "batch-succeeded": 2, "batch-failed": 1 });
  expect(activity.records).toEqual({ "batch-succeeded": 19, "batch-failed": 1 });
});
