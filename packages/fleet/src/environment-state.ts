import type { Extension } from "./environment-extensions.ts";
import type { Effect, Ending, Run } from "./environment-protocol.ts";

/** Everything the machine remembers. `phase` says which other members mean something. */
export interface Environment {
  /** `snapshot`: a SnapStart environment whose init is done and which waits to be restored. */
  readonly phase: "creating" | "spare" | "init" | "snapshot" | "restore" | "idle" | "busy" | "stopped";
  /** No runtime process lives: the next invocation begins with a suppressed init. */
  readonly cold: boolean;
  /** Stop instead of becoming idle. */
  readonly retiring: boolean;
  readonly run?: Run;
  /** When the current phase (init, restore) or invocation (busy) began. */
  readonly startedAt: number;
  /** Waiting for the runtime's first `next` inside an invocation. */
  readonly initInsideInvoke: boolean;
  /** The runtime posted a response or an error for the current run. */
  readonly answered?: Ending;
  readonly initDurationMs?: number;
  readonly restoreDurationMs?: number;
  /** Initializes with this limit without waiting for an invocation, milliseconds. */
  readonly initLimitMs?: number;
  /** After init it is restored, with `restore/next`, before its first invocation. */
  readonly snapStart?: true;
  /** Its runtime knows nothing of restoring: it waits for its first invocation already. */
  readonly hookless?: true;
  /** The runtime asked for its first event, while an extension has not yet. */
  readonly runtimeReady?: true;
  /** The runtime asked for its next event at that instant, while extensions still work on this one. */
  readonly runtimeDoneAt?: number;
  /** Absent where there are none, which is the common case and must cost nothing. */
  readonly extensions?: readonly Extension[];
}

export interface Step {
  readonly environment: Environment;
  readonly effects: readonly Effect[];
}

/** A sandbox that is being made, as a spare or for the run that is assigned to it later. */
export const newborn: Environment = { phase: "creating", cold: true, retiring: false, startedAt: 0, initInsideInvoke: false };

/** Longest init of provisioned concurrency and SnapStart for a function of this timeout, milliseconds. */
export function unhurriedInitLimitMs(timeoutMs: number): number {
  return Math.min(Math.max(UNHURRIED_INIT_MS, timeoutMs), UNHURRIED_INIT_MS_MAX);
}

const UNHURRIED_INIT_MS = 130_000;
const UNHURRIED_INIT_MS_MAX = 900_000;

/** Nothing happens. */
export function stay(environment: Environment): Step {
  return { environment, effects: [] };
}

/** The environment between two invocations. */
export function rested(environment: Environment, cold: boolean): Environment {
  return { ...enduring(environment, cold), phase: "idle", initInsideInvoke: false };
}

/** What outlives a run: everything that is of the run or of the phase is left behind. */
export function enduring(environment: Environment, cold: boolean): Environment {
  const { phase, retiring, startedAt, initInsideInvoke, snapStart, extensions } = environment;
  if (snapStart === undefined && extensions === undefined) return { phase, cold, retiring, startedAt, initInsideInvoke };
  return {
    phase,
    cold,
    retiring,
    startedAt,
    initInsideInvoke,
    ...(snapStart === undefined ? {} : { snapStart }),
    ...(extensions === undefined ? {} : { extensions }),
  };
}
