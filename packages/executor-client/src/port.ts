import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { InvokeOutcome, InvokeRequest } from "@lambdock/model/invocation";
import type { ProvisionedAllocation, ReservationTable } from "@lambdock/model/reserved-concurrency";

/**
 * The executor as its callers see it. The same interface in process (embedded) and over HTTP
 * (compose): `http-client.ts` implements it, and so does the executor service itself.
 */
export interface Executor {
  /**
   * Makes a function version runnable: image present, code unpacked, layers merged, a spare
   * sandbox under way. Called while the function is Pending or its update InProgress.
   */
  prepare(spec: FunctionSpec): Promise<PrepareResult>;
  /** Runs the function once. Resolves with how it ended; rejects only on a bug. */
  invoke(request: InvokeRequest): Promise<InvokeOutcome>;
  /**
   * Retires environments of a function: idle ones stop now, busy ones after their invocation.
   * `keepRevision` spares the environments of that revision (an update keeps the new ones).
   */
  retire(functionArn: string, version: string, keepRevision?: string): Promise<void>;
  /**
   * Puts reserved and provisioned concurrency in force from the next invocation on, and begins what
   * has to be allocated. An older table than the one in force is ignored, so that callers may race.
   */
  reserve(table: ReservationTable): Promise<void>;
  /** How far the allocation of provisioned concurrency has come, of every configuration in force. */
  allocations(): Promise<readonly ProvisionedAllocation[]>;
  /** True when the executor can run functions now; otherwise a sentence with the cure. */
  health(): Promise<{ readonly ok: true } | { readonly ok: false; readonly message: string }>;
}

/** How preparing ended; a failure carries AWS's StateReasonCode and one sentence with the cure. */
export type PrepareResult =
  /** `resolvedImageUri`: an image function's `repository@sha256:…`; `runtimeVersionArn`: as INIT_START names it. Absent when not known. */
  | { readonly kind: "ready"; readonly resolvedImageUri?: string; readonly runtimeVersionArn?: string }
  | {
      readonly kind: "failed";
      readonly reasonCode: string;
      readonly reason: string;
      /** `ResolvedImageUri` never resolved. */ readonly imageUri?: string;
    };
