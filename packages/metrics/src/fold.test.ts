import { describe, expect, test } from "@jest/globals";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import type { ReservationTable } from "@lambdock/model/reserved-concurrency";
import fc from "fast-check";
import { createConcurrency } from "./concurrency.ts";
import { createFold, type Fold } from "./fold.ts";
import { limitsOf } from "./limits.ts";
import type { MetricName } from "./metric-names.ts";
import { createRows, rollUp, type Row } from "./rows.ts";
import { ARN, asyncEvent, end, environment, mapping, NOON, SCOPE, start, throttle } from "./testing/events.ts";

const NOTHING: ReservationTable = { generation: 1, functions: {} };
const MINUTE = NOON / 60_000;

function foldOf(table: ReservationTable = NOTHING): Fold {
  return createFold((gauges) => createConcurrency(limitsOf(table, 1_000), gauges));
}

/** `MINUTE row` -> metric -> [count, sum, max], of everything that these events come to. */
function told(events: readonly LifecycleEvent[], options: { readonly table?: ReservationTable; readonly until?: number } = {}) {
  const fold = foldOf(options.table);
  for (const event of events) fold.apply(event);
  fold.advance(options.until ?? NOON + 3_600_000);
  const batch = fold.take();
  const rows = createRows();
  rollUp(batch.rows, rows);
  for (const [place, row] of batch.gauges.entries()) rows.mergeRow(place, row);
  return new Map([...rows.entries()].map(([{ minute, row }, metrics]) => [`${minute - MINUTE} ${row}`, figures(metrics)]));
}

function figures(row: Row): Partial<Record<MetricName, readonly number[]>> {
  return Object.fromEntries([...row].map(([metric, { count, sum, max }]) => [metric, [count, sum, max]]));
}

describe("an invocation", () => {
  test("counts for its function, resource and account, with zeros for what did not happen", () => {
    const rows = told([start(), end()]);
    for (const row of ["0 r/hello", "0 f/hello", "0 "])
      expect(rows.get(row)).toMatchObject({
        Invocations: [1, 1, 1],
        Errors: [1, 0, 0],
        Throttles: [1, 0, 0],
        Duration: [1, 100, 100],
        ConcurrentExecutions: [1, 1, 1],
      });
    expect([...rows.keys()].sort()).toEqual(["0 ", "0 f/hello", "0 r/hello"]);
  });

  test("of an alias counts for the version that ran too, and one of a version for that", () => {
    const alias = { qualifier: "prod", version: "3" } as const;
    const rows = told([
      start(alias),
      end(alias),
      start({ at: NOON + 200, qualifier: "3", version: "3" }),
      end({ at: NOON + 300, qualifier: "3", version: "3" }),
    ]);
    expect(rows.get("0 v/hello:prod/3")).toMatchObject({ Invocations: [1, 1, 1] });
    expect(rows.get("0 r/hello:prod")).toMatchObject({ Invocations: [1, 1, 1], ConcurrentExecutions: [1, 1, 1] });
    expect(rows.get("0 r/hello:3")).toMatchObject({ Invocations: [1, 1, 1] });
    expect(rows.get("0 f/hello")).toMatchObject({ Invocations: [2, 2, 1] });
  });

  test("is dated by its beginning, however late it ends", () => {
    const rows = told([start({ at: NOON + 59_000 }), end({ at: NOON + 130_000, durationMs: 71_000 })]);
    expect(rows.get("0 f/hello")).toMatchObject({ Invocations: [1, 1, 1], Duration: [1, 71_000, 71_000] });
    expect(rows.get("1 f/hello")).toEqual({ ConcurrentExecutions: [60, 60, 1] });
  });

  test.each(["error", "failure", "timeout"] as const)("that ends in %s is an error", (status) => {
    expect(told([start(), end({ status })]).get("0 f/hello")).toMatchObject({ Invocations: [1, 1, 1], Errors: [1, 1, 1] });
  });

  test("tells the time that extensions took, where there were some", () => {
    expect(told([start(), end({ extensionsMs: 40 })]).get("0 f/hello")).toMatchObject({ PostRuntimeExtensionsDuration: [1, 40, 40] });
    expect(told([start(), end()]).get("0 f/hello")).not.toHaveProperty("PostRuntimeExtensionsDuration");
  });

  test("that the stream tells twice counts once, and a retry in the same environment counts again", () => {
    const once = [start(), end()];
    const again = [start({ at: NOON + 60_000 }), end({ at: NOON + 60_100 })];
    const rows = told([...once, ...once, ...again, ...again]);
    expect(rows.get("0 f/hello")).toMatchObject({ Invocations: [1, 1, 1] });
    expect(rows.get("1 f/hello")).toMatchObject({ Invocations: [1, 1, 1] });
  });

  test("without a known beginning is dated by its duration", () => {
    expect(told([end({ at: NOON + 60_000, durationMs: 60_000 })]).get("0 f/hello")).toMatchObject({ Invocations: [1, 1, 1] });
  });
});

