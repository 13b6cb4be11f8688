/** A scenario as it was read from its file: what runs, under which limits, and what arrives when. */
import type { ColdStartModel } from "@lambdock/fleet/cold-start-model";
import type { Phase } from "../arrivals/arrivals.ts";
import type { DurationModel } from "../durations.ts";

export interface Scenario {
  readonly name: string;
  readonly description?: string;
  /** Decides everything that is random: arrivals, durations, cold starts. */
  readonly seed: number;
  readonly limits: Limits;
  readonly coldStart: ColdStartModel;
  readonly functions: readonly ScenarioFunction[];
  readonly traffic: readonly Traffic[];
  /** After the last arrival: how long to wait for what is still under way. Milliseconds. */
  readonly drainMs: number;
}

/** As AWS has them unless the file says otherwise. Absent members were not named: a real run takes those of its endpoint. */
export interface Limits {
  readonly accountConcurrency?: number;
  /** So much of it can neither be reserved nor provisioned; all of it in an account that is smaller. */
  readonly unreservedMinimum?: number;
  /** Environments that a function may add at once, and per second after that. */
  readonly scalingBurst?: number;
  readonly scalingPerSecond?: number;
  readonly requestsPerConcurrency?: number;
  readonly environmentsPerFunction?: number;
  readonly parallelStarts?: number;
  readonly sparesPerFunction?: number;
  readonly spares?: number;
  readonly idleMs?: MillisecondRange;
  readonly ageMs?: MillisecondRange;
  readonly idleHalvingMs?: number;
  readonly provisionedDelayMs?: number;
  /** Asynchronous events of one function tried at once, at most. */
  readonly asyncDispatch?: number;
  /** Delays and ages of queues pass so many times faster. */
  readonly timeScale?: number;
}

export interface MillisecondRange {
  readonly min: number;
  readonly max: number;
}

/** Where a function's code comes from in a real run. */
export type Code =
  /** It is there already. */
  | { readonly kind: "existing" }
  /** A folder, which becomes the package. */
  | { readonly kind: "folder"; readonly folder: string }
  /** The text of one file. */
  | { readonly kind: "inline"; readonly text: string }
  /** Waits as long as `duration` says, and tells when it began and ended. */
  | { readonly kind: "modelled" };

export interface ScenarioFunction {
  readonly name: string;
  readonly code: Code;
  readonly runtime: string;
  readonly handler: string;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly architecture: "x86_64" | "arm64";
  readonly reserved?: number;
  /** Then the traffic goes to a published version. */
  readonly provisioned?: number;
  /** For the simulator, and for functions of kind `modelled`. */
  readonly duration: DurationModel;
  /** Share of invocations that fail, 0-1; for the simulator, and for functions of kind `modelled`. */
  readonly errorRate: number;
}

/** One stream of requests to one function. */
export interface Traffic {
  readonly function: string;
  readonly via: Via;
  /** After so long the phases begin, milliseconds. */
  readonly startMs: number;
  readonly phases: readonly Phase[];
  /** JSON. Functions of kind `modelled` get their duration in place of it. */
  readonly payload: string;
}

export type Via =
  | { readonly kind: "sync" }
  | { readonly kind: "async" }
  | ({ readonly kind: "sqs" } & SqsSource)
  | ({ readonly kind: "kinesis" } & KinesisSource);

/** A queue that is made for the run, and its mapping. */
export interface SqsSource {
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly maximumConcurrency?: number;
  readonly visibilitySeconds: number;
}

/** A stream that is made for the run, and its mapping. */
export interface KinesisSource {
  readonly shards: number;
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly parallelization: number;
  /** Different partition keys. */
  readonly keys: number;
}

/** AWS's figures (scaling.md section 9), and no spares: AWS has its own pools, which the cold start model includes. */
export const AWS_LIMITS: Required<Limits> = {
  accountConcurrency: 1_000,
  unreservedMinimum: 100,
  scalingBurst: 1_000,
  scalingPerSecond: 100,
  requestsPerConcurrency: 10,
  environmentsPerFunction: 0,
  parallelStarts: 100_000,
  sparesPerFunction: 0,
  spares: 0,
  idleMs: { min: 300_000, max: 900_000 },
  ageMs: { min: 7_200_000, max: 28_800_000 },
  idleHalvingMs: 300_000,
  provisionedDelayMs: 0,
  asyncDispatch: 1_000,
  timeScale: 1,
};
