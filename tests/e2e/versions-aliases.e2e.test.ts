/** Published versions and aliases: what runs, under which number and name, and what follows a qualifier. functions.md, sections 4, 5, 8 and 10. */
import { expect, test } from "@jest/globals";
import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetEventSourceMappingCommand,
  InvokeWithResponseStreamCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { invokeAsync } from "./support/async-events.ts";
import { awsCli, testWithCli } from "./support/aws-cli.ts";
import { arnOf, lambdaClient, logsClient } from "./support/clients.ts";
import { createDeployer, untilActive } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";
import { eventsOf, messagesAfter } from "./support/log-events.ts";
import { createQueue, sqsClient } from "./support/queues.ts";
import { errorOf, rawRequest } from "./support/raw-request.ts";
import { zipOf } from "./support/zip.ts";
import { endpoint } from "./target/config.ts";
import { until } from "./target/wait.ts";

const client = lambdaClient();
const deploy = createDeployer(client);
const sqs = sqsClient();
const cli = awsCli();

/** What the function tells of the environment it runs in. */
interface Told {
  readonly code: number;
  readonly version: string;
  readonly variable: string;
  readonly arn: string;
  readonly born: string;
  readonly invocations: number;
}

const codeOf = async (code: number): Promise<Uint8Array> =>
  await zipOf({
    "index.mjs": `
      import { randomUUID } from "node:crypto";
      const born = randomUUID();
      let invocations = 0;
      export const handler = async (event, context) => {
        invocations += 1;
        if (event.fail === true) throw new Error("asked to");
        if (event.Records !== undefined) console.log("READ " + event.Records.map(({ body }) => body).join(" "));
        const { AWS_LAMBDA_FUNCTION_VERSION: variable } = process.env;
        return { code: ${code}, version: context.functionVersion, variable, arn: context.invokedFunctionArn, born, invocations };
      };`,
  });

const deployed = async (settings: object = {}): Promise<string> => await deploy({ code: { ZipFile: await codeOf(1) }, ...settings });
const recode = async (name: string, code: number): Promise<void> => {
  await client.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: await codeOf(code) }));
  await untilActive(client, name);
};
const publish = async (FunctionName: string): Promise<string> => (await client.send(new PublishVersionCommand({ FunctionName }))).Version!;
/** A function whose versions 1 and 2 answer 1 and 2. */
const twoVersions = async (settings: object = {}): Promise<string> => {
  const name = await deployed(settings);
  await publish(name);
  await recode(name, 2);
  expect(await publish(name)).toBe("2");
  return name;
};
const point = async (FunctionName: string, Name: string, FunctionVersion: string, weights?: Record<string, number>): Promise<unknown> =>
  await client.send(
    new CreateAliasCommand({
      FunctionName,
      Name,
      FunctionVersion,
      ...(weights === undefined ? {} : { RoutingConfig: { AdditionalVersionWeights: weights } }),
    }),
  );

test("Each version runs its own code in environments of its own, which outlive updates and publications", async () => {
  const name = await deployed();
  await publish(name);
  const first = await invoke<Told>(`${name}:1`);
  expect(first).toMatchObject({
    executedVersion: "1",
    payload: { code: 1, version: "1", variable: "1", arn: `${arnOf(name)}:1`, invocations: 1 },
  });
  const latest = (await invoke<Told>(name)).payload;
  expect(latest).toMatchObject({ version: "$LATEST", variable: "$LATEST", arn: arnOf(name), invocations: 1 });
  await recode(name, 2);
  await publish(name);
  expect((await invoke<Told>(`${name}:1`)).payload).toMatchObject({ code: 1, born: first.payload.born, invocations: 2 });
  const updated = await invoke<Told>(`${name}:$LATEST`);
  expect(updated.payload).toMatchObject({ code: 2, arn: `${arnOf(name)}:$LATEST`, invocations: 1 });
  expect(updated.payload.born).not.toBe(latest.born);
  expect(await invoke<Told>(`${name}:2`)).toMatchObject({ executedVersion: "2", payload: { code: 2, version: "2", invocations: 1 } });
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Description: "words" }));
  await untilActive(client, name);
  expect((await invoke<Told>(name)).payload).toMatchObject({ born: updated.payload.born, invocations: 2 });
});

