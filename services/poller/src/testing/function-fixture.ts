import type { FunctionDirectory } from "@lambdock/directory/function-directory";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { ACCOUNT, REGION } from "@lambdock/sqs/testing/sqs-fixture";
import { functionSpec } from "@lambdock/model/testing/function-spec";

/** A directory whose function can be taken away. */
export interface SwitchedDirectory extends FunctionDirectory {
  gone: boolean;
}

/** A function `f` of three seconds. */
export function createDirectory(): SwitchedDirectory {
  const spec = functionSpec({ functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f`, accountId: ACCOUNT, region: REGION });
  return {
    gone: false,
    resolve() {
      if (this.gone) throw new AwsError("ResourceNotFoundException", `Function not found: ${spec.functionArn}`);
      return { spec, invokedFunctionArn: spec.functionArn, executedVersion: "$LATEST", roleArn: `arn:aws:iam::${ACCOUNT}:role/r` };
    },
  };
}
