import { afterEach, describe, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import type { CodeStore } from "@lambdock/code-store/code-store";
import { systemTimers, type Timers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import type { LogEvent } from "@lambdock/logs/port";
import type { InvokeOutcome, InvokeRequest } from "@lambdock/model/invocation";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import type { FleetLimits } from "@lambdock/fleet/fleet-protocol";
import { unbounded } from "@lambdock/fleet/testing/fleet-limits";
import { functionSpec } from "@lambdock/model/testing/function-spec";
import { RuntimeApiServer } from "./runtime-api/server.ts";
import { createExecutor } from "./service.ts";
import { createScriptedDriver, type Script } from "./testing/scripted-driver.ts";

const spec = functionSpec({ environment: { GREETING: "hello" }, timeoutMs: 1_000 });
const codeStore = { ensureUnpacked: async () => "/nowhere", ensureLayers: async () => undefined } as unknown as CodeStore;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function executorWith(script: Script, limits: Partial<FleetLimits> = {}, timers: Timers = systemTimers) {
  const runtimeApi = new RuntimeApiServer();
  await runtimeApi.listen(["127.0.0.1"], 0);
  const logs: LogEvent[] = [];
  const lifecycle: LifecycleEvent[] = [];
  const driver = createScriptedDriver(() => runtimeApi.port, script);
  const executor = createExecutor({
    limits: { ...unbounded, accountConcurrency: 100, parallelStarts: 4, ...limits },
    logger: createLogger("executor", "silent"),
    driver,
    codeStore,
    runtimeApi,
    timers,
    logSink: { append: (_stream, events) => void logs.push(...events), flush: async () => {} },
    lifecycle: { emit: (event) => void lifecycle.push(event) },
  });
  await executor.start();
  stops.push(() => executor.stop(100));
  const invoke = (options: Partial<InvokeRequest> = {}): Promise<InvokeOutcome> =>
    executor.invoke({
      spec,
      requestId: randomUUID(),
      payload: Buffer.from('{"n":1}'),
      invokedFunctionArn: spec.functionArn,
      traceId: "Root=1-0-0",
      tail: false,
      mode: "buffered",
      ...options,
    });
  return { executor, invoke, logs, lifecycle, driver, text: () => logs.map((event) => event.message).join("") };
}

const echo: Script = async (runtime) => {
  for (;;) {
    const { requestId, body } = await runtime.next();
    runtime.print(`got ${body}\n`);
    await runtime.respond(requestId, body);
  }
};
const bodyOf = (outcome: InvokeOutcome): string =>
  outcome.kind === "completed" ? Buffer.from(outcome.payload).toString() : `not completed: ${JSON.stringify(outcome)}`;

describe("an invocation", () => {
  test("reaches the runtime with the headers of the Runtime API and returns its bytes", async () => {
    const seen: Record<string, unknown>[] = [];
    const { invoke } = await executorWith(async (runtime) => {
      for (;;) {
        const { requestId, headers, body } = await runtime.next();
        seen.push(headers);
        await runtime.respond(requestId, ` ${body} `);
      }
    });
    const requestId = randomUUID();
    const outcome = await invoke({ requestId, clientContext: '{"custom":{"k":"é"}}' });
    expect(bodyOf(outcome)).toBe(' {"n":1} ');
    expect(seen[0]).toMatchObject({
      "lambda-runtime-aws-request-id": requestId,
      "lambda-runtime-invoked-function-arn": spec.functionArn,
      "lambda-runtime-trace-id": "Root=1-0-0",
      "content-type": "application/json",
    });
    expect(Buffer.from(String(seen[0]!["lambda-runtime-client-context"]), "latin1").toString()).toBe('{"custom":{"k":"é"}}');
    expect(Number(seen[0]!["lambda-runtime-deadline-ms"]) - Date.now()).toBeLessThanOrEqual(1_000);
  });

  test("returns its log tail from START to REPORT", async () => {
    const { invoke } = await executorWith(echo);
    const outcome = await invoke({ tail: true, requestId: "11111111-1111-1111-1111-111111111111" });
    const lines = Buffer.from((outcome as { logTail: Uint8Array }).logTail)
      .toString()
      .split("\n");
    expect(lines[0]).toBe("START RequestId: 11111111-1111-1111-1111-111111111111 Version: $LATEST");
    expect(lines[1]).toBe('got {"n":1}');
    expect(lines[2]).toBe("END RequestId: 11111111-1111-1111-1111-111111111111");
    expect(lines[3]).toMatch(
      /^REPORT RequestId: 1{8}-\S+\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: 42 MB\tInit Duration: \d+\.\d\d ms\t$/,
    );
  });

  test("reuses the warm environment, and parallel ones get environments of their own", async () => {
    let processes = 0;
    const { invoke } = await executorWith(async (runtime) => {
      const id = (processes += 1);
      for (;;) {
        const { requestId } = await runtime.next();
        await runtime.respond(requestId, String(id));
      }
    });
    expect([bodyOf(await invoke()), bodyOf(await invoke())]).toEqual(["1", "1"]);
    const answers = await Promise.all([invoke(), invoke(), invoke()]);
    expect(answers.map(bodyOf).sort()).toEqual(["1", "2", "3"]);
  });

  test("tells how long no environment was free and none could be added", async () => {
    let later = 0;
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    let finish = (): void => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const { invoke } = await executorWith(
      async (runtime) => {
        for (;;) {
          const { requestId, body } = await runtime.next();
          begin();
          await finished;
          await runtime.respond(requestId, body);
        }
      },
      { environmentsPerFunction: 1 },
      { ...systemTimers, now: () => systemTimers.now() + later },
    );
    const first = invoke();
    await begun;
    const second = invoke();
    later = 60_000;
    finish();
    expect(await first).not.toHaveProperty("waitedMs");
    expect(((await second) as { readonly waitedMs?: number }).waitedMs).toBeGreaterThanOrEqual(60_000);
  });

  test("that returns an error is Unhandled with the runtime's document, and the environment stays warm", async () => {
    const { invoke } = await executorWith(async (runtime) => {
      for (;;) {
        const { requestId } = await runtime.next();
        await runtime.post(`/invocation/${requestId}/error`, '{"errorType":"E"}', { "Lambda-Runtime-Function-Error-Type": "Whatever" });
      }
    });
    expect(await invoke()).toMatchObject({ kind: "completed", functionError: "Unhandled" });
    expect(bodyOf(await invoke())).toBe('{"errorType":"E"}');
  });

  test("past the account's concurrency is throttled and says so in the lifecycle stream", async () => {
    const { invoke, lifecycle } = await executorWith(async (runtime) => void (await runtime.next()), { accountConcurrency: 1 });
    const first = invoke();
    expect(await invoke()).toEqual({ kind: "throttled", reason: "ConcurrentInvocationLimitExceeded", retryAfterSeconds: 1 });
    expect(lifecycle.filter((event) => event.type === "throttle")).toHaveLength(1);
    await first;
  });

  test("past the function's reservation is throttled from the moment on that it is told", async () => {
    const { executor, invoke, lifecycle } = await executorWith(echo);
    expect(bodyOf(await invoke())).toBe('{"n":1}');
    const reason = "ReservedFunctionConcurrentInvocationLimitExceeded";
    await executor.reserve({ generation: 2, functions: { [spec.functionArn]: 0 } });
    expect(await invoke()).toEqual({ kind: "throttled", reason, retryAfterSeconds: 1 });
    expect(lifecycle.filter((event) => event.type === "throttle")).toMatchObject([{ functionArn: spec.functionArn, reason }]);
    await executor.reserve({ generation: 1, functions: {} });
    expect(await invoke()).toEqual({ kind: "throttled", reason, retryAfterSeconds: 1 });
    await executor.reserve({ generation: 3, functions: {} });
    expect(bodyOf(await invoke())).toBe('{"n":1}');
  });
});

describe("a run that breaks", () => {
  test("times out, and the next invocation starts a new process in the same environment", async () => {
    let processes = 0;
    const { invoke, text, lifecycle } = await executorWith(async (runtime) => {
      const id = (processes += 1);
      const { requestId } = await runtime.next();
      if (id > 1) await runtime.respond(requestId, "again");
      await runtime.next();
    });
    const requestId = randomUUID();
    const timedOut = await invoke({ requestId, spec: { ...spec, timeoutMs: 100 } });
    expect(JSON.parse(bodyOf(timedOut))).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: `RequestId: ${requestId} Error: Task timed out after 0.10 seconds`,
    });
    expect(bodyOf(await invoke({ spec: { ...spec, timeoutMs: 100 } }))).toBe("again");
    expect(text()).toMatch(/Status: timeout\t\n/);
    expect(new Set(lifecycle.filter((event) => event.type === "environment").map((event) => event.environmentId)).size).toBe(1);
  });

  test("exits: Runtime.ExitError", async () => {
    const { invoke, text } = await executorWith(async (runtime) => {
      await runtime.next();
      runtime.exit({ status: 3, outOfMemory: false });
    });
    expect(JSON.parse(bodyOf(await invoke({ requestId: "x" })))).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: "RequestId: x Error: Runtime exited with error: exit status 3",
    });
    expect(text()).toContain("Status: error\tError Type: Runtime.ExitError");
  });

  test("in init twice: the stored init error is the answer", async () => {
    const { invoke, text } = await executorWith(async (runtime) => {
      await runtime.post("/init/error", '{"errorMessage":"no","errorType":"ImportError","requestId":"","stackTrace":[]}', {
        "Lambda-Runtime-Function-Error-Type": "Runtime.ImportModuleError",
      });
      runtime.exit({ status: 1, outOfMemory: false });
    });
    expect(bodyOf(await invoke())).toBe('{"errorMessage":"no","errorType":"ImportError","requestId":"","stackTrace":[]}');
    expect(text()).toMatch(/INIT_REPORT Init Duration: \S+ ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError\n/);
  });

  test("with too large a response: Function.ResponseSizeTooLarge, and the runtime hears 413", async () => {
    const statuses: number[] = [];
    const { invoke } = await executorWith(async (runtime) => {
      for (;;) {
        const { requestId } = await runtime.next();
        statuses.push((await runtime.post(`/invocation/${requestId}/response`, Buffer.alloc(6_291_557, 32))).status);
      }
    });
    expect(JSON.parse(bodyOf(await invoke()))).toEqual({
      errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
      errorType: "Function.ResponseSizeTooLarge",
    });
    await invoke();
    expect(statuses[0]).toBe(413);
  });
});

