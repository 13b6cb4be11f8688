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
    }
  | {
      readonly type: "throttle";
      readonly at: number;
      readonly functionArn: string;
      readonly version: string;
      readonly requestId: string;
      readonly reason: string;
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
export type EnvironmentState = "creating" | "spare" | "init" | "idle" | "busy" | "resetting" | "stopping" | "stopped";

/** Steps in the life of an asynchronous event. */
export type AsyncEventState = "queued" | "attempt" | "retry" | "delivered" | "delivery-failed" | "succeeded" | "dead";

/** Where lifecycle events go. Emitting never blocks and never throws. */
export interface Lifecycle {
  emit(event: LifecycleEvent): void;
}
