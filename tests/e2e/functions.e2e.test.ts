/** The life of a function: create, read, update, list, delete. functions.md 2 and 3. */
import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  ListFunctionsCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { arnOf, lambdaClient, ROLE } from "./support/clients.ts";
import { createDeployer, creation, uniqueName, untilActive } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";
import { rawRequest } from "./support/raw-request.ts";
import { zipFixture, zipOf } from "./support/zip.ts";

const client = lambdaClient();
const deploy = createDeployer(client);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

test("CreateFunction answers 201 with exactly AWS's members, Pending at first and Active soon after", async () => {
  const name = uniqueName("shape");
  const zip = await zipFixture("echo");
  const body = JSON.stringify({
    FunctionName: name,
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Role: ROLE,
    Code: { ZipFile: Buffer.from(zip).toString("base64") },
  });
  const response = await rawRequest({
    method: "POST",
    path: "/2015-03-31/functions",
    body,
    headers: { "content-type": "application/json" },
  });
  expect(response.status).toBe(201);
  expect(JSON.parse(response.text)).toEqual({
    Architectures: ["x86_64"],
    CodeSha256: createHash("sha256").update(zip).digest("base64"),
    CodeSize: zip.length,
    Description: "",
    EphemeralStorage: { Size: 512 },
    FunctionArn: arnOf(name),
    FunctionName: name,
    Handler: "index.handler",
    LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
    LoggingConfig: { LogFormat: "Text", LogGroup: `/aws/lambda/${name}` },
    MemorySize: 128,
    PackageType: "Zip",
    RevisionId: expect.stringMatching(UUID),
    Role: ROLE,
    Runtime: "nodejs24.x",
    RuntimeVersionConfig: { RuntimeVersionArn: expect.stringMatching(/^arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/) },
    SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
    State: "Pending",
    StateReason: "The function is being created.",
    StateReasonCode: "Creating",
    Timeout: 3,
    TracingConfig: { Mode: "PassThrough" },
    Version: "$LATEST",
  });
  const created = JSON.parse(response.text) as { RevisionId: string };
  const active = await untilActive(client, name);
  expect(active).toMatchObject({ State: "Active", LastUpdateStatus: "Successful" });
  expect(active.StateReason).toBeUndefined();
  expect(active.RevisionId).not.toBe(created.RevisionId);
  await client.send(new DeleteFunctionCommand({ FunctionName: name }));
});

test("A function that exists cannot be created again", async () => {
  const name = await deploy({ fixture: "version" });
  const again = await creation({ fixture: "version", FunctionName: name });
  await expect(client.send(new CreateFunctionCommand(again))).rejects.toMatchObject({
    name: "ResourceConflictException",
    message: `Function already exist: ${name}`,
    $metadata: { httpStatusCode: 409 },
  });
});

test("GetFunction gives the configuration, the tags, and a Location that downloads the very zip that was uploaded", async () => {
  const zip = await zipFixture("echo");
  const name = await deploy({
    code: { ZipFile: zip },
    Tags: { team: "orders" },
    Description: "a description",
    MemorySize: 256,
    Timeout: 7,
  });
  const { Code, Configuration, Tags, Concurrency } = await client.send(new GetFunctionCommand({ FunctionName: name }));
  expect(Code?.RepositoryType).toBe("S3");
  expect(Tags).toEqual({ team: "orders" });
  expect(Concurrency).toBeUndefined();
  expect(Configuration).toMatchObject({ Description: "a description", MemorySize: 256, Timeout: 7, FunctionArn: arnOf(name) });
  const download = await fetch(Code!.Location!);
  expect(download.status).toBe(200);
  expect(Buffer.from(await download.arrayBuffer()).equals(Buffer.from(zip))).toBe(true);
});

test("GetFunction with a qualifier puts it into the ARN", async () => {
  const name = await deploy({ fixture: "version" });
  const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: name, Qualifier: "$LATEST" }));
  expect(Configuration?.FunctionArn).toBe(`${arnOf(name)}:$LATEST`);
});

test("UpdateFunctionCode is InProgress, then Successful, and the next invocation runs the new code", async () => {
  const name = await deploy({ fixture: "version" });
  expect((await invoke(name)).payload).toEqual({ version: 1, colour: null });
  const before = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  const zip = await zipOf({ "index.mjs": "export const handler = async () => ({ version: 2 });" });
  const updating = await client.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: zip }));
  expect(updating).toMatchObject({
    State: "Active",
    LastUpdateStatus: "InProgress",
    LastUpdateStatusReason: "The function is being created.",
    LastUpdateStatusReasonCode: "Creating",
  });
  const after = await untilActive(client, name);
  expect(after.LastUpdateStatus).toBe("Successful");
  expect(after.CodeSha256).toBe(createHash("sha256").update(zip).digest("base64"));
  expect(new Set([before.RevisionId, updating.RevisionId, after.RevisionId]).size).toBe(3);
  expect((await invoke(name)).payload).toEqual({ version: 2 });
});