describe("response streaming", () => {
  const collect = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => {
    const parts: Buffer[] = [];
    for await (const chunk of chunks) parts.push(Buffer.from(chunk));
    return Buffer.concat(parts).toString();
  };
  const streaming =
    (trailers?: Readonly<Record<string, string>>): Script =>
    async (runtime) => {
      for (;;) {
        const { requestId } = await runtime.next();
        await runtime.stream(requestId, ["one,", "two"], trailers);
      }
    };

  test("hands chunks on and completes", async () => {
    const { invoke } = await executorWith(streaming());
    const outcome = await invoke({ mode: "streaming" });
    if (outcome.kind !== "streaming") throw new Error(outcome.kind);
    expect(await collect(outcome.chunks)).toBe("one,two");
    expect(await outcome.completion).toEqual({});
  });

  test("reports an error in mid-stream after the last chunk", async () => {
    const { invoke } = await executorWith(
      streaming({
        "Lambda-Runtime-Function-Error-Type": "E",
        "Lambda-Runtime-Function-Error-Body": Buffer.from('{"errorType":"E"}').toString("base64"),
      }),
    );
    const outcome = await invoke({ mode: "streaming", tail: true });
    if (outcome.kind !== "streaming") throw new Error(outcome.kind);
    expect(await collect(outcome.chunks)).toBe("one,two");
    expect(await outcome.completion).toMatchObject({ errorCode: "Unhandled", errorDetails: '{"errorType":"E"}' });
  });

  test("completes too when the runtime sends it in one piece of known length, and the next run finds the runtime", async () => {
    const { invoke } = await executorWith(async (runtime) => {
      for (;;) {
        const { requestId } = await runtime.next();
        await runtime.post(`/invocation/${requestId}/response`, "in one", { "Lambda-Runtime-Function-Response-Mode": "streaming" });
      }
    });
    for (const _run of [1, 2]) {
      const outcome = await invoke({ mode: "streaming" });
      if (outcome.kind !== "streaming") throw new Error(outcome.kind);
      expect(await collect(outcome.chunks)).toBe("in one");
      expect(await outcome.completion).toEqual({});
    }
    expect(bodyOf(await invoke())).toBe("in one");
  });

  test("is buffered for a plain invoke", async () => {
    const { invoke } = await executorWith(streaming());
    expect(bodyOf(await invoke())).toBe("one,two");
  });
});

