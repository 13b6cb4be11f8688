/** Reserved concurrency: who runs, who is throttled and why, and what becomes of events. functions.md, section 7. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  CreateFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import { invokeAsync, metricOf } from "./support/async-events.ts";
import { arnOf, lambdaClient, logsClient } from "./support/clients.ts";
import { createDeployer, creation, untilActive } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";
import { eventsOf } from "./support/log-events.ts";
import { createQueue, sqsClient } from "./support/queues.ts";
import { testWhere } from "./support/test-where.ts";
import { chosenTarget } from "./target/config.ts";
import { createTarget } from "./target/create-target.ts";
import type { Target } from "./target/target.ts";
import { until } from "./target/wait.ts";

const client = lambdaClient();
const deploy = createDeployer(client);
const sqs = sqsClient();

interface Life {
  readonly born: string;
  readonly invocations: number;
}

const reserve = async (FunctionName: string, ReservedConcurrentExecutions: number, on = client): Promise<unknown> =>
  on.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));

const startsOf = async (name: string): Promise<number> =>
  (await eventsOf(logsClient(), name)).filter(({ message }) => message?.startsWith("START ")).length;

const giveUp = async (FunctionName: string): Promise<unknown> => client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));

/** The error of a call that is throttled; the SDK does not repeat it here. */
async function throttled(name: string, on: LambdaClient = client): Promise<unknown> {
  return invoke(name, {}, { client: on }).then(
    () => "it ran",
    (error: unknown) => error,
  );
}

const RESERVATION_USED_UP = {
  name: "TooManyRequestsException",
  message: "Rate Exceeded.",
  Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
  $metadata: { httpStatusCode: 429 },
};

test("A function that reserved one runs once at a time: the second call is throttled, the next one is not", async () => {
  const name = await deploy({ fixture: "lifetime", Timeout: 30 });
  await reserve(name, 1);
  const calls = [1, 2].map(async () => invoke<Life>(name, { forMs: 3_000 }).catch((error: unknown) => error));
  const answers = await Promise.all(calls);
  expect(answers.filter((answer) => answer instanceof Error)).toMatchObject([RESERVATION_USED_UP]);
  expect(answers.filter((answer) => !(answer instanceof Error))).toMatchObject([{ payload: { invocations: 1 } }]);
  for (let round = 2; round <= 5; round += 1) expect((await invoke<Life>(name)).payload.invocations).toBe(round);
});

test("A new reservation reaches a warm function without a cold start", async () => {
  const name = await deploy({ fixture: "lifetime" });
  const { born } = (await invoke<Life>(name)).payload;
  await reserve(name, 0);
  expect(await throttled(name)).toMatchObject(RESERVATION_USED_UP);
  await reserve(name, 5);
  expect((await invoke<Life>(name)).payload).toMatchObject({ born, invocations: 2 });
  await giveUp(name);
  expect((await invoke<Life>(name)).payload).toMatchObject({ born, invocations: 3 });
});

test("A reservation below what runs lets it finish, and admits nothing new", async () => {
  const name = await deploy({ fixture: "lifetime", Timeout: 60 });
  const running = [1, 2].map(async () => invoke<Life>(name, { forMs: 8_000 }));
  await until("both to run", async () => (await startsOf(name)) === 2);
  await reserve(name, 1);
  expect(await throttled(name)).toMatchObject(RESERVATION_USED_UP);
  expect((await Promise.all(running)).map(({ functionError }) => functionError)).toEqual([undefined, undefined]);
  expect((await invoke<Life>(name)).payload.invocations).toBe(2);
});

