/** What the executor in virtual time keeps of functions, runs and environments. */
import type { InvokeOptions } from "@lambdock/fleet/fleet-protocol";
import type { Group } from "@lambdock/fleet/pool";
import type { ScenarioFunction } from "../scenario/scenario.ts";

/** A function as the fleet knows it. */
export interface SimulatedFunction extends Group {
  readonly settings: ScenarioFunction;
  /** As its callers address it; absent is unqualified. */
  readonly qualifier?: string;
}

/** One invocation; `done` is called once. */
export interface VirtualRun {
  readonly requestId: string;
  /** The function's own work. */
  readonly durationMs: number;
  readonly fails: boolean;
  /** `waitedMs`: until an environment was free, where none could be added. */
  done(outcome: RunOutcome, waitedMs: number): void;
}

/** A run, and where it is to be. */
export interface PlacedRun {
  readonly run: VirtualRun;
  readonly group: SimulatedFunction;
  readonly options: InvokeOptions;
  readonly askedAt: number;
}

export type RunOutcome = "success" | "error" | "throttled";

/** One environment, and what it is doing. */
export interface VirtualEnvironment {
  readonly id: string;
  readonly group: SimulatedFunction;
  readonly initMs: number;
  run: VirtualRun | undefined;
  /** Its run has waited for it so long. */
  waitedMs: number;
  status: "success" | "error" | "timeout";
  durationMs: number;
  initDurationMs: number | undefined;
  options: InvokeOptions;
  provisioned: boolean;
  spillover: boolean;
  /** Stops instead of becoming idle. */
  retiring: boolean;
  /** A timeout has killed the runtime: the next invocation begins with an init inside it. */
  reset: boolean;
}

/** One that is being made. */
export function newEnvironment(id: string, group: SimulatedFunction, initMs: number): VirtualEnvironment {
  return {
    id,
    group,
    initMs,
    run: undefined,
    waitedMs: 0,
    status: "success",
    durationMs: 0,
    initDurationMs: undefined,
    options: {},
    provisioned: false,
    spillover: false,
    retiring: false,
    reset: false,
  };
}

/** Unqualified, and on demand. */
export function isPlain({ options, provisioned, spillover }: VirtualEnvironment): boolean {
  return options.qualifier === undefined && !provisioned && !spillover;
}

/** What the lifecycle events of its run say beside the usual. */
export function addressed({ options, provisioned, spillover }: VirtualEnvironment): {
  readonly qualifier?: string;
  readonly provisioned?: true;
  readonly spillover?: true;
} {
  return {
    ...(options.qualifier === undefined ? {} : { qualifier: options.qualifier }),
    ...(provisioned ? { provisioned: true } : {}),
    ...(spillover ? { spillover: true } : {}),
  };
}
