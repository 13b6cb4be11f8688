import type { Sandbox } from "@lambdock/containers/port";
import type { Effect } from "@lambdock/fleet/environment-protocol";
import type { Timers } from "@lambdock/kernel/clock";
import type { InvokeRequest } from "@lambdock/model/invocation";
import type { ExtensionsSession } from "../runtime-api/extensions-session.ts";
import type { RuntimeSession } from "../runtime-api/session.ts";
import { LivingProcesses, RUNTIME } from "./living-processes.ts";

/** A killed process is gone at once; one that is stuck in the kernel is not waited for. */
const KILLED_MS = 1_000;

/** The effects that start, tell and end processes. */
export type ProcessEffect = Extract<
  Effect,
  { type: "start-extensions" | "start-runtime" | "stop-runtime" | "kill-runtime" | "shut-down" | "restore" | "invoke-extensions" }
>;

/** The runtime and the extensions of one environment, as its controller commands them. */
export class EnvironmentProcesses {
  readonly #extensions: ExtensionsSession;
  readonly #timers: Timers;
  readonly #living: LivingProcesses;
  #sandbox: Sandbox | undefined;
  #session: RuntimeSession | undefined;
  /** Exits are expected between a kill and the next start. */
  #exitsMatter = true;

  constructor(extensions: ExtensionsSession, timers: Timers) {
    this.#extensions = extensions;
    this.#timers = timers;
    this.#living = new LivingProcesses(timers);
  }

  adopt(sandbox: Sandbox, session: RuntimeSession): void {
    this.#sandbox = sandbox;
    this.#session = session;
  }

  /** From here on nobody cares how the processes end. */
  giveUp(): void {
    this.#exitsMatter = false;
    this.#living.clear();
    this.#extensions.reset();
  }

  /** The runtime's process ended; true when nobody asked for it. */
  runtimeExited(): boolean {
    this.#living.ended(RUNTIME);
    if (this.#exitsMatter) this.#session?.reset();
    return this.#exitsMatter;
  }

  /** An extension's process ended; true when nobody asked for it. */
  extensionExited(name: string): boolean {
    this.#living.ended(name);
    return this.#exitsMatter;
  }

  perform(effect: ProcessEffect, request: InvokeRequest | undefined): Promise<void> | undefined {
    switch (effect.type) {
      case "start-extensions":
        this.#exitsMatter = true;
        this.#living.started(this.#sandbox?.extensions ?? []);
        return this.#sandbox?.startExtensions();
      case "start-runtime":
        this.#exitsMatter = true;
        this.#living.started([RUNTIME]);
        this.#session?.openGate();
        return this.#sandbox?.startRuntime();
      case "stop-runtime":
        return this.#stopRuntime();
      case "kill-runtime":
        return this.#kill();
      case "shut-down":
        return this.#shutDown(effect);
      case "restore":
        this.#session?.restore();
        return undefined;
      case "invoke-extensions":
        this.#invokeExtensions(effect, request!);
        return undefined;
    }
  }

  #invokeExtensions(effect: Extract<Effect, { type: "invoke-extensions" }>, request: InvokeRequest): void {
    this.#extensions.invoke(effect.names, {
      deadlineMs: Math.floor(effect.deadlineAt),
      requestId: request.requestId,
      invokedFunctionArn: request.invokedFunctionArn,
      tracing: { type: "X-Amzn-Trace-Id", value: request.traceId },
    });
  }

  async #stopRuntime(): Promise<void> {
    this.#exitsMatter = false;
    this.#session?.reset();
    if (!this.#living.has(RUNTIME)) return;
    this.#sandbox?.signalRuntime("KILL");
    await this.#living.gone([RUNTIME], KILLED_MS);
  }

  #kill(): Promise<void> | undefined {
    this.#exitsMatter = false;
    this.#session?.reset();
    this.#extensions.reset();
    return this.#sandbox?.killRuntime().then(() => this.#living.clear());
  }

  /** What is left at the end of its time is killed by whatever follows. */
  async #shutDown({ reason, runtimeMs, totalMs }: Extract<Effect, { type: "shut-down" }>): Promise<void> {
    this.#exitsMatter = false;
    const deadlineAt = this.#timers.now() + totalMs;
    if (this.#living.has(RUNTIME)) {
      this.#sandbox?.signalRuntime("TERM");
      await this.#living.gone([RUNTIME], runtimeMs);
      if (this.#living.has(RUNTIME)) this.#sandbox?.signalRuntime("KILL");
    }
    const told = this.#extensions.shutDown(reason, deadlineAt);
    await this.#living.gone(told, deadlineAt - this.#timers.now());
  }
}