test("An update lets the invocation that runs finish on the old code, and the next runs the new", async () => {
  const slow = (code: number): Promise<Uint8Array> =>
    zipOf({ "index.mjs": `export const handler = ({ ms = 0 }) => new Promise((resolve) => setTimeout(() => resolve(${code}), ms));` });
  const name = await deploy({ code: { ZipFile: await slow(1) }, Timeout: 30 });
  await invoke(name);
  const running = invoke<number>(name, { ms: 3_000 });
  await client.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: await slow(2) }));
  await untilActive(client, name);
  expect((await invoke<number>(name)).payload).toBe(2);
  expect((await running).payload).toBe(1);
});

test("The log of a version names it, in the stream and in START", async () => {
  const name = await deployed();
  await publish(name);
  const { requestId } = await invoke(`${name}:1`);
  const messages = await messagesAfter(logsClient(), name, requestId);
  expect(messages).toContainEqual(expect.stringMatching(new RegExp(`^START RequestId: ${requestId} Version: 1\\n?$`)));
  const streams = new Set((await eventsOf(logsClient(), name)).map(({ logStreamName }) => logStreamName));
  expect([...streams]).toEqual([expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[1\][0-9a-f]{32}$/)]);
});

test("An alias runs its version under its own name, moves at once, and keeps what is warm", async () => {
  const name = await twoVersions();
  await point(name, "live", "1");
  const before = await invoke<Told>(`${name}:live`);
  expect(before).toMatchObject({ executedVersion: "1", payload: { code: 1, version: "1", arn: `${arnOf(name)}:live` } });
  await client.send(new UpdateAliasCommand({ FunctionName: name, Name: "live", FunctionVersion: "2" }));
  expect(await invoke<Told>(`${arnOf(name)}:live`)).toMatchObject({ executedVersion: "2", payload: { code: 2 } });
  await client.send(new UpdateAliasCommand({ FunctionName: name, Name: "live", FunctionVersion: "1" }));
  expect((await invoke<Told>(`${name}:live`)).payload).toMatchObject({ born: before.payload.born, invocations: 2 });
  const { EventStream, ExecutedVersion } = await client.send(
    new InvokeWithResponseStreamCommand({ FunctionName: name, Qualifier: "live" }),
  );
  for await (const _event of EventStream!) continue;
  expect(ExecutedVersion).toBe("1");
  await client.send(new DeleteAliasCommand({ FunctionName: name, Name: "live" }));
  await expect(invoke(`${name}:live`)).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: `Function not found: ${arnOf(name)}:live`,
  });
});

test("An alias with routing spreads requests by weight, and tells which version ran", async () => {
  const name = await twoVersions();
  await point(name, "live", "1", { "2": 0.25 });
  const counts: Record<string, number> = { "1": 0, "2": 0 };
  for (let n = 0; n < 200; n += 1) {
    const { executedVersion = "", payload } = await invoke<Told>(`${name}:live`);
    expect(payload.version).toBe(executedVersion);
    counts[executedVersion]! += 1;
  }
  // Outside of these bounds once in a million runs.
  expect(counts["2"]).toBeGreaterThan(20);
  expect(counts["2"]).toBeLessThan(82);
});

test("An event that is addressed to an alias follows the alias's config, and its record names alias and version", async () => {
  const [queue, letters] = [await createQueue(sqs), await createQueue(sqs)];
  const name = await twoVersions({ DeadLetterConfig: { TargetArn: letters.arn } });
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, DeadLetterConfig: { TargetArn: "" } }));
  await untilActive(client, name);
  await point(name, "live", "1");
  await client.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: name,
      Qualifier: "live",
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnSuccess: { Destination: queue.arn } },
    }),
  );
  const requestId = await invokeAsync(client, `${name}:live`, { order: 1 });
  expect(JSON.parse((await queue.receive()).Body!)).toMatchObject({
    requestContext: { requestId, functionArn: `${arnOf(name)}:live`, condition: "Success" },
    responseContext: { statusCode: 200, executedVersion: "1" },
    responsePayload: { code: 1, version: "1", arn: `${arnOf(name)}:live` },
  });
  // $LATEST has no dead-letter queue any more; version 1 has.
  const failed = await invokeAsync(client, `${name}:live`, { fail: true });
  expect((await letters.receive()).MessageAttributes).toMatchObject({ RequestID: { StringValue: failed } });
});

