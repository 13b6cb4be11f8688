import { expect, test } from "@jest/globals";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { Recorder } from "./recorder.ts";
import { Gauge } from "./series.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function:f";
const common = { functionArn: ARN, version: "$LATEST" };

function recorder(more: { readonly reserved?: number; readonly accountConcurrency?: number } = {}): Recorder {
  const { reserved, accountConcurrency = 10 } = more;
  const fact = { name: "f", via: "sync", settings: "", ...(reserved === undefined ? {} : { reserved }) };
  return new Recorder({
    kind: "real",
    name: "n",
    seed: 1,
    where: "w",
    startedAt: 1_000,
    intervalMs: 100,
    accountConcurrency,
    functions: [fact],
  });
}

function start(requestId: string, at: number, more: { readonly environmentId?: string; readonly cold?: boolean } = {}): LifecycleEvent {
  return { type: "invocation-start", at, requestId, environmentId: requestId, cold: false, ...common, ...more };
}

function end(requestId: string, at: number): LifecycleEvent {
  return { type: "invocation-end", at, requestId, environmentId: requestId, status: "success", durationMs: 5, ...common };
}

test("latency counts from when a request was due, and lies in that interval", () => {
  const subject = recorder();
  subject.offered(0, 50);
  subject.offered(0, 60);
  subject.answered(0, { ending: "served", intendedMs: 50, atMs: 450 });
  subject.answered(0, { ending: "throttled", intendedMs: 60, atMs: 61 });
  const { functions, intervals } = subject.finish();
  const [{ series, totals }] = functions as [(typeof functions)[0]];
  expect(intervals).toBe(5);
  expect(series.offered).toEqual([2, 0, 0, 0, 0]);
  expect(series.served).toEqual([0, 0, 0, 0, 1]);
  expect(series.latency["p99.9"]).toEqual([400, null, null, null, null]);
  expect(totals).toMatchObject({ offered: 2, served: 1, errors: 0, failed: 0, latency: { count: 1, p50: 400 } });
});

test("concurrency, environments and cold starts follow the lifecycle stream", () => {
  const subject = recorder();
  const events: LifecycleEvent[] = [
    { type: "environment", at: 1_000, environmentId: "a", state: "creating", ...common },
    start("a", 1_050, { cold: true }),
    start("b", 1_150),
    end("a", 1_200),
    end("b", 1_250),
    { type: "environment", at: 1_350, environmentId: "a", state: "stopped", ...common },
    { type: "throttle", at: 1_360, requestId: "x", reason: "ConcurrentInvocationLimitExceeded", ...common },
  ];
  for (const event of events) subject.lifecycle(event);
  subject.offered(0, 399);
  const { functions, account } = subject.finish();
  const [{ series, totals }] = functions as [(typeof functions)[0]];
  expect(series.concurrency.max).toEqual([1, 2, 1, 0]);
  expect(series.concurrency.mean).toEqual([0.5, 1.5, 0.5, 0]);
  expect(series.environments.max).toEqual([1, 2, 2, 2]);
  expect(series.coldStarts).toEqual([1, 0, 0, 0]);
  expect(series.throttles).toEqual({ ConcurrentInvocationLimitExceeded: [0, 0, 0, 1] });
  expect(totals).toMatchObject({ invocations: 2, coldStarts: 1, throttles: 1, peakConcurrency: 2, aboveLimit: 0, duration: { count: 2 } });
  expect(account.aboveLimit).toBe(0);
});

test("every start above a limit is counted, of the function and of the account", () => {
  const subject = recorder({ reserved: 1, accountConcurrency: 2 });
  for (const [index, id] of ["a", "b", "c"].entries()) subject.lifecycle(start(id, 1_000 + index));
  const { functions, account } = subject.finish();
  expect(functions[0]!.totals.aboveLimit).toBe(2);
  expect(account.aboveLimit).toBe(1);
});

test("an event is served when the stream tells its end, whether that or the answer comes first", () => {
  const subject = recorder();
  const done = (requestId: string, at: number): LifecycleEvent => ({
    type: "async-event",
    at,
    functionArn: ARN,
    qualifier: "$LATEST",
    requestId,
    state: "succeeded",
    attempts: 1,
  });
  subject.accepted(0, "first", 10);
  subject.lifecycle(done("first", 1_110));
  subject.lifecycle(done("second", 1_210));
  expect(subject.openEvents).toBe(0);
  subject.accepted(0, "second", 10);
  subject.accepted(0, "third", 20);
  expect(subject.openEvents).toBe(1);
  expect(subject.finish().functions[0]!.totals).toMatchObject({ served: 2, latency: { count: 2, max: 200 } });
});

test("an event that failed is over when it is dropped, whoever hears of it after that", () => {
  const subject = recorder();
  const step = (state: "dropped" | "delivered" | "dead", at: number): LifecycleEvent => {
    const about = { functionArn: ARN, qualifier: "$LATEST", requestId: "a", attempts: 3 };
    return { type: "async-event", at, state, ...about };
  };
  subject.accepted(0, "a", 10);
  subject.lifecycle(step("dropped", 1_500));
  expect(subject.openEvents).toBe(0);
  subject.lifecycle(step("delivered", 1_600));
  subject.lifecycle(step("dead", 1_700));
  expect(subject.finish().functions[0]!.totals).toMatchObject({ served: 0, errors: 1 });
});

test("an executor that starts anew leaves nothing running", () => {
  const subject = recorder();
  subject.lifecycle(start("a", 1_000));
  subject.lifecycle({ type: "executor", at: 1_100, change: "started" });
  subject.lifecycle(end("a", 1_200));
  const { functions, notes } = subject.finish();
  expect(functions[0]!.series.concurrency.max).toEqual([1]);
  expect(subject.running).toBe(0);
  expect(notes).toEqual(["An executor started anew during the run: what ran in the one before was cut."]);
});

test("functions that the scenario does not name, and what began before the run, count for nothing", () => {
  const subject = recorder();
  subject.lifecycle({ ...start("a", 1_000), functionArn: ARN.replace(/f$/, "other") } as LifecycleEvent);
  subject.lifecycle(end("earlier", 1_010));
  expect(subject.finish().functions[0]!.totals).toMatchObject({ invocations: 0, duration: { count: 0 } });
});

test("a gauge that stays for long has its value in every interval", () => {
  const gauge = new Gauge(10);
  gauge.change(3, 5);
  gauge.change(-1, 42);
  gauge.passTo(60);
  expect(gauge.toSeries(6)).toEqual({ max: [3, 3, 3, 3, 3, 2], mean: [1.5, 3, 3, 3, 2.2, 2] });
});
