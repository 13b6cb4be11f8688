/** An asynchronous event as it waits: everything that its attempts, its record and its dead letter need. */
export interface AsyncEvent {
  /** UUID: the same through all attempts, logs, dead letter and destination record. */
  readonly requestId: string;
  readonly accountId: string;
  readonly region: string;
  readonly functionName: string;
  /** As the caller chose it; `$LATEST` when the caller chose none. An alias is resolved at each attempt. */
  readonly qualifier: string;
  /** Unqualified ARN. */
  readonly functionArn: string;
  /** ARN as the caller addressed it. */
  readonly invokedFunctionArn: string;
  /** The JSON document, exactly as accepted. */
  readonly payload: string;
  readonly traceId: string;
  /** Epoch milliseconds of the 202. */
  readonly acceptedAt: number;
  /** Attempts that ran the function. */
  readonly attempts: number;
  /** Consecutive throttles and system errors since the last attempt that ran. */
  readonly setbacks: number;
}

/** Why an event ended (`requestContext.condition` of its record). */
export type Condition = "Success" | "RetriesExhausted" | "EventAgeExceeded" | "ZeroReservedConcurrency";

/** Bounds of the retries, from the event invoke config of the invoked qualifier. */
export interface RetryPolicy {
  /** 0-2, default 2. */
  readonly maximumRetryAttempts: number;
  /** 60-21,600, default 21,600. */
  readonly maximumEventAgeSeconds: number;
}

/** What AWS does when nothing is configured. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 };

/** How one attempt to run an event went. */
export type Attempt =
  | { readonly kind: "success"; readonly executedVersion: string; readonly payload: string }
  | { readonly kind: "function-error"; readonly executedVersion: string; readonly payload: string }
  /** No environment may take it now; not counted as an attempt. */
  | { readonly kind: "throttled"; readonly reason: string }
  /** Reserved concurrency is zero: never retried. */
  | { readonly kind: "zero-concurrency" }
  /** Stopped as part of a recursive loop: never retried. */
  | { readonly kind: "recursion" }
  /** Lambdock or its surroundings failed, not the function; not counted as an attempt. */
  | { readonly kind: "system-error"; readonly message: string };
