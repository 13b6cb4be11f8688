import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { creationOf, errorOf, startControlPlane, until, type ControlPlaneFixture } from "../functions/testing/control-plane-fixture.ts";
import { functionStatement, type AddPermissionInput } from "./function-statement.ts";
import { policyText, withStatement } from "./policy-document.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";
const base: AddPermissionInput = { FunctionName: "f", StatementId: "s", Action: "lambda:InvokeFunction", Principal: "s3.amazonaws.com" };

test.each([
  [{}, { Principal: { Service: "s3.amazonaws.com" } }],
  [{ Principal: "*" }, { Principal: "*" }],
  [{ Principal: "444455556666" }, { Principal: { AWS: "arn:aws:iam::444455556666:root" } }],
  [{ Principal: "arn:aws:iam::444455556666:role/x" }, { Principal: { AWS: "arn:aws:iam::444455556666:role/x" } }],
  [
    { Principal: "alexa-appkit.amazon.com", EventSourceToken: "t" },
    { Principal: { Service: "alexa-appkit.amazon.com" }, Condition: { StringEquals: { "lambda:EventSourceToken": "t" } } },
  ],
  [
    { SourceArn: "arn:aws:s3:::b" },
    { Principal: { Service: "s3.amazonaws.com" }, Condition: { ArnLike: { "AWS:SourceArn": "arn:aws:s3:::b" } } },
  ],
  [
    {
      Principal: "*",
      SourceAccount: "111122223333",
      FunctionUrlAuthType: "NONE",
      PrincipalOrgID: "o-1234567890",
      SourceArn: "arn:aws:s3:::b",
      InvokedViaFunctionUrl: true,
    },
    {
      Principal: "*",
      Condition: {
        StringEquals: { "AWS:SourceAccount": "111122223333", "lambda:FunctionUrlAuthType": "NONE", "aws:PrincipalOrgID": "o-1234567890" },
        ArnLike: { "AWS:SourceArn": "arn:aws:s3:::b" },
        Bool: { "lambda:InvokedViaFunctionUrl": "true" },
      },
    },
  ],
])("a permission of %j becomes AWS's statement", (input, part) => {
  const { Principal, Condition } = part as { Principal: unknown; Condition?: unknown };
  const expected = {
    Sid: "s",
    Effect: "Allow",
    Principal,
    Action: "lambda:InvokeFunction",
    Resource: ARN,
    ...(Condition === undefined ? {} : { Condition }),
  };
  expect(JSON.stringify(functionStatement({ ...base, ...input }, { arn: ARN, region: "us-east-1" }))).toBe(JSON.stringify(expected));
});

test.each(["invalid.nonaws.com", "not an arn", "arn:aws:s3:::b", ""])("%p is no principal", (Principal) => {
  expect(() => functionStatement({ ...base, Principal }, { arn: ARN, region: "us-east-1" })).toThrow(
    "The provided principal was invalid. Please check the principal and try again.",
  );
});

test("a policy grows to 20 KB and no further", () => {
  let policy = withStatement(undefined, functionStatement(base, { arn: ARN, region: "us-east-1" }), "r");
  const grow = (): void => {
    for (let n = 0; ; n += 1)
      policy = withStatement(policy, functionStatement({ ...base, StatementId: `statement-${n}` }, { arn: ARN, region: "us-east-1" }), "r");
  };
  expect(grow).toThrow(
    expect.objectContaining({
      code: "PolicyLengthExceededException",
      awsMessage: expect.stringMatching(/^The final policy size \(20\d{3}\) is bigger than the limit \(20480\)\.$/),
    }),
  );
  expect(policyText(policy.Statement).length).toBeLessThanOrEqual(20_480);
});

