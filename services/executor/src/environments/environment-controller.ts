import { newborn, step, type Environment } from "@lambdock/fleet/environment";
import type { Effect, EnvironmentEvent } from "@lambdock/fleet/environment-protocol";
import type { Sandbox, SandboxEvents } from "@lambdock/containers/port";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { Lifecycle } from "@lambdock/model/lifecycle";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { RuntimeListener, RuntimeSession } from "../runtime-api/session.ts";
import type { ResponseStream } from "../runtime-api/response-stream.ts";
import { streamEnding, type ActiveRun } from "./active-run.ts";
import { deliveryOf } from "./delivery.ts";
import type { LogWriter } from "./log-writer.ts";

/** What the owner of an environment wants to hear. */
export interface ControllerListener {
  /** The caller of its run has the answer. */
  onAnswered(): void;
  /** It finished a run and can take the next. */
  onIdle(): void;
  /** It is stopped and its sandbox removed. */
  onStopped(): void;
}

export interface ControllerOptions {
  readonly id: string;
  readonly spec: FunctionSpec;
  readonly runtime: { readonly runtimeVersion: string; readonly runtimeVersionArn: string };
  readonly timers: Timers;
  readonly logs: LogWriter;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly listener: ControllerListener;
  /** True when a `provided.*` function has no executable bootstrap. */
  readonly missingBootstrap: boolean;
}

/**
 * Drives one execution environment: feeds the pure machine with what the runtime, the sandbox and
 * the timers say, and performs its effects in their order. Effects that take time (kill, settle)
 * hold back the later ones; events go on being stepped meanwhile.
 */
export class EnvironmentController implements RuntimeListener, SandboxEvents {
  readonly id: string;
  readonly #options: ControllerOptions;
  #environment: Environment = newborn;
  #sandbox: Sandbox | undefined;
  #session: RuntimeSession | undefined;
  #run: ActiveRun | undefined;
  #effects: Effect[] = [];
  #blocked = false;
  #cancelWake: () => void = () => {};
  /** Exits are expected between a kill and the next start. */
  #runtimeExpected = true;

  constructor(options: ControllerOptions) {
    this.id = options.id;
    this.#options = options;
  }

  /** The sandbox is made; from here on the environment lives. */
  adopt(sandbox: Sandbox, session: RuntimeSession): void {
    this.#sandbox = sandbox;
    this.#session = session;
    this.dispatch({ type: "sandbox-ready" });
  }

  assign(run: ActiveRun): void {
    this.#run = run;
    const { cold } = this.#environment;
    this.#emit({ type: "invocation-start", requestId: run.request.requestId, cold });
    this.dispatch({ type: "assign", run: run.run });
  }

  retire(): void {
    this.dispatch({ type: "retire" });
  }

  onNext(): void {
    this.dispatch({ type: "runtime-next" });
  }

  onResponse(payload: Uint8Array, contentType: string): void {
    this.#run?.setPayload(payload, contentType);
    this.dispatch({ type: "runtime-answer", ending: { kind: "success" } });
  }

