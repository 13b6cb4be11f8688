/** What an environment does besides running: freezing, telemetry, and modelled cold starts. */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { CodeStore } from "@lambdock/code-store/code-store";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { InvokeOutcome } from "@lambdock/model/invocation";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { functionSpec } from "@lambdock/model/testing/function-spec";
import type { ExecutorDependencies } from "../dependencies.ts";
import { limitsOf } from "../limits/config.ts";
import { readExecutorConfig } from "../config.ts";
import { RuntimeApiServer } from "../runtime-api/server.ts";
import { createExecutor } from "../service.ts";
import { createScriptedDriver, type ExtensionScript, type Script } from "../testing/scripted-driver.ts";

const plainSpec = functionSpec();
const codeStore = { ensureUnpacked: async () => "/nowhere", ensureLayers: async () => undefined } as unknown as CodeStore;
const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const echo: Script = async (runtime) => {
  for (;;) {
    const { requestId, body } = await runtime.next();
    if (body === '"crash"') return runtime.exit({ status: 3, outOfMemory: false });
    runtime.print(`got ${body}\n`);
    await runtime.respond(requestId, body);
  }
};

type Different = Pick<Partial<ExecutorDependencies>, "freeze" | "coldStarts"> & {
  readonly script?: Script;
  readonly spec?: Partial<FunctionSpec>;
  readonly spares?: number;
};

/** As SnapStart has it. */
const restored: Script = async (runtime) => {
  await runtime.get("/restore/next");
  await echo(runtime);
};

async function executorWith(different: Different, extensions: Readonly<Record<string, ExtensionScript>> = {}) {
  const { script = echo, spec: changed = {}, spares = 0, ...dependencies } = different;
  const spec = { ...plainSpec, ...changed };
  const logs: string[] = [];
  const runtimeApi = new RuntimeApiServer();
  await runtimeApi.listen(["127.0.0.1"], 0);
  const lifecycle: LifecycleEvent[] = [];
  let heard: () => void = () => {};
  const driver = createScriptedDriver(() => runtimeApi.port, script, extensions);
  const executor = createExecutor({
    limits: { ...limitsOf(readExecutorConfig({})), sparesPerFunction: spares, spares, environmentsPerFunction: 1 },
    logger: createLogger("executor", "silent"),
    driver,
    codeStore,
    runtimeApi,
    timers: systemTimers,
    logSink: { append: (_stream, events) => void logs.push(...events.map((event) => event.message)), flush: async () => {} },
    lifecycle: { emit: (event) => (lifecycle.push(event), heard()) },
    ...dependencies,
  });
  await executor.start();
  await executor.reserve({ generation: 1, functions: {} });
  stops.push(() => executor.stop(100));
  const invoke = (payload: unknown): Promise<InvokeOutcome> =>
    executor.invoke({
      spec,
      requestId: randomUUID(),
      payload: Buffer.from(JSON.stringify(payload)),
      invokedFunctionArn: spec.functionArn,
      traceId: "Root=1-0-0;Parent=0;Sampled=1",
      tail: false,
      mode: "buffered",
    });
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise<void>((resolve) => (heard = resolve));
  };
  const states = (): readonly string[] => lifecycle.flatMap((event) => (event.type === "environment" ? [event.state] : []));
  return { executor, spec, invoke, driver, lifecycle, until, states, logs };
}

describe("freezing", () => {
  test("stops an environment that is idle for the grace, and lets it go on before its next invocation", async () => {
    const { invoke, driver, until, states } = await executorWith({ freeze: { mode: "auto", graceMs: 5 } });
    for (let round = 1; round <= 3; round++) {
      await invoke(round);
      await until(() => states().filter((state) => state === "frozen").length === round);
    }
    expect(driver.signals).toEqual(["FREEZE", "THAW", "FREEZE", "THAW", "FREEZE"]);
  });

  test("leaves a busy function alone", async () => {
    const { invoke, driver } = await executorWith({ freeze: { mode: "on", graceMs: 60_000 } });
    for (let round = 1; round <= 20; round++) expect((await invoke(round)).kind).toBe("completed");
    expect(driver.signals).toEqual([]);
  });

  test("is off when it is off", async () => {
    const { invoke, driver, until, lifecycle } = await executorWith({ freeze: { mode: "off", graceMs: 1 } });
    await invoke(1);
    await until(() => lifecycle.some((event) => event.type === "invocation-end"));
    await invoke(2);
    expect(driver.signals).toEqual([]);
  });

  test("lets a frozen environment go on for its end", async () => {
    const { executor, spec, invoke, driver, until, states } = await executorWith({ freeze: { mode: "on", graceMs: 1 } });
    await invoke(1);
    await until(() => states().includes("frozen"));
    await executor.retire(spec.functionArn, spec.version);
    await until(() => states().includes("stopped"));
    expect(driver.signals).toEqual(["FREEZE", "THAW"]);
  });

  test("holds what SnapStart has ready for its first invocation", async () => {
    const { executor, spec, invoke, driver, until, states } = await executorWith({
      freeze: { mode: "on", graceMs: 1 },
      script: restored,
      spec: { snapStart: true, version: "1" },
      spares: 1,
    });
    await executor.prepare(spec);
    await until(() => states().includes("frozen"));
    expect(driver.signals.at(-1)).toBe("FREEZE");
    expect((await invoke(1)).kind).toBe("completed");
    expect(driver.signals).toContain("THAW");
  });
});