(redisInstalled() ? describe : describe.skip)("the policy API of functions", () => {
  let fixture: ControlPlaneFixture;
  beforeAll(async () => {
    fixture = await startControlPlane();
  });
  beforeEach(async () => {
    await fixture.call("DeleteFunction", { FunctionName: "f" }).catch(() => undefined);
    await fixture.call("CreateFunction", await creationOf("f"));
    await until(async () => (await fixture.call("GetFunctionConfiguration", { FunctionName: "f" }))["State"] === "Active");
  });
  afterAll(() => fixture.stop());
  const revision = async (): Promise<string> => (await fixture.call("GetFunctionConfiguration", { FunctionName: "f" }))["RevisionId"];

  test("permissions are added, shown and removed, and the function takes the policy's revisions", async () => {
    const before = await revision();
    await fixture.call("AddPermission", { ...base, RevisionId: before });
    const policy = await fixture.call("GetPolicy", { FunctionName: "f" });
    expect(JSON.parse(policy["Policy"])).toEqual({
      Version: "2012-10-17",
      Id: "default",
      Statement: [
        { Sid: "s", Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: "lambda:InvokeFunction", Resource: ARN },
      ],
    });
    expect(policy["RevisionId"]).not.toBe(before);
    expect(await revision()).toBe(policy["RevisionId"]);
    await fixture.call("AddPermission", { ...base, StatementId: "t" });
    await fixture.call("RemovePermission", { FunctionName: "f", StatementId: "s", RevisionId: await revision() });
    expect(JSON.parse((await fixture.call("GetPolicy", { FunctionName: "f" }))["Policy"]).Statement).toMatchObject([{ Sid: "t" }]);
    await fixture.call("RemovePermission", { FunctionName: "f", StatementId: "t" });
    expect((await errorOf(fixture.call("GetPolicy", { FunctionName: "f" }))).message).toBe("The resource you requested does not exist.");
  });

  test.each([
    [
      "AddPermission",
      { ...base, FunctionName: "f:1", Qualifier: "2" },
      "InvalidParameterValueException",
      "The derived qualifier from the function name does not match the specified qualifier.",
    ],
    [
      "AddPermission",
      { ...base, Qualifier: "$LATEST" },
      "InvalidParameterValueException",
      "We currently do not support adding policies for $LATEST.",
    ],
    ["AddPermission", { ...base, Qualifier: "live" }, "ResourceNotFoundException", `Cannot find alias arn: ${ARN}:live`],
    ["AddPermission", { ...base, Qualifier: "42" }, "ResourceNotFoundException", `Function not found: ${ARN}:42`],
    ["AddPermission", { ...base, Qualifier: "with-$-sign" }, "ResourceNotFoundException", `Function not found: ${ARN}:with-$-sign`],
    [
      "AddPermission",
      { ...base, FunctionName: "none" },
      "ResourceNotFoundException",
      "Function not found: arn:aws:lambda:us-east-1:111122223333:function:none",
    ],
    [
      "AddPermission",
      { ...base, RevisionId: "wrong" },
      "PreconditionFailedException",
      "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id",
    ],
    ["GetPolicy", { FunctionName: "none" }, "ResourceNotFoundException", "The resource you requested does not exist."],
    ["GetPolicy", { FunctionName: "f", Qualifier: "42" }, "ResourceNotFoundException", "The resource you requested does not exist."],
    [
      "RemovePermission",
      { FunctionName: "none", StatementId: "s" },
      "ResourceNotFoundException",
      "No policy found for: arn:aws:lambda:us-east-1:111122223333:function:none",
    ],
    [
      "RemovePermission",
      { FunctionName: "f", StatementId: "s" },
      "ResourceNotFoundException",
      "No policy is associated with the given resource.",
    ],
    [
      "RemovePermission",
      { FunctionName: "f", StatementId: "s", Qualifier: "live" },
      "ResourceNotFoundException",
      `Cannot find alias arn: ${ARN}:live`,
    ],
  ])("%s with %j is refused in AWS's words", async (operation, input, code, message) => {
    expect(await errorOf(fixture.call(operation, input))).toEqual({ code, message });
  });

  test("a statement id is taken once, and only an existing one can be removed", async () => {
    await fixture.call("AddPermission", base);
    expect(await errorOf(fixture.call("AddPermission", base))).toEqual({
      code: "ResourceConflictException",
      message: "The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement.",
    });
    expect((await errorOf(fixture.call("RemovePermission", { FunctionName: "f", StatementId: "other" }))).message).toBe(
      "Statement other is not found in resource policy.",
    );
    expect((await errorOf(fixture.call("RemovePermission", { FunctionName: "f", StatementId: "s", RevisionId: "wrong" }))).code).toBe(
      "PreconditionFailedException",
    );
  });
});
