import type { FunctionSpec } from "./function-spec.ts";

/** One synchronous run of a function, as the executor is asked for it. */
export interface InvokeRequest {
  readonly spec: FunctionSpec;
  /** UUID: the API's `x-amzn-RequestId`, the runtime's request id and the one in the logs. */
  readonly requestId: string;
  /** The JSON document, exactly as the function shall see it. */
  readonly payload: Uint8Array;
  /** The ARN as the caller addressed it, with alias or version only if the caller used one. */
  readonly invokedFunctionArn: string;
  /** `Root=…;Parent=…;Sampled=…[;Lineage=…]`. */
  readonly traceId: string;
  /** Decoded JSON text of `X-Amz-Client-Context`. */
  readonly clientContext?: string;
  /** JSON text for `Lambda-Runtime-Cognito-Identity`. */
  readonly cognitoIdentity?: string;
  /** True: the outcome carries the last 4,096 bytes of the run's log. */
  readonly tail: boolean;
  /** Present for an asynchronous event: quotas of requests per second do not count it. A poller's batch is synchronous. */
  readonly invocationType?: "event";
  /** Buffered: one payload. Streaming: chunks as the runtime writes them. */
  readonly mode: "buffered" | "streaming";
}

/** Why an invocation was throttled (`Reason` of TooManyRequestsException). */
export type ThrottleReason =
  | "ConcurrentInvocationLimitExceeded"
  | "ReservedFunctionConcurrentInvocationLimitExceeded"
  | "FunctionInvocationRateLimitExceeded"
  | "ReservedFunctionInvocationRateLimitExceeded"
  | "CallerRateLimitExceeded"
  | "ConcurrentSnapshotCreateLimitExceeded";

/** How a run ended. A function's own failure is an outcome, never an exception. */
export type InvokeOutcome =
  | {
      readonly kind: "completed";
      readonly payload: Uint8Array;
      readonly contentType: string;
      readonly functionError?: "Unhandled";
      /** So long no environment was free and none could be added; absent when none had to be waited for. */
      readonly waitedMs?: number;
      readonly logTail?: Uint8Array;
    }
  | {
      readonly kind: "streaming";
      readonly contentType: string;
      readonly chunks: AsyncIterable<Uint8Array>;
      readonly completion: Promise<StreamCompletion>;
    }
  | { readonly kind: "throttled"; readonly reason: ThrottleReason; readonly retryAfterSeconds?: number }
  /** A snapshot could not be restored: an error of the API, the function did not run. */
  | {
      readonly kind: "snap-start-error";
      readonly code: "SnapStartException" | "SnapStartTimeoutException";
      readonly message: string;
    }
  /** Lambdock could not run it: one sentence that says what is wrong and what to do. Never the function's fault. */
  | { readonly kind: "unavailable"; readonly message: string };

/** What `InvokeComplete` says after the last chunk. */
export interface StreamCompletion {
  readonly errorCode?: string;
  /** The error document as a string. */
  readonly errorDetails?: string;
  readonly logTail?: Uint8Array;
}
