import type { Effect } from "@lambdock/fleet/environment-protocol";
import type { InitializationType } from "@lambdock/model/function-spec";
import type { Lifecycle } from "@lambdock/model/lifecycle";
import type { PlatformLine } from "@lambdock/model/platform-log";
import type { RunFacts } from "./active-run.ts";
import type { ControllerOptions } from "./controller-options.ts";

type Emitted<Event> = Event extends unknown ? Omit<Event, "at" | "functionArn" | "version" | "environmentId"> : never;
type EmittedEvent = Emitted<Extract<Parameters<Lifecycle["emit"]>[0], { environmentId: string }>>;

/** Tells the world of one environment: its log lines, and its part of the lifecycle stream. */
export class EnvironmentReporter {
  readonly #options: ControllerOptions;

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  emit(event: EmittedEvent): void {
    const { id: environmentId, spec, lifecycle, timers } = this.#options;
    lifecycle.emit({ at: timers.now(), functionArn: spec.functionArn, version: spec.version, environmentId, ...event });
  }

  /** A line of the platform. */
  line(line: PlatformLine): void {
    this.#options.logs.platform(line.type === "init-report" ? { ...line, ...this.#initializationType } : line);
  }

  /** `INIT_START` or `RESTORE_START`. */
  start(type: "init-start" | "restore-start"): void {
    const { runtime, spec, logs } = this.#options;
    const line = { ...runtime, functionName: spec.name, version: spec.version };
    logs.platform(type === "init-start" ? { type, ...line, ...this.#initializationType } : { type, ...line });
  }

  /** `REPORT`, and the end of the invocation in the lifecycle stream. */
  report(effect: Extract<Effect, { type: "log-report" }>, maxMemoryUsedMb: number, facts: RunFacts | undefined): void {
    const { type: _type, extensionsMs, ...report } = effect;
    const { logs, spec } = this.#options;
    logs.platform({ type: "report", ...report, memorySizeMb: spec.memorySizeMb, maxMemoryUsedMb });
    this.emit({
      type: "invocation-end",
      requestId: effect.requestId,
      status: effect.status,
      durationMs: effect.durationMs,
      ...(effect.initDurationMs === undefined ? {} : { initMs: effect.initDurationMs }),
      ...(extensionsMs === undefined ? {} : { extensionsMs }),
      ...facts,
    });
  }

  get #initializationType(): { readonly initializationType?: InitializationType } {
    const { initializationType, spec } = this.#options;
    if (initializationType !== undefined) return { initializationType };
    return spec.snapStart === true ? { initializationType: "snap-start" } : {};
  }
}