test("A function that reserved zero never runs: calls are throttled, its events go straight to the dead-letter queue", async () => {
  const queue = await createQueue(sqs);
  const name = await deploy({ fixture: "lifetime", DeadLetterConfig: { TargetArn: queue.arn } });
  await reserve(name, 0);
  for (let call = 0; call < 3; call += 1) expect(await throttled(name)).toMatchObject(RESERVATION_USED_UP);
  const requestId = await invokeAsync(client, name, { order: 7 });
  const letter = await queue.receive();
  expect(letter.Body).toBe('{"order":7}');
  expect(letter.MessageAttributes).toMatchObject({
    RequestID: { DataType: "String", StringValue: requestId },
    ErrorCode: { DataType: "Number", StringValue: "429" },
    ErrorMessage: { DataType: "String", StringValue: "Rate Exceeded." },
  });
  expect(await metricOf("AsyncEventsDropped", name)).toBe(1);
  await giveUp(name);
  expect((await invoke<Life>(name)).payload.invocations).toBe(1);
});

test("The record of an event of a function that reserved zero says so, and that nothing ran", async () => {
  const queue = await createQueue(sqs);
  const name = await deploy({ fixture: "version" });
  const DestinationConfig = { OnFailure: { Destination: queue.arn } };
  await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: name, DestinationConfig }));
  await reserve(name, 0);
  const requestId = await invokeAsync(client, name, { order: 8 });
  expect(JSON.parse((await queue.receive()).Body!)).toEqual({
    version: "1.0",
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    requestContext: { requestId, functionArn: `${arnOf(name)}:$LATEST`, condition: "ZeroReservedConcurrency", approximateInvokeCount: 0 },
    requestPayload: { order: 8 },
  });
});

test("A reservation is shown by GetFunction and GetFunctionConcurrency and taken off the account, which keeps 100", async () => {
  const name = await deploy({ fixture: "version" });
  const shown = async (): Promise<unknown> => (await client.send(new GetFunctionCommand({ FunctionName: name }))).Concurrency;
  const unreserved = async (): Promise<number> =>
    (await client.send(new GetAccountSettingsCommand({}))).AccountLimit!.UnreservedConcurrentExecutions!;
  const before = await unreserved();
  expect(await shown()).toBeUndefined();
  expect(await reserve(name, 40)).toMatchObject({ ReservedConcurrentExecutions: 40, $metadata: { httpStatusCode: 200 } });
  expect(await shown()).toEqual({ ReservedConcurrentExecutions: 40 });
  expect(await client.send(new GetFunctionConcurrencyCommand({ FunctionName: name }))).toMatchObject({ ReservedConcurrentExecutions: 40 });
  expect(await unreserved()).toBe(before - 40);
  await expect(reserve(name, before - 99)).rejects.toMatchObject({
    name: "InvalidParameterValueException",
    message:
      "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
  });
  await expect(reserve(name, -1)).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringMatching(/'reservedConcurrentExecutions' .* Member must have value greater than or equal to 0$/),
  });
  expect(await giveUp(name)).toMatchObject({ $metadata: { httpStatusCode: 204 } });
  expect(await shown()).toBeUndefined();
  expect(await unreserved()).toBe(before);
});

const kind = chosenTarget();
const onOwnTarget = testWhere(kind !== "external");
let own: Target | undefined;

beforeAll(async () => {
  if (kind === "external") return;
  own = await createTarget(kind, { project: `lambdock-e2e-reserved-${process.pid}`, ownRedis: true });
  await own.start();
}, 300_000);

afterAll(async () => own?.dispose(), 120_000);

onOwnTarget(
  "A reservation survives a restart, and the death of the executor",
  async () => {
    let there = lambdaClient(own!.endpoint);
    const input = await creation({ fixture: "version" });
    await there.send(new CreateFunctionCommand(input));
    const name = input.FunctionName!;
    await untilActive(there, name);
    await reserve(name, 0, there);
    expect(await throttled(name, there)).toMatchObject(RESERVATION_USED_UP);
    await own!.stop();
    await own!.start();
    there = lambdaClient(own!.endpoint);
    expect(await throttled(name, there)).toMatchObject(RESERVATION_USED_UP);
    await own!.killExecutor();
    await own!.reviveExecutor();
    expect(await throttled(name, there)).toMatchObject(RESERVATION_USED_UP);
    await reserve(name, 1, there);
    expect((await invoke(name, {}, { client: there })).payload).toEqual({ version: 1, colour: null });
  },
  120_000,
);
