import { AwsError, conflict } from "@lambdock/model/errors/aws-error";
import type { FunctionRecord } from "@lambdock/model/function-record";
import type { FunctionVersionRecord } from "@lambdock/model/function-version";

/** 409 for what can't be done with a function or a version that is not Active. */
export function stateConflict(record: FunctionRecord | FunctionVersionRecord): AwsError {
  if (isOptimizing(record)) {
    return new AwsError(
      "SnapStartNotReadyException",
      "Lambda is initializing your function. It will be ready to invoke once your function state becomes ACTIVE.",
    );
  }
  return conflict(`The operation cannot be performed at this time. The function is currently in the following state: ${record.State}`);
}

/** A version with SnapStart whose first initialization is not over. */
function isOptimizing(record: FunctionRecord | FunctionVersionRecord): boolean {
  return "Content" in record && record.State === "Pending" && record.Content.SnapStart.ApplyOn === "PublishedVersions";
}
