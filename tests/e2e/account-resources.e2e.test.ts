/** Tags, permissions, layers, account settings, and what is not built. functions.md 6, 10, 11. */
import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import {
  AddPermissionCommand,
  DeleteLayerVersionCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetLayerVersionCommand,
  GetPolicyCommand,
  ListLayersCommand,
  ListLayerVersionsCommand,
  ListTagsCommand,
  PublishLayerVersionCommand,
  PutFunctionScalingConfigCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { ACCOUNT, arnOf, lambdaClient, REGION } from "./support/clients.ts";
import { createDeployer, uniqueName, untilActive } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";
import type { Failure } from "./support/invoke.ts";
import { errorOf, rawRequest } from "./support/raw-request.ts";
import { hasContainers } from "./target/config.ts";
import { zipOf } from "./support/zip.ts";
import { testWhere } from "./support/test-where.ts";

const client = lambdaClient();
const deploy = createDeployer(client);
const inContainers = testWhere(hasContainers());

test("Tags can be added, listed and removed", async () => {
  const name = await deploy({ fixture: "version", Tags: { first: "1" } });
  const Resource = arnOf(name);
  await client.send(new TagResourceCommand({ Resource, Tags: { second: "2", third: "3" } }));
  await client.send(new UntagResourceCommand({ Resource, TagKeys: ["first", "third"] }));
  expect((await client.send(new ListTagsCommand({ Resource }))).Tags).toEqual({ second: "2" });
  expect((await client.send(new GetFunctionCommand({ FunctionName: name }))).Tags).toEqual({ second: "2" });
});

test("Tags of a function that does not exist give 404", async () => {
  const Resource = arnOf("nobody-made-this");
  await expect(client.send(new ListTagsCommand({ Resource }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: `Function not found: ${Resource}`,
  });
});

test("A permission becomes a policy statement in AWS's form and can be removed once", async () => {
  const name = await deploy({ fixture: "version" });
  const added = await client.send(
    new AddPermissionCommand({
      FunctionName: name,
      StatementId: "s3",
      Action: "lambda:InvokeFunction",
      Principal: "s3.amazonaws.com",
      SourceArn: "arn:aws:s3:::bucket",
      SourceAccount: ACCOUNT,
    }),
  );
  const statement = {
    Sid: "s3",
    Effect: "Allow",
    Principal: { Service: "s3.amazonaws.com" },
    Action: "lambda:InvokeFunction",
    Resource: arnOf(name),
    Condition: { StringEquals: { "AWS:SourceAccount": ACCOUNT }, ArnLike: { "AWS:SourceArn": "arn:aws:s3:::bucket" } },
  };
  expect(JSON.parse(added.Statement!)).toEqual(statement);
  const policy = await client.send(new GetPolicyCommand({ FunctionName: name }));
  expect(JSON.parse(policy.Policy!)).toEqual({ Version: "2012-10-17", Id: "default", Statement: [statement] });
  await expect(
    client.send(new AddPermissionCommand({ FunctionName: name, StatementId: "s3", Action: "lambda:InvokeFunction", Principal: ACCOUNT })),
  ).rejects.toMatchObject({
    name: "ResourceConflictException",
    message: "The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement.",
  });
  await client.send(new RemovePermissionCommand({ FunctionName: name, StatementId: "s3" }));
  await expect(client.send(new GetPolicyCommand({ FunctionName: name }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "The resource you requested does not exist.",
  });
  await expect(client.send(new RemovePermissionCommand({ FunctionName: name, StatementId: "s3" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});

test("An account as principal is stored as its root ARN", async () => {
  const name = await deploy({ fixture: "version" });
  const added = await client.send(
    new AddPermissionCommand({ FunctionName: name, StatementId: "friend", Action: "lambda:InvokeFunction", Principal: "444455556666" }),
  );
  expect(JSON.parse(added.Statement!)).toMatchObject({ Principal: { AWS: "arn:aws:iam::444455556666:root" } });
});

test("A layer version can be published, read, downloaded, listed and deleted", async () => {
  const LayerName = uniqueName("layer");
  const zip = await zipOf({ "order.txt": "one" });
  const published = await client.send(
    new PublishLayerVersionCommand({ LayerName, Description: "first", Content: { ZipFile: zip }, CompatibleRuntimes: ["nodejs24.x"] }),
  );
  expect(published).toMatchObject({
    LayerArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:layer:${LayerName}`,
    LayerVersionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:layer:${LayerName}:1`,
    Version: 1,
    Description: "first",
    CompatibleRuntimes: ["nodejs24.x"],
    Content: { CodeSize: zip.length, CodeSha256: createHash("sha256").update(zip).digest("base64") },
  });
  const second = await client.send(new PublishLayerVersionCommand({ LayerName, Content: { ZipFile: zip } }));
  expect(second.Version).toBe(2);
  const read = await client.send(new GetLayerVersionCommand({ LayerName, VersionNumber: 1 }));
  const download = await fetch(read.Content!.Location!);
  expect(Buffer.from(await download.arrayBuffer()).equals(Buffer.from(zip))).toBe(true);
  const versions = await client.send(new ListLayerVersionsCommand({ LayerName }));
  expect(versions.LayerVersions!.map((item) => item.Version)).toEqual([2, 1]);
  const layers = await client.send(new ListLayersCommand({}));
  expect(layers.Layers!.find((item) => item.LayerName === LayerName)?.LatestMatchingVersion?.Version).toBe(2);
  await client.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: 2 }));
  await expect(client.send(new GetLayerVersionCommand({ LayerName, VersionNumber: 2 }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "The resource you requested does not exist.",
  });
  const third = await client.send(new PublishLayerVersionCommand({ LayerName, Content: { ZipFile: zip } }));
  expect(third.Version).toBe(3);
});

/** Two layers: one brings the dependency `shout`, both bring `order` and a file. */
const twoLayers = async (): Promise<readonly [string, string]> => {
  const dependency = await zipOf({
    "nodejs/node_modules/shout/package.json": JSON.stringify({ name: "shout", version: "1.0.0", main: "main.js" }),
    "nodejs/node_modules/shout/main.js": 'module.exports = (text) => require("shout-suffix")(text.toUpperCase());',
    "nodejs/node_modules/shout-suffix/index.js": "module.exports = (text) => `${text}!`;",
    "nodejs/node_modules/order/index.js": 'module.exports = "first";',
    "order.txt": "first",
  });
  const later = await zipOf({
    "nodejs/node_modules/order/index.js": 'module.exports = "second";',
    "order.txt": "second",
    "extra.txt": "extra",
  });
  return [await publish(dependency), await publish(later)];
};

async function publish(zip: Uint8Array): Promise<string> {
  const { LayerVersionArn } = await client.send(
    new PublishLayerVersionCommand({ LayerName: uniqueName("layer"), Content: { ZipFile: zip } }),
  );
  return LayerVersionArn!;
}

test("Layers are merged in order: a dependency is found by require, and a later layer overwrites an earlier one", async () => {
  const [dependency, later] = await twoLayers();
  const name = await deploy({ fixture: "layered", Layers: [dependency, later] });
  expect((await invoke(name, { text: "hello" })).payload).toEqual({ shouted: "HELLO!", order: "second" });
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Layers: [later, dependency] }));
  await untilActive(client, name);
  expect((await invoke(name, { text: "hello" })).payload).toEqual({ shouted: "HELLO!", order: "first" });
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Layers: [] }));
  await untilActive(client, name);
  expect((await invoke<Failure>(name, { text: "hello" })).payload.errorType).toBe("Runtime.ImportModuleError");
});

