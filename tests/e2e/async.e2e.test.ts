/** Asynchronous invocation, its dead letters and destinations. async.md. The targets run with LAMBDOCK_TIME_SCALE=60. */
import { expect, test } from "@jest/globals";
import {
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  PutFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { endpoint } from "./target/config.ts";
import { until } from "./target/wait.ts";
import { invokeAsync as acceptEvent } from "./support/async-events.ts";
import { ACCOUNT, arnOf, lambdaClient, logsClient, REGION } from "./support/clients.ts";
import { createDeployer, uniqueName } from "./support/deploy.ts";
import { messagesAfter } from "./support/log-events.ts";
import { createQueue as createTestQueue, sqsClient, type TestQueue } from "./support/queues.ts";
import { errorOf, rawInvoke } from "./support/raw-request.ts";

const client = lambdaClient();
const deploy = createDeployer(client);
const sqs = sqsClient();
const createQueue = (): Promise<TestQueue> => createTestQueue(sqs);
const invokeAsync = (name: string, event: unknown): Promise<string> => acceptEvent(client, name, event);

test("An event that fails is tried three times under one request id, then lies in the dead-letter queue with three attributes", async () => {
  const queue = await createQueue();
  const name = await deploy({ fixture: "failures", DeadLetterConfig: { TargetArn: queue.arn } });
  const event = { how: "error" };
  const requestId = await invokeAsync(name, event);
  const message = await queue.receive();
  expect(JSON.parse(message.Body!)).toEqual(event);
  expect(message.MessageAttributes).toMatchObject({
    RequestID: { DataType: "String", StringValue: requestId },
    ErrorCode: { DataType: "Number", StringValue: "200" },
    ErrorMessage: { DataType: "String" },
  });
  expect(message.Attributes).toHaveProperty("AWSTraceHeader");
  const starts = await until("the START of every attempt", async () => {
    const lines = (await messagesAfter(logsClient(), name, requestId)).filter((line) => line.startsWith("START "));
    return lines.length >= 3 ? lines : undefined;
  });
  expect(starts).toEqual(Array.from({ length: 3 }, () => `START RequestId: ${requestId} Version: $LATEST\n`));
});

test("The record of a success reaches its destination in AWS's shape and order", async () => {
  const queue = await createQueue();
  const name = await deploy({ fixture: "echo" });
  await client.send(
    new PutFunctionEventInvokeConfigCommand({ FunctionName: name, DestinationConfig: { OnSuccess: { Destination: queue.arn } } }),
  );
  const requestId = await invokeAsync(name, { order: 7 });
  const { Body: body, MessageAttributes: attributes } = await queue.receive();
  const record = JSON.parse(body!) as Record<string, unknown>;
  expect(Object.keys(record)).toEqual(["version", "timestamp", "requestContext", "requestPayload", "responseContext", "responsePayload"]);
  expect(record).toMatchObject({
    version: "1.0",
    requestContext: { requestId, functionArn: `${arnOf(name)}:$LATEST`, condition: "Success", approximateInvokeCount: 1 },
    requestPayload: { order: 7 },
    responseContext: { statusCode: 200, executedVersion: "$LATEST" },
  });
  expect(attributes).toBeUndefined();
});

test("The record of a failure names the condition and how often the function was tried", async () => {
  const queue = await createQueue();
  const name = await deploy({ fixture: "failures" });
  await client.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: name,
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: queue.arn } },
    }),
  );
  await invokeAsync(name, { how: "error" });
  expect(JSON.parse((await queue.receive()).Body!)).toMatchObject({
    requestContext: { condition: "RetriesExhausted", approximateInvokeCount: 2 },
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
  });
});

test("With a maximum age of a minute the retry that would come too late is not made", async () => {
  const queue = await createQueue();
  const name = await deploy({ fixture: "failures" });
  await client.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: name,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: queue.arn } },
    }),
  );
  await invokeAsync(name, { how: "error" });
  expect(JSON.parse((await queue.receive()).Body!)).toMatchObject({
    requestContext: { condition: "EventAgeExceeded", approximateInvokeCount: 1 },
  });
});

test("An event that can't be run is refused before it is accepted", async () => {
  const name = await deploy({ fixture: "echo" });
  const event = { "x-amz-invocation-type": "Event" };
  const large = await rawInvoke(name, JSON.stringify("x".repeat(1_048_576)), event);
  expect(errorOf(large)).toEqual({
    status: 413,
    code: "RequestEntityTooLargeException",
    message: "1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
  });
  expect((await rawInvoke(name, "no json", event)).status).toBe(400);
  expect((await rawInvoke(uniqueName("missing"), "{}", event)).status).toBe(404);
});

test("An event invoke config is kept, shown and deleted in AWS's words", async () => {
  const name = await deploy({ fixture: "echo" });
  const absent = { name: "ResourceNotFoundException", message: `The function ${arnOf(name)}:$LATEST doesn't have an EventInvokeConfig` };
  await expect(client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: name }))).rejects.toMatchObject(absent);
  await expect(client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: name }))).rejects.toMatchObject({
    name: "InvalidParameterValueException",
    message: "You must specify at least one of error handling or destination setting.",
  });
  await expect(
    client.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName: name, DestinationConfig: { OnFailure: { Destination: arnOf(name) } } }),
    ),
  ).rejects.toMatchObject({ message: "You can't specify the function as a destination for itself." });
  await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: name, MaximumRetryAttempts: 0 }));
  expect(await client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: name }))).toMatchObject({
    FunctionArn: `${arnOf(name)}:$LATEST`,
    MaximumRetryAttempts: 0,
    DestinationConfig: { OnSuccess: {}, OnFailure: {} },
  });
  await client.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName: name }));
  await expect(client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: name }))).rejects.toMatchObject(absent);
});

interface Summary {
  readonly name: string;
  readonly dead: number;
}

test("A dead event without a place of its own is found, redriven and purged", async () => {
  const name = await deploy({ fixture: "failures" });
  await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: name, MaximumRetryAttempts: 0 }));
  const requestId = await invokeAsync(name, { how: "error" });
  const admin = `${endpoint()}/_lambdock/async`;
  const dead = async (): Promise<number | undefined> => {
    const { queues } = (await (await fetch(admin)).json()) as { readonly queues: readonly Summary[] };
    return queues.find((queue) => queue.name === name)?.dead;
  };
  await until("the event to be dead", async () => (await dead()) === 1);
  const own = `${admin}/${ACCOUNT}/${REGION}/${name}`;
  expect(await (await fetch(`${own}/events?state=dead`)).json()).toMatchObject({
    events: [{ requestId, state: "dead", reason: "RetriesExhausted" }],
  });
  expect(await (await fetch(`${own}/redrive`, { method: "POST" })).json()).toEqual({ redriven: 1 });
  await until(
    "its second run",
    async () => (await messagesAfter(logsClient(), name, requestId)).filter((line) => line.startsWith("START ")).length === 2,
  );
  await until("the event to be dead again", async () => (await dead()) === 1);
  expect(await (await fetch(`${own}/events?state=dead`, { method: "DELETE" })).json()).toEqual({ purged: 1 });
  expect(await dead()).toBe(0);
  expect((await fetch(admin, { headers: { origin: "http://elsewhere.example" } })).status).toBe(403);
});
