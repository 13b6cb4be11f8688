import type { ThrottleReason } from "@lambdock/model/invocation";
import type { ReservationTable } from "@lambdock/model/reserved-concurrency";
import type { Group } from "./pool.ts";

/** Bounds of the fleet. All counts are of environments. */
export interface FleetLimits {
  /** Invocations in flight in one account and region; one more is throttled. */
  readonly accountConcurrency: number;
  /** Environments per function version; at this bound invocations wait for one. 0: no bound. */
  readonly environmentsPerFunction: number;
  /** Sandboxes being made at once. */
  readonly parallelStarts: number;
  /** Spare sandboxes kept per function version that is in use. */
  readonly sparesPerFunction: number;
  /** Spare sandboxes in all; the longest unused is given up for a new one. */
  readonly spares: number;
  /** An environment that was idle for so long is stopped, milliseconds. */
  readonly idleMs: number;
}

/** What the fleet wants done. */
export type FleetEffect<G extends Group> =
  /** Make the sandbox; answer with `created` or `gone`. */
  | { readonly type: "create"; readonly environmentId: string; readonly group: G }
  | { readonly type: "assign"; readonly environmentId: string; readonly runId: string; readonly cold: boolean }
  | { readonly type: "throttle"; readonly runId: string; readonly reason: ThrottleReason }
  /** The environment that was being made for this run could not be: tell its caller. */
  | { readonly type: "abandon"; readonly environmentId: string; readonly runId: string }
  /** Call `impatient` at that instant: the run may not wait longer for an environment that finishes. */
  | { readonly type: "patience"; readonly environmentId: string; readonly runId: string; readonly at: number }
  /** The environment shall stop: now when idle, else after its run. */
  | { readonly type: "retire"; readonly environmentId: string };

/** The decisions; every method answers what shall happen. */
export interface Fleet<G extends Group> {
  /** An invocation arrived. */
  invoke(group: G, runId: string, now: number): FleetEffect<G>[];
  /** The function version is about to be used: have a spare ready. */
  prepare(group: G, now: number): FleetEffect<G>[];
  /** The sandbox is made; `create` was answered. */
  created(environmentId: string, now: number): FleetEffect<G>[];
  /** The environment's caller has the answer; the runtime is about to ask for more. */
  answered(environmentId: string): void;
  /** The run waited long enough for this environment: it gets another. */
  impatient(environmentId: string, runId: string, now: number): FleetEffect<G>[];
  /** The environment finished its run and is warm (or reset) again. */
  idle(environmentId: string, now: number): FleetEffect<G>[];
  /** The environment is stopped, lost, or could not be made. */
  gone(environmentId: string, now: number): FleetEffect<G>[];
  /** Retires the environments of a function version but for one revision. */
  retire(functionArn: string, version: string, keepRevision: string | undefined, now: number): FleetEffect<G>[];
  /** Puts reserved concurrency in force, from the next invocation on; an older table than that in force is ignored. */
  reserve(table: ReservationTable): void;
  /** Stops what has been idle for too long. Call now and then. */
  reap(now: number): FleetEffect<G>[];
  readonly inFlight: number;
  readonly environments: number;
}
