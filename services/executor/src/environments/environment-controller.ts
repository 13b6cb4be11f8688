import { step } from "@lambdock/fleet/environment";
import { newborn, unhurriedInitLimitMs, type Environment } from "@lambdock/fleet/environment-state";
import type { AcceptedRegistration } from "@lambdock/fleet/environment-extension-rules";
import type { Extension } from "@lambdock/fleet/environment-extensions";
import type { Effect, EnvironmentEvent } from "@lambdock/fleet/environment-protocol";
import type { ExtensionExit, Sandbox, SandboxEvents } from "@lambdock/containers/port";
import { ExtensionsSession, type ExtensionsListener } from "../runtime-api/extensions-session.ts";
import type { RuntimeListener, RuntimeSession } from "../runtime-api/session.ts";
import type { ResponseStream, StreamLimits } from "../runtime-api/response-stream.ts";
import type { EnvironmentTelemetry } from "../telemetry/environment-telemetry.ts";
import { streamEnding, type ActiveRun } from "./active-run.ts";
import { deliveryOf } from "./delivery.ts";
import type { ControllerOptions } from "./controller-options.ts";
import { EffectQueue } from "./effect-queue.ts";
import { EnvironmentProcesses } from "./environment-processes.ts";
import { EnvironmentReporter } from "./environment-reporter.ts";
import type { Resting } from "./freezer.ts";
import { ModelledStart } from "./modelled-start.ts";

/**
 * Drives one execution environment: feeds the pure machine with what the runtime, the sandbox and
 * the timers say, and performs its effects in their order. Effects that take time (kill, settle)
 * hold back the later ones; events go on being stepped meanwhile.
 */