inContainers("In a container the merged layers are at /opt", async () => {
  const [dependency, later] = await twoLayers();
  const name = await deploy({ fixture: "environment", Layers: [dependency, later] });
  expect((await invoke(name, { do: "read", path: "/opt/order.txt" })).payload).toBe("second");
  expect((await invoke(name, { do: "read", path: "/opt/extra.txt" })).payload).toBe("extra");
});

test("A deleted layer version goes on serving the functions that use it", async () => {
  const [dependency] = await twoLayers();
  const name = await deploy({ fixture: "layered", Layers: [dependency] });
  const [LayerName, version] = dependency.split(":").slice(-2);
  await client.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: Number(version) }));
  expect((await invoke<{ shouted: string }>(name, { text: "still" })).payload.shouted).toBe("STILL!");
});

test("Layers that cannot be used are refused: unknown, two versions of one, more than five", async () => {
  const name = await deploy({ fixture: "version" });
  const update = async (Layers: string[]): Promise<unknown> =>
    client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Layers }));
  const unknown = `arn:aws:lambda:${REGION}:${ACCOUNT}:layer:nobody-made-this:1`;
  const refusal = (message: string): object => ({ name: "InvalidParameterValueException", message });
  await expect(update([unknown])).rejects.toMatchObject(refusal(`Layer version ${unknown} does not exist.`));
  const [first] = await twoLayers();
  await expect(update([first, first])).rejects.toMatchObject(
    refusal(
      `Two different versions of the same layer are not allowed to be referenced in the same function. ${first} and ${first} are versions of the same layer.`,
    ),
  );
  const six = await Promise.all(Array.from({ length: 6 }, async (_, index) => publish(await zipOf({ "order.txt": String(index) }))));
  await expect(update(six)).rejects.toMatchObject(refusal("Cannot reference more than 5 layers."));
});

test("GetAccountSettings gives AWS's limits and counts what is used", async () => {
  await deploy({ fixture: "version" });
  const { AccountLimit, AccountUsage } = await client.send(new GetAccountSettingsCommand({}));
  expect(AccountLimit).toMatchObject({
    TotalCodeSize: 80530636800,
    CodeSizeUnzipped: 262144000,
    CodeSizeZipped: 52428800,
    ConcurrentExecutions: 1000,
    // Another file's functions may have reserved some meanwhile.
    UnreservedConcurrentExecutions: expect.any(Number),
  });
  expect(AccountUsage!.FunctionCount).toBeGreaterThan(0);
  expect(AccountUsage!.TotalCodeSize).toBeGreaterThan(0);
});

test("An operation that is not built answers 501 and names itself", async () => {
  const scaling = { FunctionName: "any", Qualifier: "1", FunctionScalingConfig: { MinExecutionEnvironments: 1 } };
  await expect(client.send(new PutFunctionScalingConfigCommand(scaling))).rejects.toMatchObject({
    message: "Lambdock does not implement PutFunctionScalingConfig yet.",
    $metadata: { httpStatusCode: 501 },
  });
  const response = await rawRequest({ method: "GET", path: "/2025-11-30/capacity-providers" });
  expect(response.status).toBe(501);
  expect(response.text).toContain("ListCapacityProviders");
});

test("A path that no operation has is refused as AWS's front end does", async () => {
  const { status, code, message } = errorOf(await rawRequest({ method: "GET", path: "/2015-03-31/no-such-thing" }));
  expect({ status, code, message }).toEqual({
    status: 403,
    code: "AccessDeniedException",
    message: "Unable to determine service/operation name to be authorized",
  });
});