  onStream(stream: ResponseStream): void {
    const run = this.#run;
    if (run === undefined) return;
    if (run.request.mode === "streaming") run.beginStream(stream);
    const collected = run.request.mode === "streaming" ? undefined : stream.collect();
    stream.onEnd((end) => {
      const ending = streamEnding(end);
      if (ending === "too-large") this.dispatch({ type: "response-too-large" });
      if (ending === undefined || ending === "too-large") return;
      if (collected === undefined) this.dispatch({ type: "runtime-answer", ending });
      else
        void collected.then((payload) => (run.setPayload(payload, stream.contentType), this.dispatch({ type: "runtime-answer", ending })));
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

  onOutput(chunk: Uint8Array): void {
    this.#options.logs.output(chunk);
  }

  onRuntimeExit(exit: { readonly status: number; readonly outOfMemory: boolean }): void {
    if (!this.#runtimeExpected) return;
    this.#session?.reset();
    this.dispatch({ type: "runtime-exit", ...exit, invalidEntrypoint: this.#options.missingBootstrap });
  }

  onLost(reason: string): void {
    this.dispatch({ type: "lost", reason });
  }

  /** Steps the machine and performs what follows. */
  dispatch(event: EnvironmentEvent): void {
    const { environment, effects } = step(this.#environment, event, this.#options.timers.now());
    this.#environment = environment;
    if (effects.length === 0) return;
    this.#effects.push(...effects);
    if (!this.#blocked) this.#performAll();
  }

  #performAll(): void {
    for (let effect = this.#effects.shift(); effect !== undefined; effect = this.#effects.shift()) {
      const pending = this.#perform(effect);
      if (pending === undefined) continue;
      this.#blocked = true;
      const goOn = (): void => {
        this.#blocked = false;
        this.#performAll();
      };
      pending.then(goOn, (error: unknown) => (this.#broken(error), goOn()));
      return;
    }
  }

  #perform(effect: Effect): Promise<void> | undefined {
    const { logs } = this.#options;
    switch (effect.type) {
      case "start-runtime":
        this.#runtimeExpected = true;
        this.#session?.openGate();
        return this.#sandbox?.startRuntime();
      case "init-ended":
        this.#sandbox?.endInit();
        return undefined;
      case "kill-runtime":
        this.#runtimeExpected = false;
        this.#session?.reset();
        return this.#sandbox?.killRuntime();
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
        logs.platform(effect.line);
        return undefined;
      case "log-init-start":
        logs.platform({
          type: "init-start",
          ...this.#options.runtime,
          functionName: this.#options.spec.name,
          version: this.#options.spec.version,
        });
        return undefined;
      case "log-report":
        this.#report(effect);
        return undefined;
      case "wake":
        this.#wake(effect.key, effect.at);
        return undefined;
      case "state":
        this.#onState(effect.state);
        return undefined;
      case "destroy":
        return this.#destroy();
    }
  }

  #report(effect: Extract<Effect, { type: "log-report" }>): void {
    const { type: _type, ...report } = effect;
    this.#cancelWake();
    this.#options.logs.platform({
      type: "report",
      ...report,
      memorySizeMb: this.#options.spec.memorySizeMb,
      maxMemoryUsedMb: this.#sandbox?.maxMemoryUsedMb() ?? 0,
    });
    this.#emit({
      type: "invocation-end",
      requestId: effect.requestId,
      status: effect.status,
      durationMs: effect.durationMs,
      ...(effect.initDurationMs === undefined ? {} : { initMs: effect.initDurationMs }),
    });
  }

  #wake(key: string, at: number): void {
    const { timers } = this.#options;
    this.#cancelWake();
    this.#cancelWake = timers.after(Math.max(0, at - timers.now()), () => this.dispatch({ type: "deadline", key }));
  }

  #onState(state: Extract<Effect, { type: "state" }>["state"]): void {
    // Busy and idle are told by the invocation's own events; twice would double the stream.
    if (state !== "busy" && state !== "idle") this.#emit({ type: "environment", state });
    if (state === "idle") this.#options.listener.onIdle();
  }

  async #destroy(): Promise<void> {
    this.#cancelWake();
    this.#runtimeExpected = false;
    await this.#sandbox?.destroy();
    this.#emit({ type: "environment", state: "stopped" });
    this.#options.listener.onStopped();
  }

  /** The sandbox refused a command: it is of no more use. */
  #broken(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn("the sandbox failed; its environment is given up", { environment: this.id, error: message });
    this.#effects = this.#effects.filter((effect) => effect.type === "respond" || effect.type === "destroy");
    this.onLost(message);
  }

  #emit(event: EmittedEvent): void {
    const { spec, lifecycle, timers } = this.#options;
    lifecycle.emit({ at: timers.now(), functionArn: spec.functionArn, version: spec.version, environmentId: this.id, ...event });
  }
}

type Emitted<Event> = Event extends unknown ? Omit<Event, "at" | "functionArn" | "version" | "environmentId"> : never;
type EmittedEvent = Emitted<Extract<Parameters<Lifecycle["emit"]>[0], { environmentId: string }>>;