export class EnvironmentController implements RuntimeListener, ExtensionsListener, SandboxEvents {
  readonly id: string;
  readonly extensions: ExtensionsSession;
  readonly telemetry: EnvironmentTelemetry;
  readonly streamLimits: StreamLimits | undefined;
  readonly #options: ControllerOptions;
  readonly #processes: EnvironmentProcesses;
  readonly #reporter: EnvironmentReporter;
  readonly #start: ModelledStart | undefined;
  readonly #effects = new EffectQueue({
    perform: (effect) => this.#perform(effect),
    onDone: () => (this.#warm ? this.#resting?.rests() : undefined),
    onFailed: (error) => this.#broken(error),
  });
  #environment: Environment;
  #sandbox: Sandbox | undefined;
  #session: RuntimeSession | undefined;
  #resting: Resting | undefined;
  /** The owner wants to hear how the init ends. */
  #initializing = false;
  #run: ActiveRun | undefined;
  #cancelWake: () => void = () => {};

  constructor(options: ControllerOptions) {
    const { spec, timers, coldStarts, streamBytesPerSecond: bytesPerSecond } = options;
    this.id = options.id;
    this.#options = options;
    this.telemetry = options.telemetry;
    this.#environment = spec.snapStart === true ? { ...newborn, snapStart: true } : newborn;
    this.extensions = new ExtensionsSession(this, spec);
    this.streamLimits = bytesPerSecond === undefined ? undefined : { bytesPerSecond, timers };
    this.#processes = new EnvironmentProcesses(this.extensions, timers);
    this.#reporter = new EnvironmentReporter(options);
    this.#start = coldStarts === undefined ? undefined : new ModelledStart(coldStarts, spec, timers);
  }

  /** Where servers of the function and its extensions can be reached. */
  async sandboxAddress(): Promise<string | undefined> {
    return this.#sandbox?.address();
  }

  /** The sandbox is made; from here on the environment lives. */
  adopt(sandbox: Sandbox, session: RuntimeSession): void {
    this.#sandbox = sandbox;
    this.#session = session;
    this.#resting = this.#options.freezer.enrol({
      sandbox,
      telemetry: this.telemetry,
      mayFreeze: () => this.#warm && !this.#effects.held,
      onFrozen: () => this.#reporter.emit({ type: "environment", state: "frozen" }),
    });
    this.#processes.adopt(sandbox, session);
    // What stands in for a snapshot is made ahead of the invocation that will restore it.
    if (this.#options.spec.snapStart === true) this.#initialize();
    this.dispatch({ type: "sandbox-ready", extensions: sandbox.extensions });
  }

  /** Init without an invocation; `onInitialized` or `onInitFailed` follows. */
  initialize(): void {
    this.#initializing = true;
    this.#initialize();
  }

  #initialize(): void {
    this.dispatch({ type: "initialize", limitMs: unhurriedInitLimitMs(this.#options.spec.timeoutMs) });
  }

  /** The executor stops: a run that is under way is answered with the message. */
  shutDown(message: string): void {
    this.dispatch({ type: "shut-down", message });
  }

  assign(run: ActiveRun): void {
    this.#run = run;
    const { cold, phase, hookless } = this.#environment;
    // A restore is a cold start too, and so is an init that the run catches up with.
    const starts = phase === "creating" || phase === "spare" || phase === "snapshot";
    const isCold = cold || starts || phase === "init";
    this.#reporter.emit({ type: "invocation-start", requestId: run.request.requestId, cold: isCold, ...run.facts });
    const assigned = (): void => this.dispatch({ type: "assign", run: run.run });
    if (this.#start === undefined || !starts) assigned();
    else this.#start.place(assigned, hookless === true);
  }

  retire(): void {
    this.dispatch({ type: "retire" });
  }

  onNext(): void {
    if (this.#start === undefined) this.dispatch({ type: "runtime-next" });
    else this.#start.ready(() => this.dispatch({ type: "runtime-next" }));
  }

  onResponse(payload: Uint8Array, contentType: string): void {
    this.#run?.setPayload(payload, contentType);
    this.dispatch({ type: "runtime-answer", ending: { kind: "success" } });
  }

  onStream(stream: ResponseStream): void {
    const run = this.#run;
    if (run === undefined) return;
    this.telemetry.onStream(this.#options.timers.now());
    if (run.request.mode === "streaming") run.beginStream(stream);
    const collected = run.request.mode === "streaming" ? undefined : stream.collect();
    stream.onEnd(async (end) => {
      const ending = streamEnding(end);
      if (ending === "too-large") this.onResponseTooLarge();
      if (ending === undefined || ending === "too-large") return;
      if (collected !== undefined) run.setPayload(await collected, stream.contentType);
      // A run that ran out of time meanwhile has its answer.
      if (this.#run === run) this.dispatch({ type: "runtime-answer", ending });
    });
  }

  onResponseTooLarge(): void {
    this.dispatch({ type: "response-too-large" });
  }

  onError(payload: Uint8Array): void {
    this.dispatch({ type: "runtime-answer", ending: { kind: "function-error", payload } });
  }

  onInitError(payload: Uint8Array, errorType: string): void {
    this.dispatch({ type: "init-error", payload, errorType });
  }

  onRestoreNext(): void {
    this.dispatch({ type: "restore-next" });
  }

  onRestoreError(errorType: string): void {
    this.dispatch({ type: "restore-error", errorType });
  }

  knownExtensions(): readonly Extension[] {
    return this.#environment.extensions ?? [];
  }

  /** Init is over, but for extensions that have not asked for their first event. */
  registrationClosed(): boolean {
    const { phase, initInsideInvoke, runtimeReady } = this.#environment;
    return runtimeReady === true || !(phase === "init" || (phase === "busy" && initInsideInvoke));
  }

  onExtensionRegistered(registration: AcceptedRegistration): void {
    this.dispatch({ type: "extension-registered", ...registration });
  }

  onExtensionNext(name: string): void {
    this.dispatch({ type: "extension-next", name });
  }

  onExtensionError(name: string, state: "InitError" | "ExitError", errorType: string): void {
    this.dispatch({ type: "extension-error", name, state, errorType });
  }

  onOutput(chunk: Uint8Array, origin?: "extension"): void {
    this.#options.logs.output(chunk, origin);
  }

  onRuntimeExit(exit: { readonly status: number; readonly outOfMemory: boolean }): void {
    if (!this.#processes.runtimeExited()) return;
    this.dispatch({ type: "runtime-exit", ...exit, invalidEntrypoint: this.#options.missingBootstrap });
  }

  onExtensionExit(exit: ExtensionExit): void {
    if (this.#processes.extensionExited(exit.name)) this.dispatch({ type: "extension-exit", ...exit });
  }

  onLost(reason: string): void {
    this.dispatch({ type: "lost", reason });
  }

  /** Steps the machine and performs what follows. */
  dispatch(event: EnvironmentEvent): void {
    if (event.type === "retire" || event.type === "shut-down" || event.type === "lost") this.#start?.hurry();
    const now = this.#options.timers.now();
    if (this.telemetry.active) this.telemetry.onEvent(this.#environment, event, { at: now, run: this.#run });
    const { environment, effects } = step(this.#environment, event, now);
    this.#environment = environment;
    if (effects.length === 0) return;
    this.#effects.push(effects, this.#effects.held ? undefined : this.#resting?.works());
  }

  /** All its processes wait for their next event. */
  get #warm(): boolean {
    const { phase, cold } = this.#environment;
    return !cold && (phase === "idle" || phase === "snapshot");
  }

  #perform(effect: Effect): Promise<void> | undefined {
    const { logs, timers } = this.#options;
    if (this.telemetry.active || effect.type === "kill-runtime") this.telemetry.onEffect(effect, timers.now());
    this.#start?.onEffect(effect);
    switch (effect.type) {
      case "init-ended":
        this.#sandbox?.endInit();
        if (this.#run !== undefined) this.#reporter.emit({ type: "environment", state: "busy" });
        return undefined;
      case "initialized":
        this.#initialized();
        return undefined;
      case "init-failed":
        if (this.#initializing) this.#options.listener.onInitFailed(effect.reason, effect.errorType);
        return undefined;
      case "settle":
        return this.#sandbox?.drained();
      case "deliver":
        this.#session?.deliver(deliveryOf(this.#run!.request, effect.deadlineAt));
        return undefined;
      case "respond":
        this.#run?.respond(effect.ending, effect.run.tail ? logs.takeTail() : undefined);
        this.#options.listener.onAnswered();
        return undefined;
      case "log":
        if (effect.line.type === "start" && this.#run?.request.tail === true) logs.beginTail();
        this.#reporter.line(effect.line);
        return undefined;
      case "log-init-start":
        this.#reporter.start("init-start");
        return undefined;
      case "log-restore-start":
        this.#reporter.start("restore-start");
        return undefined;
      case "log-report":
        this.#cancelWake();
        this.#reporter.report(effect, this.#sandbox?.maxMemoryUsedMb() ?? 0, this.#run?.facts);
        return undefined;
      case "wake":
        this.#wake(effect.key, effect.at - timers.now());
        return undefined;
      case "state":
        this.#onState(effect.state);
        return undefined;
      case "destroy":
        return this.#destroy();
      default:
        return this.#processes.perform(effect, this.#run?.request);
    }
  }

  #initialized(): void {
    this.#cancelWake();
    this.#reporter.emit({ type: "environment", state: this.#environment.phase === "snapshot" ? "spare" : "idle" });
    if (this.#initializing) this.#options.listener.onInitialized();
    this.#initializing = false;
  }

  #wake(key: string, delayMs: number): void {
    this.#cancelWake();
    this.#cancelWake = this.#options.timers.after(Math.max(0, delayMs), () => this.dispatch({ type: "deadline", key }));
  }

  #onState(state: Extract<Effect, { type: "state" }>["state"]): void {
    // Busy and idle are told by the invocation's own events, and the end of a cold start by `init-ended`; twice would double the stream.
    if (state !== "busy" && state !== "idle") this.#reporter.emit({ type: "environment", state });
    if (state === "idle") this.#options.listener.onIdle();
  }

  async #destroy(): Promise<void> {
    this.#cancelWake();
    this.#processes.giveUp();
    await this.#sandbox?.destroy();
    this.telemetry.close();
    this.#reporter.emit({ type: "environment", state: "stopped" });
    this.#options.listener.onStopped();
  }

  /** The sandbox refused a command: it is of no more use. */
  #broken(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn("the sandbox failed; its environment is given up", { environment: this.id, error: message });
    this.#effects.keep((effect) => effect.type === "respond" || effect.type === "destroy");
    this.onLost(message);
  }
}
