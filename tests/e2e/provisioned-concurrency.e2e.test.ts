/** Provisioned concurrency: allocated ahead, used by who is addressed, spilling over, moving with its alias. functions.md 7, scaling.md 7. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetProvisionedConcurrencyConfigCommand,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
  type GetProvisionedConcurrencyConfigCommandOutput,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import { arnOf, lambdaClient } from "./support/clients.ts";
import { createDeployer, creation, untilActive, type Deployment } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";
import { testWhere } from "./support/test-where.ts";
import { chosenTarget } from "./target/config.ts";
import { createTarget } from "./target/create-target.ts";
import type { Target } from "./target/target.ts";
import { until } from "./target/wait.ts";

const client = lambdaClient();
const deploy = createDeployer(client);

interface Life {
  readonly born: string;
  readonly invocations: number;
  readonly type: string;
  readonly version: string;
}

const publish = async (FunctionName: string, on: LambdaClient = client): Promise<string> =>
  (await on.send(new PublishVersionCommand({ FunctionName }))).Version!;

/** A function with version 1 and an alias `live` of it. */
const deployAliased = async (deployment: Deployment): Promise<string> => {
  const FunctionName = await deploy({ Timeout: 30, ...deployment });
  const FunctionVersion = await publish(FunctionName);
  await client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion }));
  return FunctionName;
};

const put = async (FunctionName: string, Qualifier: string, count: number, on: LambdaClient = client) =>
  on.send(new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions: count }));

const get = async (FunctionName: string, Qualifier: string, on: LambdaClient = client) =>
  on.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));

const untilStatus = async (
  name: string,
  {
    qualifier = "live",
    status = "READY",
    on = client,
  }: { readonly qualifier?: string; readonly status?: string; readonly on?: LambdaClient } = {},
): Promise<GetProvisionedConcurrencyConfigCommandOutput> =>
  until(
    `what is provisioned for ${name}:${qualifier} to be ${status}`,
    async () => {
      const config = await get(name, qualifier, on);
      return config.Status === status ? config : undefined;
    },
    { withinMs: 50_000, everyMs: 50 },
  );

const runs = async (name: string, count: number, event: object = {}): Promise<Life[]> =>
  (await Promise.all(Array.from({ length: count }, async () => invoke<Life>(name, event)))).map(({ payload }) => payload);

test("Environments are initialized before anybody calls, serve who is addressed, and what does not fit runs on demand", async () => {
  const name = await deployAliased({ fixture: "initialization" });
  const answer = await put(name, "live", 2);
  expect(answer).toMatchObject({
    RequestedProvisionedConcurrentExecutions: 2,
    AllocatedProvisionedConcurrentExecutions: 0,
    AvailableProvisionedConcurrentExecutions: 0,
    Status: "IN_PROGRESS",
    $metadata: { httpStatusCode: 202 },
  });
  expect(await untilStatus(name)).toMatchObject({
    RequestedProvisionedConcurrentExecutions: 2,
    AllocatedProvisionedConcurrentExecutions: 2,
    AvailableProvisionedConcurrentExecutions: 2,
  });
  const { payload, tail } = await invoke<Life>(`${name}:live`, {}, { tail: true });
  expect(payload).toMatchObject({ type: "provisioned-concurrency", version: "1", invocations: 1 });
  expect(tail).toMatch(/^REPORT /m);
  expect(tail).not.toContain("Init Duration");
  const three = await runs(`${name}:live`, 3, { forMs: 3_000 });
  expect(three.map(({ type }) => type).sort()).toEqual(["on-demand", "provisioned-concurrency", "provisioned-concurrency"]);
  expect(new Set(three.map(({ born }) => born)).size).toBe(3);
  expect((await invoke<Life>(name)).payload).toMatchObject({ type: "on-demand", version: "$LATEST" });
});

test("What is provisioned for an alias also serves calls of its version by number", async () => {
  const name = await deployAliased({ fixture: "initialization" });
  await put(name, "live", 1);
  await untilStatus(name);
  expect((await invoke<Life>(`${name}:1`)).payload.type).toBe("provisioned-concurrency");
});

test("It is given up by deleting it: calls run on demand from then on", async () => {
  const name = await deployAliased({ fixture: "initialization" });
  await put(name, "1", 1);
  await untilStatus(name, { qualifier: "1" });
  expect((await invoke<Life>(`${name}:1`)).payload.type).toBe("provisioned-concurrency");
  const deleting = { FunctionName: name, Qualifier: "1" };
  for (let time = 0; time < 2; time += 1)
    expect((await client.send(new DeleteProvisionedConcurrencyConfigCommand(deleting))).$metadata.httpStatusCode).toBe(204);
  await expect(get(name, "1")).rejects.toMatchObject({
    name: "ProvisionedConcurrencyConfigNotFoundException",
    message: "No Provisioned Concurrency Config found for this function",
    $metadata: { httpStatusCode: 404 },
  });
  expect((await invoke<Life>(`${name}:1`)).payload).toMatchObject({ type: "on-demand", invocations: 1 });
});

