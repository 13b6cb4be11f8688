import type { InitializationType } from "@lambdock/model/function-spec";
import type { ThrottleReason } from "@lambdock/model/invocation";
import type { ProvisionedAllocation, ProvisionedTarget, ReservationTable } from "@lambdock/model/reserved-concurrency";
import type { Range } from "./lifetime.ts";
import type { Group } from "./pool.ts";

/** Bounds of the fleet. Counts are of environments, unless they say otherwise; durations are of the clock that `now` shows. */
export interface FleetLimits {
  /** Concurrent executions of one account in one region; one more is throttled. */
  readonly accountConcurrency: number;
  /** Environments per function version; at this bound invocations wait for one. 0: no bound. */
  readonly environmentsPerFunction: number;
  /** Sandboxes being made at once. */
  readonly parallelStarts: number;
  /** Spare sandboxes kept per function version that is in use; after a burst of cold starts more, as far as there is room. 0: none. */
  readonly sparesPerFunction: number;
  /** Spare sandboxes in all; one beyond its function's number, else the longest unused, is given up for a new one. */
  readonly spares: number;
  /** New environments that a function may take into use at once. AWS: 1,000. 0: no bound, whatever the rate. */
  readonly scalingBurst: number;
  /** And so many more per second. AWS: 100. */
  readonly scalingPerSecond: number;
  /** Synchronous invocations per second for each concurrent execution of a limit. AWS: 10. 0: no bound. */
  readonly requestsPerConcurrency: number;
  /** Allocating provisioned concurrency begins so long after it was asked for. */
  readonly provisionedDelayMs: number;
  /** Provisioned environments of a function begun per minute. AWS: 6,000. 0: no bound. */
  readonly provisionedPerMinute: number;
  /** An environment that was idle for a time out of this range is stopped. */
  readonly idleMs: Range;
  /** So often half of a function version's environments that were not used since are stopped. 0: never. */
  readonly idleHalvingMs: number;
  /** An environment is replaced at an age out of this range. */
  readonly ageMs: Range;
}

/** What a fleet is made with. */
export interface FleetOptions {
  readonly limits: FleetLimits;
  /** Names environments. */
  readonly newId: () => string;
  /** Uniform from 0 up to 1, as `Math.random`; a seeded one makes the fleet repeatable. */
  readonly random: () => number;
}

/** How an invocation was addressed. */
export interface InvokeOptions {
  /** Version or alias as the caller wrote it; what is provisioned for that, or for the version behind it, may be used. */
  readonly qualifier?: string | undefined;
  /** True for an asynchronous event: quotas of requests per second do not count it. */
  readonly event?: boolean;
}

/** A reservation table whose specifications are the fleet's groups; a {@link ReservationTable} is one for specifications. */
export type FleetTable<G extends Group> = Pick<ReservationTable, "generation" | "functions"> & {
  readonly provisioned?: readonly FleetTarget<G>[];
};

/** One provisioned concurrency configuration. */
export type FleetTarget<G extends Group> = Pick<ProvisionedTarget, "functionArn" | "qualifier" | "id"> & {
  readonly environments: readonly { readonly spec: G; readonly count: number }[];
};

/** What the fleet wants done. */
export type FleetEffect<G extends Group> =
  /** Make the sandbox; answer with `created` or `gone`. Without a type it is on-demand. */
  | { readonly type: "create"; readonly environmentId: string; readonly group: G; readonly initializationType?: InitializationType }
  /** Initialize the made environment without an invocation; answer with `initialized` or `initFailed`. */
  | { readonly type: "initialize"; readonly environmentId: string }
  | {
      readonly type: "assign";
      readonly environmentId: string;
      readonly runId: string;
      /** True when the environment has to be initialized for it. */
      readonly cold: boolean;
      /** Runs on provisioned concurrency. */
      readonly provisioned?: true;
      /** Runs on demand because what is provisioned is used up. */
      readonly spillover?: true;
    }
  | { readonly type: "throttle"; readonly runId: string; readonly reason: ThrottleReason; readonly retryAfterSeconds: number }
  /** The environment that was being made for this run could not be: tell its caller. */
  | { readonly type: "abandon"; readonly environmentId: string; readonly runId: string }
  /** Call `impatient` at that instant: the run may not wait longer for an environment that finishes. */
  | { readonly type: "patience"; readonly runId: string; readonly at: number }
  /** The environment shall stop: now when idle, else after its run. */
  | { readonly type: "retire"; readonly environmentId: string };

/** Effects in the order in which they shall be performed. */
export type FleetEffects<G extends Group> = readonly FleetEffect<G>[];

/** The decisions; every method answers what shall happen. */
export interface Fleet<G extends Group> {
  /** An invocation arrived. */
  invoke(group: G, runId: string, now: number, options?: InvokeOptions): FleetEffects<G>;
  /** The function version is about to be used: have a spare ready. */
  prepare(group: G, now: number): FleetEffects<G>;
  /** The sandbox is made; `create` was answered. */
  created(environmentId: string, now: number): FleetEffects<G>;
  /** The environment is initialized; `initialize` was answered. */
  initialized(environmentId: string, now: number): FleetEffects<G>;
  /** The function's init failed or took too long: `initialize` was answered, and `gone` follows. */
  initFailed(environmentId: string, now: number): FleetEffects<G>;
  /** The environment's caller has the answer; the runtime is about to ask for more. */
  answered(environmentId: string): void;
  /** The run waited long enough: it gets another environment, or is throttled. */
  impatient(runId: string, now: number): FleetEffects<G>;
  /** The environment finished its run and is warm (or reset) again. */
  idle(environmentId: string, now: number): FleetEffects<G>;
  /** The environment is stopped, lost, or could not be made. */
  gone(environmentId: string, now: number): FleetEffects<G>;
  /** Retires the environments of a function version but for one revision. */
  retire(functionArn: string, version: string, keepRevision: string | undefined, now: number): FleetEffects<G>;
  /** Puts reserved and provisioned concurrency in force; an older table than that in force is ignored. */
  reserve(table: FleetTable<G>, now: number): FleetEffects<G>;
  /** How far the allocation of each provisioned concurrency has come. */
  allocations(): readonly ProvisionedAllocation[];
  /** Stops what has lived or been idle for too long, and begins what is due. Call about once a second. */
  reap(now: number): FleetEffects<G>;
  /** Invocations admitted and not yet answered. */
  readonly inFlight: number;
  readonly environments: number;
}