test("a throttle is no invocation", () => {
  expect(told([throttle()]).get("0 f/hello")).toEqual({ Throttles: [1, 1, 1] });
});

describe("concurrency", () => {
  const runs = (count: number, facts: Parameters<typeof start>[0] = {}): LifecycleEvent[] =>
    Array.from({ length: count }, (_, index) => start({ at: NOON + index, environmentId: `e${index}`, requestId: `r${index}`, ...facts }));

  test("is the greatest number in flight, of each second in which something was", () => {
    const ends = [0, 1, 2].map((index) => end({ at: NOON + 2_500 + index, environmentId: `e${index}`, requestId: `r${index}` }));
    expect(told([...runs(3), ...ends]).get("0 f/hello")).toMatchObject({ ConcurrentExecutions: [3, 9, 3] });
  });

  test("goes on while nothing is told of it, as far as time has come", () => {
    expect(told(runs(2), { until: NOON + 90_000 }).get("0 ")).toMatchObject({ ConcurrentExecutions: [60, 120, 2] });
    expect(told(runs(2), { until: NOON + 90_000 }).get("1 ")).toMatchObject({ ConcurrentExecutions: [30, 60, 2] });
  });

  test("ends with an environment that stops, with an executor that starts anew, and with a run that is longer than any can be", () => {
    expect(told([...runs(1), environment({ at: NOON + 1_500, environmentId: "e0", state: "stopped" })]).get("0 ")).toMatchObject({
      ConcurrentExecutions: [2, 2, 1],
    });
    expect(told([...runs(5), { type: "executor", at: NOON + 1_500, change: "started" }]).get("0 ")).toMatchObject({
      ConcurrentExecutions: [2, 10, 5],
    });
    const fold = foldOf();
    for (const event of runs(1)) fold.apply(event);
    fold.advance(NOON + 3_600_000);
    expect([...fold.concurrency.levels].map(({ active }) => active)).toEqual([0, 0, 0, 0, 0]);
  });

  test("of the account tells what is unreserved and what is claimed", () => {
    const table = { generation: 2, functions: { [ARN]: 10, [`${ARN}-quiet`]: 5 } };
    const other = { functionArn: `${ARN}-free`, environmentId: "f", requestId: "f" } as const;
    expect(told([...runs(2), start({ at: NOON + 10, ...other })], { table, until: NOON + 1_000 }).get("0 ")).toMatchObject({
      ConcurrentExecutions: [1, 3, 3],
      UnreservedConcurrentExecutions: [1, 1, 1],
      ClaimedAccountConcurrency: [1, 16, 16],
    });
  });

  test("that is provisioned tells its use, and what spilled over", () => {
    const spec = {} as FunctionSpec;
    const provisioned = [{ functionArn: ARN, qualifier: "prod", id: "p1", environments: [{ spec, count: 4 }] }];
    const facts = { qualifier: "prod", version: "3" } as const;
    const events = [
      ...runs(2, { ...facts, provisioned: true }),
      start({ at: NOON + 5, environmentId: "s", requestId: "s", ...facts, spillover: true }),
      end({ at: NOON + 50, environmentId: "e0", requestId: "r0", ...facts }),
      end({ at: NOON + 60, environmentId: "s", requestId: "s", ...facts }),
    ];
    const rows = told(events, { table: { generation: 3, functions: {}, provisioned }, until: NOON + 1_000 });
    expect(rows.get("0 r/hello:prod")).toMatchObject({
      ProvisionedConcurrentExecutions: [1, 2, 2],
      ProvisionedConcurrencyUtilization: [1, 0.5, 0.5],
      ProvisionedConcurrencyInvocations: [1, 1, 1],
      ProvisionedConcurrencySpilloverInvocations: [2, 1, 1],
    });
    expect(rows.get("0 ")).toMatchObject({ ClaimedAccountConcurrency: [1, 5, 5], UnreservedConcurrentExecutions: [1, 3, 3] });
  });

  test("never leaks: whatever begins and ends, in whatever order, ends at nothing", () => {
    const step = fc.record({
      env: fc.integer({ min: 0, max: 3 }),
      kind: fc.constantFrom("start", "end", "stopped", "twice"),
      wait: fc.integer({ min: 0, max: 3_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (plan) => {
        const fold = foldOf();
        let at = NOON;
        for (const [index, { env, kind, wait }] of plan.entries()) {
          at += wait;
          const environmentId = `e${env}`;
          const running = fold.environments.get(environmentId)?.run?.requestId ?? "none";
          if (kind === "start") fold.apply(start({ at, environmentId, requestId: `r${index}` }));
          if (kind === "end" || kind === "twice") fold.apply(end({ at, environmentId, requestId: running }));
          if (kind === "twice") fold.apply(end({ at, environmentId, requestId: running }));
          if (kind === "stopped") fold.apply(environment({ at, environmentId, state: "stopped" }));
          const running_ = [...fold.environments.values()].filter(({ run }) => run !== undefined).length;
          for (const { about, value } of fold.concurrency.levels) if (about.metric === "ConcurrentExecutions") expect(value).toBe(running_);
        }
        fold.apply({ type: "executor", at: at + 1, change: "started" });
        for (const { value, active } of fold.concurrency.levels) expect([value, active]).toEqual([0, 0]);
      }),
    );
  });
});

test("asynchronous events are received, age, are dropped, and fail to be delivered", () => {
  const rows = told([
    asyncEvent(),
    asyncEvent({ state: "attempt", ageMs: 25 }),
    asyncEvent({ state: "attempt", attempts: 1, ageMs: 60_000 }),
    asyncEvent({ state: "dropped" }),
    asyncEvent({ state: "delivery-failed", target: "destination" }),
    asyncEvent({ state: "delivery-failed", target: "dead-letter" }),
    asyncEvent({ state: "succeeded" }),
    { type: "recursion-dropped", at: NOON, functionArn: ARN },
  ]);
  expect(rows.get("0 f/hello")).toEqual({
    AsyncEventsReceived: [1, 1, 1],
    AsyncEventAge: [2, 60_025, 60_000],
    AsyncEventsDropped: [1, 1, 1],
    DestinationDeliveryFailures: [1, 1, 1],
    DeadLetterErrors: [1, 1, 1],
    RecursiveInvocationsDropped: [1, 1, 1],
  });
});

test("a mapping has its event counts, and the iterator's age is the function's too", () => {
  const rows = told([
    mapping({ step: "batch-polled", records: 10 }),
    mapping({ step: "filtered", records: 4 }),
    mapping({ records: 6, iteratorAgeMs: 1_500 }),
    mapping({ step: "batch-failed", records: 6 }),
    mapping({ step: "discarded", records: 2 }),
    mapping({ step: "delivered", records: 2 }),
    mapping({ uuid: "u2", step: "batch-succeeded", records: 3, eventSourceArn: "arn:aws:sqs:us-east-1:111122223333:q" }),
  ]);
  expect(rows.get("0 m/u1")).toEqual({
    PolledEventCount: [1, 10, 10],
    FilteredOutEventCount: [1, 4, 4],
    InvokedEventCount: [1, 6, 6],
    FailedInvokeEventCount: [1, 6, 6],
    DroppedEventCount: [1, 2, 2],
    OnFailureDestinationDeliveredEventCount: [1, 2, 2],
    IteratorAge: [1, 1_500, 1_500],
  });
  expect(rows.get("0 m/u2")).toEqual({ DeletedEventCount: [1, 3, 3] });
  for (const row of ["0 r/hello", "0 f/hello", "0 "]) expect(rows.get(row)).toEqual({ IteratorAge: [1, 1_500, 1_500] });
});

test("an account's functions are not another's", () => {
  const fold = foldOf();
  fold.apply(throttle());
  fold.apply(throttle({ functionArn: ARN.replace("111122223333", "444455556666") }));
  expect([...fold.take().rows.entries()].map(([{ scope }]) => scope)).toEqual([SCOPE, "444455556666:us-east-1"]);
});
