/** Provisioned concurrency, qualifiers and quotas, from the executor's edge down to the runtime. */
import { afterEach, describe, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import type { CodeStore } from "@lambdock/code-store/code-store";
import type { FleetLimits } from "@lambdock/fleet/fleet-protocol";
import { unbounded } from "@lambdock/fleet/testing/fleet-limits";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { InvokeOutcome, InvokeRequest } from "@lambdock/model/invocation";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { functionSpec } from "@lambdock/model/testing/function-spec";
import { RuntimeApiServer } from "./runtime-api/server.ts";
import { createExecutor } from "./service.ts";
import { createScriptedDriver, type Script } from "./testing/scripted-driver.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function:f";
const spec = functionSpec({ version: "1" });
/** Another version of the function. */
const other: FunctionSpec = { ...spec, version: "2", revision: "other" };
const codeStore = { ensureUnpacked: async () => "/nowhere", ensureLayers: async () => undefined } as unknown as CodeStore;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Answers with its initialization type. */
const initializationType: Script = async (runtime) => {
  for (;;) {
    const { requestId } = await runtime.next();
    await runtime.respond(requestId, JSON.stringify(runtime.environment["AWS_LAMBDA_INITIALIZATION_TYPE"]));
  }
};

async function executorWith(script: Script, limits: Partial<FleetLimits> = {}) {
  const runtimeApi = new RuntimeApiServer();
  await runtimeApi.listen(["127.0.0.1"], 0);
  const lifecycle: LifecycleEvent[] = [];
  const driver = createScriptedDriver(() => runtimeApi.port, script);
  const executor = createExecutor({
    limits: { ...unbounded, accountConcurrency: 100, parallelStarts: 4, ...limits },
    logger: createLogger("executor", "silent"),
    driver,
    codeStore,
    runtimeApi,
    timers: systemTimers,
    logSink: { append: () => undefined, flush: async () => {} },
    lifecycle: { emit: (event) => void lifecycle.push(event) },
  });
  await executor.start();
  stops.push(() => executor.stop(100));
  const invoke = (qualifier?: string, options: Partial<InvokeRequest> = {}): Promise<InvokeOutcome> =>
    executor.invoke({
      spec,
      requestId: randomUUID(),
      payload: Buffer.from("{}"),
      invokedFunctionArn: qualifier === undefined ? ARN : `${ARN}:${qualifier}`,
      traceId: "Root=1-0-0",
      tail: false,
      mode: "buffered",
      ...options,
    });
  const provision = (count: number, functions: Readonly<Record<string, number>> = {}): Promise<void> =>
    executor.reserve({
      generation: 1,
      functions,
      provisioned: [{ functionArn: ARN, qualifier: "live", id: "1", environments: [{ spec, count }] }],
    });
  const allocated = async (status: string): Promise<unknown> => {
    for (;;) {
      const [allocation] = await executor.allocations();
      if (allocation?.status === status) return allocation;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { executor, driver, lifecycle, invoke, provision, allocated };
}

const bodyOf = (outcome: InvokeOutcome): unknown =>
  outcome.kind === "completed" ? JSON.parse(Buffer.from(outcome.payload).toString()) : outcome;

describe("provisioned concurrency", () => {
  test("is initialized before anybody calls, and serves what is addressed to it; the rest is on demand", async () => {
    const { executor, invoke, provision, allocated, lifecycle } = await executorWith(initializationType);
    await provision(2);
    expect(await executor.allocations()).toMatchObject([{ status: "IN_PROGRESS", allocated: 0, available: 0 }]);
    expect(await allocated("READY")).toEqual({ functionArn: ARN, qualifier: "live", id: "1", status: "READY", allocated: 2, available: 2 });
    expect(bodyOf(await invoke("live"))).toBe("provisioned-concurrency");
    expect(bodyOf(await invoke("2", { spec: other }))).toBe("on-demand");
    expect(bodyOf(await invoke(undefined, { spec: other }))).toBe("on-demand");
    const starts = lifecycle.filter((event) => event.type === "invocation-start");
    expect(starts).toMatchObject([{ qualifier: "live", provisioned: true, cold: false }, { qualifier: "2", cold: true }, { cold: false }]);
    expect(starts.map((event) => [event.qualifier, event.provisioned, event.spillover])).toEqual([
      ["live", true, undefined],
      ["2", undefined, undefined],
      [undefined, undefined, undefined],
    ]);
    expect(lifecycle.filter((event) => event.type === "environment" && event.state === "creating")).toMatchObject([
      { initializationType: "provisioned-concurrency" },
      { initializationType: "provisioned-concurrency" },
      {},
    ]);
  });

  test("that is used up spills over, and says so at the start and at the end", async () => {
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const { invoke, provision, allocated, lifecycle } = await executorWith(async (runtime) => {
      for (;;) {
        const { requestId } = await runtime.next();
        await held;
        await runtime.respond(requestId, "1");
      }
    });
    await provision(1);
    await allocated("READY");
    const calls = [invoke("live"), invoke("live")];
    while (lifecycle.filter((event) => event.type === "invocation-start").length < 2) await new Promise((resolve) => setImmediate(resolve));
    release();
    await Promise.all(calls);
    while (lifecycle.filter((event) => event.type === "invocation-end").length < 2) await new Promise((resolve) => setImmediate(resolve));
    for (const type of ["invocation-start", "invocation-end"] as const) {
      const facts = lifecycle.flatMap((event) => (event.type === type ? [[event.provisioned, event.spillover]] : []));
      expect(facts).toHaveLength(2);
      expect(facts).toEqual(
        expect.arrayContaining([
          [true, undefined],
          [undefined, true],
        ]),
      );
    }
  });

  test("of a function whose init fails is FAILED, and invocations run on demand", async () => {
    const { invoke, provision, allocated, driver } = await executorWith(async (runtime) => {
      if (runtime.environment["AWS_LAMBDA_INITIALIZATION_TYPE"] !== "on-demand") {
        await runtime.post("/init/error", '{"errorMessage":"no","errorType":"E"}');
        return runtime.exit({ status: 1, outOfMemory: false });
      }
      return initializationType(runtime);
    });
    await provision(2);
    expect(await allocated("FAILED")).toMatchObject({ statusReason: "FUNCTION_ERROR_INIT_FAILURE", allocated: 0, available: 0 });
    expect(bodyOf(await invoke("live"))).toBe("on-demand");
    while (driver.live.size > 1) await new Promise((resolve) => setImmediate(resolve));
  });

  test("that takes all of a reservation leaves nothing to other qualifiers", async () => {
    const { invoke, provision, allocated, lifecycle } = await executorWith(initializationType);
    await provision(1, { [ARN]: 1 });
    await allocated("READY");
    const reason = "ReservedFunctionConcurrentInvocationLimitExceeded";
    expect(await invoke("2", { spec: other })).toEqual({ kind: "throttled", reason, retryAfterSeconds: 1 });
    expect(lifecycle.filter((event) => event.type === "throttle")).toMatchObject([{ reason, qualifier: "2" }]);
    expect(bodyOf(await invoke("live"))).toBe("provisioned-concurrency");
  });

  test("is gone with the executor", async () => {
    const { executor, provision, allocated, driver } = await executorWith(initializationType, { parallelStarts: 1 });
    await provision(2);
    await allocated("READY");
    await executor.stop(50);
    expect(driver.live.size).toBe(0);
    stops.pop();
  });
});

test("asynchronous events do not count as requests per second", async () => {
  const { invoke } = await executorWith(initializationType, { accountConcurrency: 1, requestsPerConcurrency: 1 });
  expect(await invoke(undefined, { invocationType: "event" })).toMatchObject({ kind: "completed" });
  expect(await invoke()).toMatchObject({ kind: "completed" });
  expect(await invoke()).toEqual({ kind: "throttled", reason: "FunctionInvocationRateLimitExceeded", retryAfterSeconds: 1 });
  expect(await invoke(undefined, { invocationType: "event" })).toMatchObject({ kind: "completed" });
});
