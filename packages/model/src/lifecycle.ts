import type { InitializationType } from "./function-spec.ts";

/**
 * The lifecycle stream's events: small facts that every service emits off the hot path. The
 * console, load reports, `/metrics` and tests read this one stream.
 */
export type LifecycleEvent =
  | {
      readonly type: "environment";
      readonly at: number;
      readonly functionArn: string;
      readonly version: string;
      readonly environmentId: string;
      readonly state: EnvironmentState;
      /** Told when the environment is created; absent is on-demand. */
      readonly initializationType?: InitializationType;
      readonly cause?: string;
    }
  | {
      readonly type: "invocation-start";
      readonly at: number;
      readonly functionArn: string;
      readonly version: string;
      readonly environmentId: string;
      readonly requestId: string;
      readonly cold: boolean;
      /** Version or alias as the caller addressed it, if it did. */
      readonly qualifier?: string;
      /** Runs on provisioned concurrency. */
      readonly provisioned?: true;
      /** Addressed to what has provisioned concurrency, but runs on demand because that is used up. */
      readonly spillover?: true;
    }
  | {
      readonly type: "invocation-end";
      readonly at: number;
      readonly functionArn: string;
      readonly version: string;
      readonly environmentId: string;
      readonly requestId: string;
      readonly status: "success" | "failure" | "error" | "timeout";
      readonly durationMs: number;
      readonly initMs?: number;
      /** As in `invocation-start`. */
      readonly qualifier?: string;
      /** As in `invocation-start`. */
      readonly provisioned?: true;
      /** As in `invocation-start`. */
      readonly spillover?: true;
      /** Time that extensions needed after the runtime was done. */
      readonly extensionsMs?: number;
    }
  | {
      readonly type: "throttle";
      readonly at: number;
      readonly functionArn: string;
      readonly version: string;
      readonly requestId: string;
      readonly reason: string;
      /** As in `invocation-start`. */
      readonly qualifier?: string;
    }
  | {
      readonly type: "async-event";
      readonly at: number;
      readonly functionArn: string;
      readonly qualifier: string;
      readonly requestId: string;
      readonly state: AsyncEventState;
      readonly attempts: number;
      readonly nextAt?: number;
      readonly reason?: string;
      /** Of an `attempt`: milliseconds since the event was accepted. */
      readonly ageMs?: number;
      /** Of a `delivery-failed`: what kind of target did not take it. */
      readonly target?: "destination" | "dead-letter";
    }
  | {
      /** An invocation was not begun because it is part of a recursive loop. */
      readonly type: "recursion-dropped";
      readonly at: number;
      readonly functionArn: string;
      /** As in `invocation-start`. */
      readonly qualifier?: string;
    }
  | {
      /** An executor has started: of an earlier one's environments and invocations none is left. */
      readonly type: "executor";
      readonly at: number;
      readonly change: "started";
    }
  | {
      readonly type: "function";
      readonly at: number;
      readonly functionArn: string;
      readonly change: "created" | "updated" | "deleted" | "active" | "failed";
    }
  | {
      readonly type: "mapping";
      readonly at: number;
      readonly uuid: string;
      readonly functionArn: string;
      readonly eventSourceArn: string;
      readonly step: MappingStep;
      /** Of a stream. */
      readonly shardId?: string;
      /** Messages or records that the step concerns. */
      readonly records?: number;
      /** Of a stream's `batch-invoked`: how old the last record of the batch is. Milliseconds. */
      readonly iteratorAgeMs?: number;
      readonly reason?: string;
    };

/** Steps in the work of an event source mapping. */
export type MappingStep =
  | "state"
  | "batch-polled"
  | "batch-invoked"
  | "batch-succeeded"
  | "batch-failed"
  | "filtered"
  | "checkpointed"
  | "discarded"
  | "delivered"
  | "lease-taken"
  | "lease-lost";

/** What the world can see of an execution environment. */
export type EnvironmentState = "creating" | "spare" | "init" | "idle" | "frozen" | "busy" | "resetting" | "stopping" | "stopped";

/** Steps in the life of an asynchronous event. */
export type AsyncEventState =
  | "queued"
  | "attempt"
  | "retry"
  /** Given up without success; what is to be told of it is delivered afterwards. */
  | "dropped"
  | "delivered"
  | "delivery-failed"
  | "succeeded"
  | "dead";

/** Where lifecycle events go. Emitting never blocks and never throws. */
export interface Lifecycle {
  emit(event: LifecycleEvent): void;
}