test("It moves with its alias, and the version that it left runs on demand", async () => {
  const name = await deployAliased({ fixture: "initialization" });
  await put(name, "live", 1);
  await untilStatus(name);
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Environment: { Variables: { COLOUR: "red" } } }));
  await untilActive(client, name);
  expect(await publish(name)).toBe("2");
  await client.send(new UpdateAliasCommand({ FunctionName: name, Name: "live", FunctionVersion: "2" }));
  await untilStatus(name);
  expect((await invoke<Life>(`${name}:live`)).payload).toMatchObject({ type: "provisioned-concurrency", version: "2" });
  expect((await invoke<Life>(`${name}:1`)).payload).toMatchObject({ type: "on-demand", version: "1" });
  const { ProvisionedConcurrencyConfigs } = await client.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName: name }));
  expect(ProvisionedConcurrencyConfigs).toMatchObject([{ FunctionArn: `${arnOf(name)}:live`, Status: "READY" }]);
});

test("A function whose init fails makes it FAILED, and says so", async () => {
  const name = await deployAliased({ fixture: "init-throws" });
  await put(name, "live", 1);
  expect(await untilStatus(name, { status: "FAILED" })).toMatchObject({
    AllocatedProvisionedConcurrentExecutions: 0,
    AvailableProvisionedConcurrentExecutions: 0,
    StatusReason: "FUNCTION_ERROR_INIT_FAILURE",
  });
});

test("Where all that is reserved is provisioned, $LATEST never runs", async () => {
  const name = await deployAliased({ fixture: "initialization" });
  await put(name, "1", 2);
  await untilStatus(name, { qualifier: "1" });
  const reserve = async (ReservedConcurrentExecutions: number) =>
    client.send(new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions }));
  await expect(reserve(1)).rejects.toMatchObject({
    name: "InvalidParameterValueException",
    message: " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].",
  });
  await reserve(2);
  await expect(invoke(name)).rejects.toMatchObject({
    name: "TooManyRequestsException",
    Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
  });
  expect((await invoke<Life>(`${name}:1`)).payload.type).toBe("provisioned-concurrency");
});

test("What can't be provisioned is refused in AWS's words, and what is provisioned is taken off the account", async () => {
  const name = await deployAliased({ fixture: "initialization" });
  await expect(put(name, "$LATEST", 1)).rejects.toMatchObject({
    name: "InvalidParameterValueException",
    message: "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
    $metadata: { httpStatusCode: 400 },
  });
  await expect(put(name, "live", 0)).rejects.toMatchObject({
    name: "ValidationException",
    message:
      "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1",
  });
  await expect(put(name, "none", 1)).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: `Cannot find alias arn: ${arnOf(name)}:none`,
  });
  const limits = (await client.send(new GetAccountSettingsCommand({}))).AccountLimit!;
  await expect(put(name, "live", limits.ConcurrentExecutions! + 1)).rejects.toMatchObject({
    name: "InvalidParameterValueException",
    message: expect.stringMatching(
      /^Specified ConcurrentExecutions for function is greater than account's unreserved concurrency \[\d+\]\.$/,
    ),
  });
  await put(name, "1", 1);
  await expect(put(name, "live", 1)).rejects.toMatchObject({
    name: "ResourceConflictException",
    message: "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
    $metadata: { httpStatusCode: 409 },
  });
});

const kind = chosenTarget();
const onOwnTarget = testWhere(kind !== "external");
let own: Target | undefined;

beforeAll(async () => {
  if (kind === "external") return;
  own = await createTarget(kind, { project: `lambdock-e2e-provisioned-${process.pid}`, ownRedis: true });
  await own.start();
}, 300_000);

afterAll(async () => own?.dispose(), 120_000);

onOwnTarget(
  "It is allocated again after the death of the executor, though nobody calls",
  async () => {
    const there = lambdaClient(own!.endpoint);
    const input = await creation({ fixture: "initialization" });
    await there.send(new CreateFunctionCommand(input));
    const name = input.FunctionName!;
    await untilActive(there, name);
    await put(name, await publish(name, there), 1, there);
    await untilStatus(name, { qualifier: "1", on: there });
    const { born } = (await invoke<Life>(`${name}:1`, {}, { client: there })).payload;
    await own!.killExecutor();
    await own!.reviveExecutor();
    const again = await until(
      "what is provisioned to serve again",
      async () => {
        const { Status } = await get(name, "1", there);
        return Status === "READY";
      },
      { withinMs: 50_000 },
    );
    expect(again).toBe(true);
    const { payload } = await invoke<Life>(`${name}:1`, {}, { client: there });
    expect(payload).toMatchObject({ type: "provisioned-concurrency", invocations: 1 });
    expect(payload.born).not.toBe(born);
  },
  120_000,
);
