import { createHash } from "node:crypto";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetLayerVersionByArnCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  ListTagsCommand,
  paginateListFunctions,
  PublishLayerVersionCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { startControlPlane, zipOf, type ControlPlaneFixture } from "./functions/testing/control-plane-fixture.ts";
import { echo, startEdge, type Edge } from "./http/testing/edge.ts";

const Role = "arn:aws:iam::111122223333:role/r";

(redisInstalled() ? describe : describe.skip)("the control plane as an SDK sees it", () => {
  let fixture: ControlPlaneFixture;
  let edge: Edge;
  let lambda: LambdaClient;
  beforeAll(async () => {
    fixture = await startControlPlane();
    edge = await startEdge(echo, {
      operations: fixture.plane.operations,
      directory: fixture.plane.directory,
      downloads: fixture.plane.downloads,
    });
    lambda = new LambdaClient({
      endpoint: edge.gateway.address,
      region: "us-east-1",
      credentials: { accessKeyId: "111122223333", secretAccessKey: "x" },
      maxAttempts: 1,
    });
  });
  afterAll(async () => {
    lambda.destroy();
    await edge.gateway.stop(1_000);
    await fixture.stop();
  });

  const create = async (FunctionName: string, more: object = {}): Promise<void> => {
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Role,
        Runtime: "nodejs24.x",
        Handler: "index.handler",
        Code: { ZipFile: await zipOf(FunctionName) },
        ...more,
      }),
    );
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.01 }, { FunctionName });
  };

  test("create, wait, invoke, update, wait, download, delete", async () => {
    await create("whole");
    const invoked = await lambda.send(new InvokeCommand({ FunctionName: "whole", Payload: Buffer.from('{"a":1}') }));
    expect(invoked).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    const code = await zipOf("second");
    const updated = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: "whole", ZipFile: code }));
    expect(updated.CodeSha256).toBe(createHash("sha256").update(code).digest("base64"));
    await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.01 }, { FunctionName: "whole" });
    const { Code, Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: "whole" }));
    expect(Configuration).toMatchObject({ State: "Active", LastUpdateStatus: "Successful", CodeSize: code.length });
    const downloaded = Buffer.from(await (await fetch(Code?.Location ?? "")).arrayBuffer());
    expect(downloaded.equals(Buffer.from(code))).toBe(true);
    expect((await lambda.send(new DeleteFunctionCommand({ FunctionName: "whole" }))).$metadata.httpStatusCode).toBe(204);
    await expect(lambda.send(new InvokeCommand({ FunctionName: "whole" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Function not found: arn:aws:lambda:us-east-1:111122223333:function:whole:$LATEST",
    });
  });

  test("a runtime that AWS does not know is AWS's InvalidParameterValueException, not a constraint of the model", async () => {
    const creating = lambda.send(
      new CreateFunctionCommand({
        FunctionName: "r",
        Role,
        Runtime: "nodejs99.x" as "nodejs24.x",
        Handler: "x.y",
        Code: { ZipFile: await zipOf("r") },
      }),
    );
    await expect(creating).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: expect.stringMatching(/^Value nodejs99\.x at 'runtime' failed to satisfy constraint/),
    });
  });

  test("layers, tags, permissions and account settings travel whole", async () => {
    const layer = await lambda.send(
      new PublishLayerVersionCommand({
        LayerName: "deps",
        Content: { ZipFile: await zipOf("l", "nodejs/x.js") },
        CompatibleRuntimes: ["nodejs24.x"],
      }),
    );
    expect(layer.Version).toBe(1);
    expect((await lambda.send(new GetLayerVersionByArnCommand({ Arn: layer.LayerVersionArn }))).CompatibleRuntimes).toEqual(["nodejs24.x"]);
    await create("parts", { Layers: [layer.LayerVersionArn], Tags: { a: "1" } });
    const Resource = "arn:aws:lambda:us-east-1:111122223333:function:parts";
    expect((await lambda.send(new TagResourceCommand({ Resource, Tags: { b: "2" } }))).$metadata.httpStatusCode).toBe(204);
    await lambda.send(new UntagResourceCommand({ Resource, TagKeys: ["a"] }));
    expect((await lambda.send(new ListTagsCommand({ Resource }))).Tags).toEqual({ b: "2" });
    const permission = await lambda.send(
      new AddPermissionCommand({
        FunctionName: "parts",
        StatementId: "s",
        Action: "lambda:InvokeFunction",
        Principal: "sns.amazonaws.com",
      }),
    );
    expect(permission.$metadata.httpStatusCode).toBe(201);
    expect(JSON.parse((await lambda.send(new GetPolicyCommand({ FunctionName: "parts" }))).Policy ?? "")).toMatchObject({
      Statement: [{ Sid: "s", Principal: { Service: "sns.amazonaws.com" } }],
    });
    expect((await lambda.send(new RemovePermissionCommand({ FunctionName: "parts", StatementId: "s" }))).$metadata.httpStatusCode).toBe(
      204,
    );
    const settings = await lambda.send(new GetAccountSettingsCommand({}));
    expect(settings.AccountUsage).toMatchObject({ FunctionCount: expect.any(Number) });
    await lambda.send(new DeleteFunctionCommand({ FunctionName: "parts" }));
  });

  test("the SDK's paginator sees each function once", async () => {
    for (const name of ["p3", "p1", "p2"]) await create(name);
    const names: (string | undefined)[] = [];
    for await (const page of paginateListFunctions({ client: lambda, pageSize: 2 }, {}))
      names.push(...(page.Functions ?? []).map(({ FunctionName }) => FunctionName));
    expect(names).toEqual(["p1", "p2", "p3"]);
    expect((await lambda.send(new ListFunctionsCommand({ MaxItems: 1 }))).NextMarker).toBeDefined();
  });
});
