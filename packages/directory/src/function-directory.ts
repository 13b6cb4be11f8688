import type { Scope } from "@lambdock/model/arn";
import type { FunctionSpec } from "@lambdock/model/function-spec";

/** What an invocation needs to know about its target. */
export interface ResolvedFunction {
  readonly spec: FunctionSpec;
  /** As the caller addressed it: qualified only when the caller gave a qualifier. */
  readonly invokedFunctionArn: string;
  readonly executedVersion: string;
  /** The function's execution role. */
  readonly roleArn: string;
}

/**
 * Functions by name for the data plane, from memory on the warm path. Throws AwsError: not found,
 * wrong region or account, qualifier mismatch, not Active.
 */
export interface FunctionDirectory {
  resolve(scope: Scope, functionName: string, qualifier: string | undefined): ResolvedFunction | Promise<ResolvedFunction>;
}