test("A mapping to an alias runs the alias's version, and follows it when it moves", async () => {
  const queue = await createQueue(sqs);
  const name = await twoVersions();
  await point(name, "live", "1");
  const { UUID, FunctionArn } = await client.send(
    new CreateEventSourceMappingCommand({ FunctionName: `${name}:live`, EventSourceArn: queue.arn, BatchSize: 1 }),
  );
  expect(FunctionArn).toBe(`${arnOf(name)}:live`);
  await until("the mapping", async () => (await client.send(new GetEventSourceMappingCommand({ UUID }))).State === "Enabled");
  const ranAs = async (body: string): Promise<string> => {
    await sqs.send(new SendMessageCommand({ QueueUrl: `${endpoint()}${queue.path}`, MessageBody: body }));
    return await until(`${body} in the log`, async () => {
      const read = (await eventsOf(logsClient(), name)).find(({ message }) => message?.includes(`READ ${body}`));
      return /\[(.*?)\]/.exec(read?.logStreamName ?? "")?.[1];
    });
  };
  expect(await ranAs("before")).toBe("1");
  await client.send(new UpdateAliasCommand({ FunctionName: name, Name: "live", FunctionVersion: "2" }));
  expect(await ranAs("after")).toBe("2");
});

test("A deleted version is gone at once; one that an alias points to stays", async () => {
  const name = await twoVersions();
  await point(name, "live", "2");
  await invoke(`${name}:1`);
  const remove = async (Qualifier: string): Promise<unknown> =>
    await client.send(new DeleteFunctionCommand({ FunctionName: name, Qualifier }));
  await remove("1");
  await expect(invoke(`${name}:1`)).rejects.toMatchObject({ message: `Function not found: ${arnOf(name)}:1` });
  await expect(remove("2")).rejects.toMatchObject({
    name: "ResourceConflictException",
    message: "Unable to delete version because the following aliases reference it: [live]",
    $metadata: { httpStatusCode: 409 },
  });
  await expect(remove("$LATEST")).rejects.toMatchObject({
    name: "InvalidParameterValueException",
    message: "$LATEST version cannot be deleted without deleting the function.",
  });
  await remove("77");
  const { Versions = [] } = await client.send(new ListVersionsByFunctionCommand({ FunctionName: name }));
  expect(Versions.map(({ Version }) => Version)).toEqual(["$LATEST", "2"]);
  expect((await invoke<Told>(`${name}:live`)).payload.code).toBe(2);
});

const OUT_OF_RANGE =
  "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]";
const NO_NUMBER =
  "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]";

test.each([
  [{ "2": 2 }, "{2=2.0}", OUT_OF_RANGE],
  [{ "2": -1 }, "{2=-1.0}", OUT_OF_RANGE],
  [{ $LATEST: 0.5 }, "{$LATEST=0.5}", NO_NUMBER],
])("Weights %j are refused by AWS's front end", async (AdditionalVersionWeights, shown, constraint) => {
  const name = await deployed();
  await publish(name);
  const response = await rawRequest({
    method: "POST",
    path: `/2015-03-31/functions/${name}/aliases`,
    body: JSON.stringify({ Name: "live", FunctionVersion: "1", RoutingConfig: { AdditionalVersionWeights } }),
    headers: { "content-type": "application/json" },
  });
  expect(errorOf(response)).toEqual({
    status: 400,
    code: "ValidationException",
    message: `1 validation error detected: Value '${shown}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: ${constraint}`,
  });
});

testWithCli("versions-aliases.e2e.test.ts")("The command line publishes, points, routes and invokes", async () => {
  const name = await deployed();
  const published = await cli.json<{ Version: string; State: string }>("lambda", "publish-version", "--function-name", name);
  expect(published).toMatchObject({ Version: "1", State: "Active" });
  await cli.json("lambda", "wait", "published-version-active", "--function-name", name, "--qualifier", "1");
  const alias = ["--function-name", name, "--name", "live"];
  await cli.json("lambda", "create-alias", ...alias, "--function-version", "1");
  await recode(name, 2);
  await cli.json("lambda", "publish-version", "--function-name", name, "--description", "second");
  const routing = "AdditionalVersionWeights={2=1.0}";
  expect(await cli.json("lambda", "update-alias", ...alias, "--routing-config", routing)).toMatchObject({
    AliasArn: `${arnOf(name)}:live`,
    FunctionVersion: "1",
    RoutingConfig: { AdditionalVersionWeights: { "2": 1 } },
  });
  expect(await cli.json("lambda", "invoke", "--function-name", name, "--qualifier", "live", "out.json")).toMatchObject({
    StatusCode: 200,
    ExecutedVersion: "2",
  });
  const { Aliases } = await cli.json<{ Aliases: { Name: string }[] }>("lambda", "list-aliases", "--function-name", name);
  expect(Aliases.map(({ Name }) => Name)).toEqual(["live"]);
  const refused = await cli.run("lambda", "delete-function", "--function-name", name, "--qualifier", "2");
  expect(refused.stderr).toContain("Unable to delete version because the following aliases reference it: [live]");
});
