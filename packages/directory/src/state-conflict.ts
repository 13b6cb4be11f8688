import { conflict, type AwsError } from "@lambdock/model/errors/aws-error";
import type { FunctionRecord } from "@lambdock/model/function-record";

/** 409 for what can't be done with a function that is not Active. */
export function stateConflict(record: FunctionRecord): AwsError {
  return conflict(`The operation cannot be performed at this time. The function is currently in the following state: ${record.State}`);
}
