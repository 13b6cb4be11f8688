import { randomBytes, randomUUID } from "node:crypto";
import type { CodeStore } from "@lambdock/code-store/code-store";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import type { LogEvent } from "@lambdock/logs/port";
import type { FunctionSpec, InitializationType } from "@lambdock/model/function-spec";
import type { InvokeOutcome, InvokeRequest } from "@lambdock/model/invocation";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { functionSpec } from "@lambdock/model/testing/function-spec";
import { ActiveRun } from "../environments/active-run.ts";
import { EnvironmentFactory } from "../environments/environment-factory.ts";
import { Provisioner } from "../environments/provision.ts";
import { RuntimeApiServer } from "../runtime-api/server.ts";
import { createScriptedDriver, type ExtensionScript, type Script } from "./scripted-driver.ts";

/** A function of one second's timeout. */
export const specUnderTest = functionSpec({
  version: "7",
  package: { kind: "zip", runtime: "python3.13", handler: "index.handler", codeSha256: "0", layers: [] },
  timeoutMs: 1_000,
});

/** What an environment under test runs. */
export interface EnvironmentScripts {
  readonly script: Script;
  readonly extensions?: Readonly<Record<string, ExtensionScript>>;
  readonly spec?: Partial<FunctionSpec>;
  readonly initializationType?: InitializationType;
  readonly streamBytesPerSecond?: number;
}

const codeStore = { ensureUnpacked: async () => "/nowhere", ensureLayers: async () => undefined } as unknown as CodeStore;

/** One environment over real HTTP, without a fleet; `close` ends it, unless it has stopped, and its Runtime API. */
export async function environmentUnderTest(scripts: EnvironmentScripts) {
  const { script, extensions = {}, initializationType, streamBytesPerSecond } = scripts;
  const runtimeApi = new RuntimeApiServer();
  await runtimeApi.listen(["127.0.0.1"], 0);
  const logs: LogEvent[] = [];
  const lifecycle: LifecycleEvent[] = [];
  const told: string[] = [];
  const waiting = new Set<() => void>();
  const tell = (what: string): void => {
    told.push(what);
    for (const check of waiting) check();
  };
  const driver = createScriptedDriver(() => runtimeApi.port, script, extensions);
  const spec: FunctionSpec = { ...specUnderTest, ...scripts.spec };
  const dependencies = {
    limits: undefined as never, // the fleet's
    logger: createLogger("executor", "silent"),
    driver,
    codeStore,
    runtimeApi,
    timers: systemTimers,
    logSink: { append: (_stream: unknown, events: readonly LogEvent[]) => void logs.push(...events), flush: async () => {} },
    lifecycle: { emit: (event: LifecycleEvent) => void lifecycle.push(event) },
    ...(streamBytesPerSecond === undefined ? {} : { streamBytesPerSecond }),
  };
  const factory = new EnvironmentFactory(dependencies, new Provisioner(driver, codeStore));
  const made = await factory.make({
    environmentId: randomBytes(16).toString("hex"),
    spec,
    initializationType,
    listener: {
      onAnswered: () => tell("answered"),
      onIdle: () => tell("idle"),
      onInitialized: () => tell("initialized"),
      onInitFailed: (reason, errorType) => tell(`init failed: ${reason} ${errorType}`),
      onStopped: () => tell("stopped"),
    },
  });
  const { controller } = made;
  const heard = (what: string, times = 1): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (told.filter((each) => each.startsWith(what)).length < times) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return {
    ...made,
    factory,
    spec,
    driver,
    lifecycle,
    told,
    text: () => logs.map((event) => event.message).join(""),
    invoke: (request: Partial<InvokeRequest> = {}): Promise<InvokeOutcome> =>
      new Promise((resolve) => {
        const base = { spec, requestId: randomUUID(), payload: Buffer.from("{}"), invokedFunctionArn: `${spec.functionArn}:7` };
        controller.assign(new ActiveRun({ ...base, traceId: "Root=1-2-3", tail: false, mode: "buffered", ...request }, resolve, 0));
      }),
    /** Resolves once the owner was told something so often. */
    heard,
    async close(): Promise<void> {
      if (!told.includes("stopped")) controller.onLost("the test is over");
      await heard("stopped");
      await runtimeApi.close();
    },
  };
}

/** The payload of an outcome as text. */
export function bodyOf(outcome: InvokeOutcome): string {
  return outcome.kind === "completed" ? Buffer.from(outcome.payload).toString() : `not completed: ${JSON.stringify(outcome)}`;
}
