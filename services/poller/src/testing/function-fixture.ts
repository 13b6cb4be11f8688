import type { FunctionDirectory } from "@lambdock/directory/function-directory";
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import { ACCOUNT, REGION } from "@lambdock/sqs/testing/sqs-fixture";

/** A directory whose function can be taken away. */
export interface SwitchedDirectory extends FunctionDirectory {
  gone: boolean;
}

/** A function `f` of three seconds. */
export function createDirectory(): SwitchedDirectory {
  const spec: FunctionSpec = {
    functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f`,
    accountId: ACCOUNT,
    region: REGION,
    name: "f",
    version: "$LATEST",
    revision: "1",
    package: { kind: "zip", runtime: "nodejs24.x", handler: "index.handler", codeSha256: "0", layers: [] },
    environment: {},
    memorySizeMb: 128,
    timeoutMs: 3_000,
    ephemeralStorageMb: 512,
    architecture: "x86_64",
    logging: { format: "Text", logGroup: "/aws/lambda/f" },
    tracing: "PassThrough",
  };
  return {
    gone: false,
    resolve() {
      if (this.gone) throw new AwsError("ResourceNotFoundException", `Function not found: ${spec.functionArn}`);
      return { spec, invokedFunctionArn: spec.functionArn, executedVersion: "$LATEST", roleArn: `arn:aws:iam::${ACCOUNT}:role/r` };
    },
  };
}
