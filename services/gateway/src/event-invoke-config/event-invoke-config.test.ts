import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import {
  creationOf,
  errorOf,
  SCOPE,
  startControlPlane,
  type Answer,
  type ControlPlaneFixture,
} from "../functions/testing/control-plane-fixture.ts";

const ARN = "arn:aws:lambda:us-east-1:111122223333:function:f";
const LATEST_ARN = `${ARN}:$LATEST`;
const QUEUE = "arn:aws:sqs:us-east-1:111122223333:q";
const NONE = { OnSuccess: {}, OnFailure: {} };
const GONE = { code: "ResourceNotFoundException", message: "The function doesn't exist." };
const invalid = (message: string): object => ({ code: "InvalidParameterValueException", message });
const withoutConfig = (arn: string): object => ({
  code: "ResourceNotFoundException",
  message: `The function ${arn} doesn't have an EventInvokeConfig`,
});

(redisInstalled() ? describe : describe.skip)("event invoke configs", () => {
  let fixture: ControlPlaneFixture;
  beforeAll(async () => {
    fixture = await startControlPlane();
    await fixture.call("CreateFunction", await creationOf("other"));
  });
  beforeEach(async () => {
    await fixture.call("DeleteFunction", { FunctionName: "f" }).catch(() => undefined);
    await fixture.call("CreateFunction", await creationOf("f"));
  });
  afterAll(() => fixture.stop());

  const put = (input: object): Promise<Answer> => fixture.call("PutFunctionEventInvokeConfig", { FunctionName: "f", ...input });
  const update = (input: object): Promise<Answer> => fixture.call("UpdateFunctionEventInvokeConfig", { FunctionName: "f", ...input });
  const get = (input: object = {}): Promise<Answer> => fixture.call("GetFunctionEventInvokeConfig", { FunctionName: "f", ...input });
  const list = (input: object = {}): Promise<Answer> => fixture.call("ListFunctionEventInvokeConfigs", { FunctionName: "f", ...input });
  const remove = (input: object = {}): Promise<Answer> => fixture.call("DeleteFunctionEventInvokeConfig", { FunctionName: "f", ...input });

  test("putting replaces everything, updating keeps what is not given", async () => {
    const before = Date.now();
    const first = await put({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60 });
    expect(first).toEqual({
      FunctionArn: LATEST_ARN,
      LastModified: expect.any(Number),
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: NONE,
    });
    expect(first["LastModified"] * 1_000).toBeGreaterThanOrEqual(before - 1);
    expect(await put({ MaximumRetryAttempts: 0 })).not.toHaveProperty("MaximumEventAgeInSeconds");
    expect(await update({ MaximumEventAgeInSeconds: 21_600 })).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 21_600 });
    expect(await get({ Qualifier: "$LATEST" })).toMatchObject({
      FunctionArn: LATEST_ARN,
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 21_600,
    });
    expect(await get({ FunctionName: `${ARN}:$LATEST` })).toEqual(await get());
  });

  test("destinations are set and cleared one by one", async () => {
    const other = "arn:aws:lambda:us-east-1:111122223333:function:other";
    const bucket = "arn:aws:s3:::failures";
    expect(await put({ DestinationConfig: { OnSuccess: { Destination: other } } })).toMatchObject({
      DestinationConfig: { OnSuccess: { Destination: other }, OnFailure: {} },
    });
    expect((await update({ DestinationConfig: { OnFailure: { Destination: bucket } } }))["DestinationConfig"]).toEqual({
      OnSuccess: { Destination: other },
      OnFailure: { Destination: bucket },
    });
    expect((await update({ MaximumRetryAttempts: 1 }))["DestinationConfig"]).toEqual({
      OnSuccess: { Destination: other },
      OnFailure: { Destination: bucket },
    });
    expect((await update({ DestinationConfig: { OnSuccess: { Destination: "" } } }))["DestinationConfig"]).toEqual({
      OnSuccess: {},
      OnFailure: { Destination: bucket },
    });
    expect((await put({ DestinationConfig: { OnFailure: {} } }))["DestinationConfig"]).toEqual(NONE);
  });

  test.each([
    ["an SQS queue", QUEUE],
    ["a FIFO queue, which fails on delivery", `${QUEUE}.fifo`],
    ["another account's queue", "arn:aws:sqs:us-east-1:444455556666:q"],
    ["an SNS topic", "arn:aws:sns:us-east-1:111122223333:t"],
    ["an event bus", "arn:aws:events:us-east-1:111122223333:event-bus/default"],
    ["another function", "arn:aws:lambda:us-east-1:111122223333:function:other:$LATEST"],
  ])("%s may be either destination", async (_name, Destination) => {
    const DestinationConfig = { OnSuccess: { Destination }, OnFailure: { Destination } };
    expect(await put({ DestinationConfig })).toMatchObject({ DestinationConfig });
  });

  test.each([
    [
      "nothing at all, whether the function exists or not",
      { FunctionName: "none" },
      invalid("You must specify at least one of error handling or destination setting."),
    ],
    ["an unknown function", { FunctionName: "none", MaximumRetryAttempts: 1 }, GONE],
    ["an unknown function by its ARN", { FunctionName: `${ARN}x`, MaximumRetryAttempts: 1 }, GONE],
    ["an unknown alias", { Qualifier: "live", MaximumRetryAttempts: 1 }, GONE],
    ["an unknown version", { FunctionName: "f:1", MaximumRetryAttempts: 1 }, GONE],
    [
      "two qualifiers",
      { FunctionName: "f:1", Qualifier: "$LATEST", MaximumRetryAttempts: 1 },
      invalid("The derived qualifier from the function name does not match the specified qualifier."),
    ],
    [
      "the function itself",
      { DestinationConfig: { OnSuccess: { Destination: ARN } } },
      invalid("You can't specify the function as a destination for itself."),
    ],
    [
      "a function that does not exist",
      { DestinationConfig: { OnSuccess: { Destination: `${ARN}x` } } },
      invalid(`The destination ARN ${ARN}x is invalid.`),
    ],
    [
      "a version that does not exist",
      { DestinationConfig: { OnFailure: { Destination: "arn:aws:lambda:us-east-1:111122223333:function:other:7" } } },
      invalid("The destination ARN arn:aws:lambda:us-east-1:111122223333:function:other:7 is invalid."),
    ],
    [
      "something that is no function",
      { DestinationConfig: { OnFailure: { Destination: "arn:aws:lambda:us-east-1:111122223333:layer:l" } } },
      invalid("The destination ARN arn:aws:lambda:us-east-1:111122223333:layer:l is invalid."),
    ],
    [
      "a queue of another region",
      { DestinationConfig: { OnFailure: { Destination: "arn:aws:sqs:eu-west-1:111122223333:q" } } },
      invalid("The destination ARN arn:aws:sqs:eu-west-1:111122223333:q is invalid."),
    ],
    ...[
      ["a queue without a name", "arn:aws:sqs:us-east-1:111122223333:"],
      ["a queue of nobody", "arn:aws:sqs:us-east-1::q"],
      ["a queue of another partition", "arn:aws-cn:sqs:us-east-1:111122223333:q"],
      ["a subscription", "arn:aws:sns:us-east-1:111122223333:t:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55"],
      ["a rule of an event bus", "arn:aws:events:us-east-1:111122223333:rule/r"],
      ["a folder of a bucket", "arn:aws:s3:::failures/folder"],
    ].map(
      ([name, Destination]) =>
        [name!, { DestinationConfig: { OnFailure: { Destination } } }, invalid(`The destination ARN ${Destination} is invalid.`)] as const,
    ),
    [
      "a service that takes no records",
      { DestinationConfig: { OnSuccess: { Destination: ARN.replace("lambda", "iam") } } },
      invalid(
        `The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=${ARN.replace("lambda", "iam")}), onFailure=null) is invalid.`,
      ),
    ],
    [
      "a bucket for successes",
      { DestinationConfig: { OnSuccess: { Destination: "arn:aws:s3:::b" }, OnFailure: { Destination: QUEUE } } },
      invalid(
        `The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:s3:::b), onFailure=OnFailure(destination=${QUEUE})) is invalid.`,
      ),
    ],
  ])("%s is refused, and nothing is stored", async (_name, input, error) => {
    expect(await errorOf(put(input))).toEqual(error);
    expect(await list()).toEqual({ FunctionEventInvokeConfigs: [] });
  });

  test("what has no config is not found, be it that the function does not exist", async () => {
    expect(await errorOf(get())).toEqual(withoutConfig(LATEST_ARN));
    expect(await errorOf(get({ Qualifier: "live" }))).toEqual(withoutConfig(`${ARN}:live`));
    expect(await errorOf(get({ FunctionName: "none" }))).toEqual(
      withoutConfig("arn:aws:lambda:us-east-1:111122223333:function:none:$LATEST"),
    );
    expect(await errorOf(remove())).toEqual(withoutConfig(LATEST_ARN));
    expect(await errorOf(remove({ FunctionName: "none" }))).toEqual(
      withoutConfig("arn:aws:lambda:us-east-1:111122223333:function:none:$LATEST"),
    );
    expect(await errorOf(update({ MaximumRetryAttempts: 1 }))).toEqual(withoutConfig(LATEST_ARN));
    expect(await errorOf(update({ FunctionName: "none", MaximumRetryAttempts: 1 }))).toEqual(GONE);
    expect(await errorOf(list({ FunctionName: "none" }))).toEqual(GONE);
  });

  test("a deleted config is gone, and so is that of a deleted function", async () => {
    await put({ MaximumRetryAttempts: 1 });
    expect(await remove({ Qualifier: "$LATEST" })).toEqual({});
    expect(await errorOf(get())).toEqual(withoutConfig(LATEST_ARN));
    await put({ MaximumRetryAttempts: 1 });
    await fixture.call("DeleteFunction", { FunctionName: "f" });
    await fixture.call("CreateFunction", await creationOf("f"));
    expect(await errorOf(get())).toEqual(withoutConfig(LATEST_ARN));
  });

  test("configs are listed in pages, the unpublished version's first", async () => {
    await put({ MaximumRetryAttempts: 1 });
    const stored = JSON.stringify({ LastModified: 1, DestinationConfig: NONE });
    await fixture.redis.client.hset(`lambdock:${SCOPE.accountId}:${SCOPE.region}:event-invoke-configs:f`, "1", stored, "live", stored);
    const arns = (page: Answer): string[] => page["FunctionEventInvokeConfigs"].map((config: Answer) => config["FunctionArn"]);
    const first = await list({ MaxItems: 2 });
    expect(arns(first)).toEqual([LATEST_ARN, `${ARN}:1`]);
    const second = await list({ MaxItems: 2, Marker: first["NextMarker"] });
    expect(arns(second)).toEqual([`${ARN}:live`]);
    expect(second).not.toHaveProperty("NextMarker");
    expect(arns(await list())).toHaveLength(3);
  });
});