test("UpdateFunctionCode with identical code gives a new RevisionId and the same CodeSha256", async () => {
  const name = await deploy({ fixture: "version" });
  const before = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  await client.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: await zipFixture("version") }));
  const after = await untilActive(client, name);
  expect(after.CodeSha256).toBe(before.CodeSha256);
  expect(after.RevisionId).not.toBe(before.RevisionId);
});

test("UpdateFunctionCode as a dry run answers for the new code and changes nothing", async () => {
  const name = await deploy({ fixture: "version" });
  const before = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  const zip = await zipOf({ "index.mjs": "export const handler = async () => 'never';" });
  const answer = await client.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: zip, DryRun: true }));
  expect(answer.CodeSha256).toBe(createHash("sha256").update(zip).digest("base64"));
  const after = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  expect(after.CodeSha256).toBe(before.CodeSha256);
  expect(after.RevisionId).toBe(before.RevisionId);
  expect((await invoke(name)).payload).toEqual({ version: 1, colour: null });
});

test("A stale RevisionId is refused with 412 for code and configuration", async () => {
  const name = await deploy({ fixture: "version" });
  const expected = {
    name: "PreconditionFailedException",
    message:
      "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    $metadata: { httpStatusCode: 412 },
  };
  const RevisionId = "00000000-0000-4000-8000-000000000000";
  await expect(
    client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Description: "x", RevisionId })),
  ).rejects.toMatchObject(expected);
  const ZipFile = await zipFixture("version");
  await expect(client.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile, RevisionId }))).rejects.toMatchObject(expected);
  const { RevisionId: current } = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  await expect(
    client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Description: "x", RevisionId: current })),
  ).resolves.toMatchObject({ Description: "x" });
});

test("UpdateFunctionConfiguration changes the environment that the next invocation sees, and keeps what it does not name", async () => {
  const name = await deploy({ fixture: "version", Environment: { Variables: { COLOUR: "green" } }, Description: "kept" });
  expect((await invoke(name)).payload).toEqual({ version: 1, colour: "green" });
  const updating = await client.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: name, Environment: { Variables: { COLOUR: "blue" } }, Timeout: 9 }),
  );
  expect(updating).toMatchObject({
    LastUpdateStatus: "InProgress",
    Timeout: 9,
    Description: "kept",
    Environment: { Variables: { COLOUR: "blue" } },
  });
  await untilActive(client, name);
  expect((await invoke(name)).payload).toEqual({ version: 1, colour: "blue" });
});

test("While an update is in progress another is refused with 409, or the first is done already", async () => {
  const name = await deploy({ fixture: "version" });
  const updates = [1, 2, 3, 4].map(async (index) =>
    client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Description: `number ${index}` })),
  );
  const results = await Promise.allSettled(updates);
  expect(results.some((result) => result.status === "fulfilled")).toBe(true);
  for (const result of results) {
    if (result.status === "fulfilled") continue;
    expect(result.reason).toMatchObject({
      name: "ResourceConflictException",
      message: `The operation cannot be performed at this time. An update is in progress for resource: ${arnOf(name)}`,
    });
  }
  await untilActive(client, name);
});

test("ListFunctions pages through all functions of the account", async () => {
  const names = [await deploy({ fixture: "version" }), await deploy({ fixture: "version" }), await deploy({ fixture: "version" })];
  const seen: string[] = [];
  let marker: string | undefined;
  do {
    const page = await client.send(new ListFunctionsCommand({ MaxItems: 2, ...(marker === undefined ? {} : { Marker: marker }) }));
    expect(page.Functions!.length).toBeLessThanOrEqual(2);
    seen.push(...page.Functions!.map((item) => item.FunctionName!));
    marker = page.NextMarker;
  } while (marker !== undefined);
  expect(seen).toEqual(expect.arrayContaining(names));
  expect(new Set(seen).size).toBe(seen.length);
});

test("Functions of one account are invisible to another", async () => {
  const name = await deploy({ fixture: "version" });
  const other = lambdaClient(undefined, "444455556666");
  await expect(other.send(new GetFunctionCommand({ FunctionName: name }))).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  const { Functions } = await other.send(new ListFunctionsCommand({}));
  expect(Functions!.map((item) => item.FunctionName)).not.toContain(name);
});

test("A deleted function is gone: 204, then 404 for every use", async () => {
  const name = await deploy({ fixture: "version" });
  const deletion = await rawRequest({ method: "DELETE", path: `/2015-03-31/functions/${name}` });
  expect({ status: deletion.status, text: deletion.text }).toEqual({ status: 204, text: "" });
  const missing = { name: "ResourceNotFoundException", $metadata: { httpStatusCode: 404 } };
  await expect(client.send(new GetFunctionCommand({ FunctionName: name }))).rejects.toMatchObject(missing);
  await expect(client.send(new DeleteFunctionCommand({ FunctionName: name }))).rejects.toMatchObject(missing);
  await expect(invoke(name)).rejects.toMatchObject({ ...missing, message: `Function not found: ${arnOf(name)}:$LATEST` });
});
