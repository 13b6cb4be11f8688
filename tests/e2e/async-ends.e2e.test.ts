/** Asynchronous events whose end can't be told as configured, and recursive loops. async.md, sections 2 to 7. */
import { spawnSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import {
  DeleteFunctionCommand,
  GetFunctionRecursionConfigCommand,
  PutFunctionEventInvokeConfigCommand,
  PutFunctionRecursionConfigCommand,
} from "@aws-sdk/client-lambda";
import { deadEvent, invokeAsync, metricOf } from "./support/async-events.ts";
import { ACCOUNT, arnOf, lambdaClient, logsClient, REGION } from "./support/clients.ts";
import { createDeployer } from "./support/deploy.ts";
import { eventsOf } from "./support/log-events.ts";
import { createQueue, sqsClient } from "./support/queues.ts";
import { rawInvoke } from "./support/raw-request.ts";
import { endpoint, inheritedEnv } from "./target/config.ts";
import { until } from "./target/wait.ts";

const client = lambdaClient();
const deploy = createDeployer(client);
const sqs = sqsClient();

async function withoutRetries(FunctionName: string, onFailure?: string): Promise<void> {
  const destinations = onFailure === undefined ? {} : { DestinationConfig: { OnFailure: { Destination: onFailure } } };
  await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0, ...destinations }));
}

const startsOf = async (name: string): Promise<number> =>
  (await eventsOf(logsClient(), name)).filter(({ message }) => message?.startsWith("START ")).length;

test("An event that waits for its retry when its function is deleted ends among the dead, and says why", async () => {
  const name = await deploy({ fixture: "failures" });
  const requestId = await invokeAsync(client, name, { how: "error" });
  await until("the first attempt", async () => (await startsOf(name)) === 1);
  await client.send(new DeleteFunctionCommand({ FunctionName: name }));
  expect(await deadEvent(name, requestId)).toMatchObject({ state: "dead", reason: "The function was deleted while the event waited." });
  expect(await metricOf("AsyncEventsReceived", name)).toBe(1);
  expect(await metricOf("AsyncEventsDropped", name)).toBe(1);
});

test("An event whose dead-letter queue is gone is tried again for two minutes, then counted and kept among the dead", async () => {
  const queue = await createQueue(sqs);
  const name = await deploy({ fixture: "failures", DeadLetterConfig: { TargetArn: queue.arn } });
  await withoutRetries(name);
  await queue.delete();
  const requestId = await invokeAsync(client, name, { how: "error" });
  expect(await deadEvent(name, requestId)).toMatchObject({ reason: expect.stringContaining(`${queue.arn} did not take it (`) });
  expect(await metricOf("DeadLetterErrors", name)).toBe(1);
  expect(await startsOf(name)).toBe(1);
});

test("A FIFO queue is accepted as a destination, and fails on delivery", async () => {
  const queue = await createQueue(sqs, "fifo");
  const name = await deploy({ fixture: "failures" });
  await withoutRetries(name, queue.arn);
  const requestId = await invokeAsync(client, name, { how: "error" });
  expect(await deadEvent(name, requestId)).toMatchObject({ reason: `${queue.arn} is FIFO, which Lambda does not deliver to.` });
  expect(await metricOf("DestinationDeliveryFailures", name)).toBe(1);
});

test("A function that invokes itself runs sixteen times, then its event goes to the dead-letter queue", async () => {
  const queue = await createQueue(sqs);
  const name = await deploy({ fixture: "loop", Timeout: 30, DeadLetterConfig: { TargetArn: queue.arn } });
  await invokeAsync(client, name, { left: 100 });
  const letter = await queue.receive();
  expect(JSON.parse(letter.Body!)).toEqual({ left: 84 });
  expect(letter.MessageAttributes).toMatchObject({
    ErrorCode: { DataType: "Number", StringValue: "400" },
    ErrorMessage: { StringValue: expect.stringContaining("recursive loop") },
  });
  await until("the runs in the log", async () => (await startsOf(name)) >= 16);
  expect(await startsOf(name)).toBe(16);
  expect(await metricOf("RecursiveInvocationsDropped", name)).toBe(1);
  expect(await metricOf("AsyncEventsReceived", name)).toBe(17);
});

test("Two functions that are each other's destination run sixteen times each", async () => {
  const [one, other] = [await deploy({ fixture: "version" }), await deploy({ fixture: "version" })];
  for (const [FunctionName, next] of [
    [one, other],
    [other, one],
  ])
    await client.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig: { OnSuccess: { Destination: arnOf(next!) } } }),
    );
  await invokeAsync(client, one, {});
  await until("the loop to be stopped", async () => (await metricOf("RecursiveInvocationsDropped", one)) === 1, { withinMs: 40_000 });
  for (const name of [one, other]) {
    await until(`the runs of ${name} in the log`, async () => (await startsOf(name)) >= 16);
    expect(await startsOf(name)).toBe(16);
  }
});

test("A loop that is allowed goes on to its own end", async () => {
  const name = await deploy({ fixture: "loop", Timeout: 30 });
  expect((await client.send(new GetFunctionRecursionConfigCommand({ FunctionName: name }))).RecursiveLoop).toBe("Terminate");
  await client.send(new PutFunctionRecursionConfigCommand({ FunctionName: name, RecursiveLoop: "Allow" }));
  await invokeAsync(client, name, { left: 19 });
  await until("twenty runs", async () => (await startsOf(name)) === 20);
  await expect(
    client.send(new PutFunctionRecursionConfigCommand({ FunctionName: name, RecursiveLoop: "Sometimes" as "Allow" })),
  ).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringMatching(/Value 'Sometimes' at 'recursiveLoop' .* enum value set: \[Terminate, Allow\]$/),
  });
});

test("AWS's SDK inside a function passes the lineage on, and learns that the loop was stopped", async () => {
  const name = await deploy({ fixture: "echo" });
  let trace = "";
  for (let run = 0; run < 16; run += 1) {
    const { headers } = await rawInvoke(name, "{}", trace === "" ? {} : { "x-amzn-trace-id": trace });
    trace = headers.get("x-amzn-trace-id") ?? "";
  }
  // What a runtime gives the function's code, given to a process of ours.
  const program = `
    import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
    await new LambdaClient({ maxAttempts: 1 }).send(new InvokeCommand({ FunctionName: "${name}" })).then(
      () => console.log("ran"),
      (error) => console.log(error.name, error.$metadata.httpStatusCode));`;
  const env = inheritedEnv({
    AWS_ENDPOINT_URL: endpoint(),
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: ACCOUNT,
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_LAMBDA_FUNCTION_NAME: name,
    _X_AMZN_TRACE_ID: trace,
  });
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { env, encoding: "utf8" });
  expect(stdout.trim()).toBe("RecursiveInvocationException 400");
});