describe("a modelled cold start", () => {
  const slow = { placementMs: 30, initMs: 80 };

  test("of SnapStart is its restore, and shows as Restore Duration", async () => {
    const { invoke, logs, until } = await executorWith({
      coldStarts: () => slow,
      script: restored,
      spec: { snapStart: true, version: "1" },
    });
    await invoke(1);
    await until(() => logs.some((line) => line.startsWith("REPORT")));
    const report = logs.find((line) => line.startsWith("REPORT"))!;
    expect(Number(/\tRestore Duration: (\d+\.\d+) ms/.exec(report)?.[1])).toBeGreaterThanOrEqual(79);
    expect(report).not.toContain("Init Duration");
  });

  test("takes as long as its sample, of which the init is Init Duration, and a warm one takes nothing", async () => {
    const { invoke, lifecycle, until } = await executorWith({ coldStarts: () => slow });
    const before = systemTimers.monotonic();
    await invoke(1);
    expect(systemTimers.monotonic() - before).toBeGreaterThanOrEqual(109);
    await invoke(2);
    const ends = () => lifecycle.flatMap((event) => (event.type === "invocation-end" ? [event] : []));
    await until(() => ends().length === 2);
    expect(ends()[0]!.initMs).toBeGreaterThanOrEqual(79);
    expect(ends()[0]!.durationMs).toBeLessThan(79);
    expect(ends()[1]!.initMs).toBeUndefined();
    expect(ends()[1]!.durationMs).toBeLessThan(79);
  });

  test("makes the suppressed init after a crash part of the next invocation", async () => {
    const { invoke, lifecycle, until } = await executorWith({ coldStarts: () => slow });
    await invoke("crash");
    await invoke(2);
    const ends = () => lifecycle.flatMap((event) => (event.type === "invocation-end" ? [event] : []));
    await until(() => ends().length === 2);
    expect(ends()[1]!.durationMs).toBeGreaterThanOrEqual(79);
  });

  test("never keeps a caller waiting for an environment that ends meanwhile", async () => {
    const { executor, invoke, until, states } = await executorWith({ coldStarts: () => ({ placementMs: 600_000, initMs: 0 }) });
    const outcome = invoke(1);
    await until(() => states().includes("spare"));
    await executor.stop(0);
    expect((await outcome).kind).toBe("unavailable");
  });
});

