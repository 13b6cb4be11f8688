/** What goes into the work on a shard, and what comes out of it. */
import type { StreamPolicy } from "./stream-policy.ts";
import type { PendingRecord, StreamRecord } from "./stream-record.ts";

/** What happened. `batch` is the id of the effect that is answered; answers to unknown ones change nothing. */
export type ShardEvent =
  | {
      readonly type: "read";
      readonly records: readonly StreamRecord[];
      /** The shard is closed, and nothing follows. */
      readonly closed: boolean;
      /** Nothing more was there when it was asked: epoch milliseconds of the request. */
      readonly caughtUpAt?: number;
    }
  | { readonly type: "invoked"; readonly batch: number; readonly outcome: BatchOutcome }
  | { readonly type: "discarded"; readonly batch: number }
  /** The position is none of this stream's (it was made anew): what is read from here on is new. */
  | { readonly type: "rewound" }
  | { readonly type: "wake" }
  | { readonly type: "policy"; readonly policy: StreamPolicy };

/** How an invocation ended. Throttles and service errors are no attempts. */
export type BatchOutcome =
  | { readonly kind: "answered"; readonly answer: string; readonly requestId: string; readonly executedVersion: string }
  | { readonly kind: "function-error"; readonly requestId: string; readonly executedVersion: string }
  | { readonly kind: "throttled" }
  /** `problem`: the sentence for `LastProcessingResult`. */
  | { readonly kind: "service-error"; readonly problem: string };

/** What is to be done. */
export type ShardEffect =
  | { readonly type: "invoke"; readonly batch: number; readonly records: readonly PendingRecord[]; readonly window?: WindowInvoke }
  /** Tell the on-failure destination, if there is one; answered by `discarded`. */
  | { readonly type: "discard"; readonly batch: number; readonly records: readonly PendingRecord[]; readonly failure: BatchFailure }
  /** To be stored: everything up to it is done. */
  | { readonly type: "checkpoint"; readonly checkpoint: ShardCheckpoint }
  /** Send `wake` then; a later one replaces it. Epoch milliseconds. */
  | { readonly type: "wake"; readonly at: number }
  /** `LastProcessingResult`. */
  | { readonly type: "result"; readonly result: string }
  /** `failedInvoke`: the function failed these, as opposed to nobody having run it. */
  | {
      readonly type: "report";
      readonly step: ReportedStep;
      readonly records: number;
      readonly reason?: string;
      readonly failedInvoke?: true;
    }
  /** The shard is closed and everything in it done: its children may be read. */
  | { readonly type: "finished" };

/** What the lifecycle stream is told. */
export type ReportedStep = "batch-polled" | "filtered" | "batch-succeeded" | "batch-failed" | "discarded";

/** How far a shard is. */
export interface ShardCheckpoint {
  readonly sequenceNumber?: string;
  /** The tumbling window that is open. */
  readonly window?: OpenWindow;
}

/** A tumbling window between two of its invocations. */
export interface OpenWindow {
  /** Epoch milliseconds. */
  readonly start: number;
  /** What the function returned last, JSON. */
  readonly state: string;
}

/** What a tumbling window adds to an invocation. */
export interface WindowInvoke extends OpenWindow {
  /** Epoch milliseconds. */
  readonly end: number;
  readonly final: boolean;
  readonly terminatedEarly: boolean;
}

/** Why records were given up (esm.md section 4.3). */
export interface BatchFailure {
  readonly condition: "RetryAttemptsExhausted" | "RecordAgeExceeded";
  readonly approximateInvokeCount: number;
  /** The last invocation that failed. */
  readonly last?: FailedInvoke;
}

/** An invocation that failed. */
export interface FailedInvoke {
  readonly requestId: string;
  readonly executedVersion: string;
  /** `null`: the function answered, and its answer failed the batch. */
  readonly functionError: "Unhandled" | null;
}
