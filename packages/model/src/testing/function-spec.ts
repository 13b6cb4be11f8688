import type { FunctionSpec } from "../function-spec.ts";

/** A Node.js function `f` of three seconds, for tests; whatever matters to one is given. */
export function functionSpec(given: Partial<FunctionSpec> = {}): FunctionSpec {
  return {
    functionArn: "arn:aws:lambda:us-east-1:000000000000:function:f",
    accountId: "000000000000",
    region: "us-east-1",
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
    ...given,
  };
}