describe("telemetry", () => {
  interface Heard {
    readonly time: string;
    readonly type: string;
    readonly record: unknown;
  }

  async function subscriberServer() {
    const heard: Heard[] = [];
    let came: () => void = () => {};
    const server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      request.on("end", () => {
        heard.push(...(JSON.parse(body) as Heard[]));
        response.end();
        came();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    stops.push(() => (server.close(), server.closeAllConnections()));
    const until = async (type: string, count = 1): Promise<void> => {
      while (heard.filter((event) => event.type === type).length < count) await new Promise<void>((resolve) => (came = resolve));
    };
    return { port: (server.address() as AddressInfo).port, heard, until };
  }

  const API = "/2020-01-01/extension";

  /** An extension that subscribes, and then answers for each event until it is shut down. */
  function subscribing(port: number, replies: unknown[], path = "/2022-07-01/telemetry"): ExtensionScript {
    return async (extension) => {
      const registered = await extension.call("POST", `${API}/register`, '{"events":["INVOKE","SHUTDOWN"]}', {
        "Lambda-Extension-Name": "listener",
      });
      const id = { "Lambda-Extension-Identifier": String(registered.headers["lambda-extension-identifier"]) };
      const subscription = {
        schemaVersion: path.includes("logs") ? "2021-03-18" : "2022-12-13",
        types: ["platform", "function", "extension"],
        buffering: { timeoutMs: 25 },
        destination: { protocol: "HTTP", URI: `http://sandbox.localdomain:${port}` },
      };
      const subscribe = async (body: unknown, headers = id): Promise<void> => {
        const { status, body: text } = await extension.call("PUT", path, JSON.stringify(body), headers);
        replies.push([status, JSON.parse(text)]);
      };
      await subscribe({ ...subscription, types: [] });
      await subscribe(subscription, { "Lambda-Extension-Identifier": randomUUID() });
      await subscribe(subscription);
      extension.print("listening\n");
      for (let first = true; ; first = false) {
        const event = await extension.call("GET", `${API}/event/next`, "", id);
        if (first) await subscribe(subscription);
        if (event.body.includes("SHUTDOWN")) return extension.exit(0);
      }
    };
  }

  test("tells a subscriber everything from init to report, and refuses who comes too late or asks for nothing", async () => {
    const server = await subscriberServer();
    const replies: unknown[] = [];
    const { invoke } = await executorWith({}, { listener: subscribing(server.port, replies) });
    await invoke({ n: 1 });
    await server.until("platform.report");
    expect(replies).toEqual([
      [400, { errorType: "ValidationError", errorMessage: "types should not be empty" }],
      [403, { errorType: "Extension.UnknownExtensionIdentifier", errorMessage: expect.any(String) }],
      [200, "OK"],
      [403, { errorType: "Telemetry.SubscriptionClosed", errorMessage: expect.any(String) }],
    ]);
    const types = server.heard.map(({ type }) => type);
    expect(types.filter((type) => type.startsWith("platform.") && type !== "platform.telemetrySubscription")).toEqual([
      "platform.initStart",
      "platform.initRuntimeDone",
      "platform.initReport",
      "platform.extension",
      "platform.start",
      "platform.runtimeDone",
      "platform.report",
    ]);
    const recordOf = (type: string) => server.heard.find((event) => event.type === type)?.record as Record<string, unknown>;
    expect(recordOf("platform.telemetrySubscription")).toMatchObject({ name: "listener", state: "Subscribed" });
    expect(recordOf("extension")).toBe("listening");
    expect(recordOf("function")).toBe('got {"n":1}');
    expect(recordOf("platform.initStart")).toMatchObject({ phase: "init", initializationType: "on-demand", instanceMaxMemory: 128 });
    expect(recordOf("platform.initReport")).toMatchObject({ status: "success", phase: "init" });
    const tracing = { spanId: expect.stringMatching(/^[0-9a-f]{16}$/), type: "X-Amzn-Trace-Id", value: "Root=1-0-0;Parent=0;Sampled=1" };
    expect(recordOf("platform.start")).toMatchObject({ version: "$LATEST", tracing });
    expect(recordOf("platform.runtimeDone")).toMatchObject({ status: "success", metrics: { producedBytes: 7 }, tracing });
    const { spans } = recordOf("platform.runtimeDone") as { spans: { name: string }[] };
    expect(spans.map(({ name }) => name)).toEqual(["responseLatency", "responseDuration", "runtimeOverhead"]);
    expect(recordOf("platform.report")).toMatchObject({ status: "success", spans: [{ name: "extensionOverhead" }], tracing });
  });

  test("tells of a crash, and a subscriber that starts again with it of the suppressed init", async () => {
    const server = await subscriberServer();
    const { invoke } = await executorWith({}, { listener: subscribing(server.port, []) });
    await invoke("crash");
    await server.until("platform.report");
    const done = server.heard.find(({ type }) => type === "platform.runtimeDone");
    expect(done?.record).toMatchObject({ status: "error", errorType: "Runtime.ExitError" });
    server.heard.length = 0;
    await invoke(2);
    await server.until("platform.report");
    const phases = server.heard.filter(({ type }) => type.startsWith("platform.init")).map(({ type, record }) => [type, record]);
    expect(phases).toEqual([
      ["platform.initStart", expect.objectContaining({ phase: "invoke" })],
      ["platform.initRuntimeDone", expect.objectContaining({ phase: "invoke", status: "success" })],
      ["platform.initReport", expect.objectContaining({ phase: "invoke", status: "success" })],
    ]);
  });

  test("serves the Logs API in its own words", async () => {
    const server = await subscriberServer();
    const replies: unknown[] = [];
    const { invoke } = await executorWith({}, { listener: subscribing(server.port, replies, "/2020-08-15/logs") });
    await invoke(1);
    await server.until("platform.report");
    expect(replies.at(2)).toEqual([200, "OK"]);
    expect(replies.at(3)).toEqual([403, { errorType: "Logs.SubscriptionClosed", errorMessage: expect.any(String) }]);
    expect(server.heard.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["platform.logsSubscription", "platform.start", "platform.runtimeDone", "platform.end", "platform.report"]),
    );
    expect(server.heard.find(({ type }) => type === "platform.report")?.record).toEqual({
      requestId: expect.any(String),
      metrics: expect.objectContaining({ memorySizeMB: 128 }),
    });
  });

  test("keeps what a frozen subscriber has not got until it goes on", async () => {
    const server = await subscriberServer();
    const slowBuffer: ExtensionScript = async (extension) => {
      const buffered = {
        ...extension,
        call: (method: string, path: string, body?: string, headers?: Readonly<Record<string, string>>) =>
          extension.call(method, path, body?.replace('"timeoutMs":25', '"timeoutMs":300'), headers),
      };
      await subscribing(server.port, [])(buffered);
    };
    const { invoke, until, states } = await executorWith({ freeze: { mode: "on", graceMs: 1 } }, { listener: slowBuffer });
    await invoke(1);
    await until(() => states().includes("frozen"));
    expect(server.heard.some(({ type }) => type === "platform.report")).toBe(false);
    for (let round = 2; server.heard.length === 0; round++) await invoke(round);
    await server.until("platform.report");
    expect(server.heard.find(({ type }) => type === "function")?.record).toBe("got 1");
  });
});