describe("the Runtime API", () => {
  test("refuses a wrong id, a second answer and an answer before next", async () => {
    const replies: unknown[] = [];
    const { invoke } = await executorWith(async (runtime) => {
      replies.push(await runtime.respond("x", "{}"));
      const { requestId } = await runtime.next();
      replies.push(await runtime.respond("x", "{}"));
      await runtime.respond(requestId, "1");
      replies.push(await runtime.respond(requestId, "2"));
      await runtime.next();
    });
    expect(bodyOf(await invoke({ tail: true }))).toBe("1");
    expect(replies).toMatchObject([
      { status: 403, body: expect.stringContaining("InvalidStateTransition") },
      { status: 400, body: '{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}' },
      { status: 400 },
    ]);
  });

  test("hands the same invocation to a second next without an answer", async () => {
    const { invoke } = await executorWith(async (runtime) => {
      const first = await runtime.next();
      const second = await runtime.next();
      await runtime.respond(second.requestId, JSON.stringify(first.requestId === second.requestId));
      await runtime.next();
    });
    expect(bodyOf(await invoke())).toBe("true");
  });

  test("knows nobody without a token", async () => {
    const runtimeApi = new RuntimeApiServer();
    await runtimeApi.listen(["127.0.0.1"], 0);
    const response = await fetch(`http://127.0.0.1:${runtimeApi.port}/2018-06-01/runtime/invocation/next`);
    expect(response.status).toBe(403);
    await runtimeApi.close();
  });
});

test("stopping destroys every sandbox and answers whoever still waits", async () => {
  const { executor, invoke, driver } = await executorWith(async (runtime) => void (await runtime.next()), {
    sparesPerFunction: 1,
    spares: 2,
  });
  const waiting = invoke({ spec: { ...spec, timeoutMs: 60_000 } });
  await executor.prepare(spec);
  await executor.stop(50);
  expect(await waiting).toMatchObject({ kind: "unavailable" });
  expect(driver.live.size).toBe(0);
});
