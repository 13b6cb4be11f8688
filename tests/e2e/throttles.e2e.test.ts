/** Who is throttled, why, and what a client sees of it: the account's and a function's concurrency, and requests per second. invoke.md, scaling.md 1 to 3. */
import { afterAll, beforeAll, expect } from "@jest/globals";
import { CreateFunctionCommand, LambdaClient, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { ACCOUNT, lambdaClient, logsClient, REGION } from "./support/clients.ts";
import { creation, untilActive } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";
import { eventsOf } from "./support/log-events.ts";
import { rawRequest } from "./support/raw-request.ts";
import { testWhere } from "./support/test-where.ts";
import { chosenTarget } from "./target/config.ts";
import { createTarget } from "./target/create-target.ts";
import type { Target } from "./target/target.ts";
import { until } from "./target/wait.ts";

const kind = chosenTarget();
/** Limits are settings, so this needs a Lambdock of its own. */
const onOwnTarget = testWhere(kind !== "external");
const CONCURRENCY = 3;
let target: Target;
let client: LambdaClient;

beforeAll(async () => {
  if (kind === "external") return;
  const env = { LAMBDOCK_CONCURRENCY: String(CONCURRENCY), LAMBDOCK_UNRESERVED_MINIMUM: "1" };
  target = await createTarget(kind, { project: `lambdock-e2e-throttles-${process.pid}`, env });
  await target.start();
  client = lambdaClient(target.endpoint);
}, 300_000);

afterAll(async () => target?.dispose(), 120_000);

const deploy = async (reserved?: number): Promise<string> => {
  const input = await creation({ fixture: "lifetime", Timeout: 60 });
  await client.send(new CreateFunctionCommand(input));
  const FunctionName = input.FunctionName!;
  await untilActive(client, FunctionName);
  if (reserved !== undefined)
    await client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: reserved }));
  return FunctionName;
};

/** Gives the reservation up, so that the next test has the account for itself. */
const release = async (FunctionName: string): Promise<unknown> =>
  client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));

const startsOf = async (name: string): Promise<number> =>
  (await eventsOf(logsClient(target.endpoint), name)).filter(({ message }) => message?.startsWith("START ")).length;

/** Calls that run at the same time, once all of them do. */
const occupy = async (name: string, count: number, forMs: number): Promise<readonly Promise<unknown>[]> => {
  const running = Array.from({ length: count }, async () => invoke(name, { forMs }, { client }));
  await until(`${count} to run`, async () => (await startsOf(name)) >= count);
  return running;
};

const call = async (name: string) =>
  rawRequest({ method: "POST", path: `/2015-03-31/functions/${name}/invocations`, endpoint: target.endpoint, body: "{}" });

/** What a client sees on the wire of a call that is throttled for that reason. */
const throttledFor = (Reason: string) => ({
  status: 429,
  errorType: "TooManyRequestsException",
  retryAfter: expect.stringMatching(/^[1-9]\d*$/),
  body: { Reason, Type: "User", message: "Rate Exceeded." },
});

const wire = ({ status, headers, text }: Awaited<ReturnType<typeof call>>) => ({
  status,
  errorType: headers.get("x-amzn-errortype"),
  retryAfter: headers.get("retry-after"),
  body: JSON.parse(text) as Record<string, unknown>,
});

onOwnTarget("The account's concurrency is used up by whoever runs, and the next caller is told when to come again", async () => {
  const [busy, other] = await Promise.all([deploy(), deploy()]);
  const running = await occupy(busy, CONCURRENCY, 6_000);
  for (const name of [busy, other]) expect(wire(await call(name))).toEqual(throttledFor("ConcurrentInvocationLimitExceeded"));
  await expect(invoke(other, {}, { client })).rejects.toMatchObject({
    name: "TooManyRequestsException",
    message: "Rate Exceeded.",
    Reason: "ConcurrentInvocationLimitExceeded",
    retryAfterSeconds: expect.stringMatching(/^[1-9]\d*$/),
    $metadata: { httpStatusCode: 429 },
  });
  await Promise.all(running);
  expect((await call(other)).status).toBe(200);
});

onOwnTarget("An SDK that repeats throttled calls, as they do by default, gets its answer once there is room", async () => {
  const name = await deploy();
  const patient = new LambdaClient({
    endpoint: target.endpoint,
    region: REGION,
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: "secret" },
    maxAttempts: 10,
  });
  const running = await occupy(name, CONCURRENCY, 3_000);
  expect((await invoke(name, {}, { client: patient })).status).toBe(200);
  await Promise.all(running);
  patient.destroy();
});

onOwnTarget("A function that uses up its reservation is throttled for it, while others run", async () => {
  const [name, other] = [await deploy(1), await deploy()];
  const running = await occupy(name, 1, 4_000);
  expect(wire(await call(name))).toEqual(throttledFor("ReservedFunctionConcurrentInvocationLimitExceeded"));
  expect((await call(other)).status).toBe(200);
  await Promise.all(running);
  await release(name);
});

onOwnTarget("A function may be called ten times per second for each concurrent execution that it reserved", async () => {
  const name = await deploy(1);
  await call(name);
  const answers = [];
  for (let request = 0; request < 40; request += 1) answers.push(wire(await call(name)));
  const throttles = answers.filter(({ status }) => status !== 200);
  expect(throttles).toContainEqual(throttledFor("ReservedFunctionInvocationRateLimitExceeded"));
  await release(name);
});

onOwnTarget("An account may call ten times per second for each of its concurrent executions", async () => {
  const name = await deploy();
  await call(name);
  const answers = [];
  for (let request = 0; request < 120; request += 1) answers.push(wire(await call(name)));
  const throttles = answers.filter(({ status }) => status !== 200);
  expect(throttles).toContainEqual(throttledFor("FunctionInvocationRateLimitExceeded"));
});

onOwnTarget(
  "A function that takes environments into use faster than it may is throttled although there is room",
  async () => {
    const env = { LAMBDOCK_SCALING_BURST: "2", LAMBDOCK_SCALING_PER_SECOND: "1" };
    const slow = await createTarget(kind as Exclude<typeof kind, "external">, { project: `lambdock-e2e-scaling-${process.pid}`, env });
    try {
      await slow.start();
      const there = lambdaClient(slow.endpoint);
      const input = await creation({ fixture: "lifetime", Timeout: 60 });
      await there.send(new CreateFunctionCommand(input));
      await untilActive(there, input.FunctionName!);
      const calls = await Promise.allSettled(
        [1, 2, 3, 4].map(async () => invoke(input.FunctionName!, { forMs: 2_000 }, { client: there })),
      );
      const refused = calls.filter(({ status }) => status === "rejected").map((call) => (call as PromiseRejectedResult).reason as unknown);
      expect(calls.length - refused.length).toBeGreaterThanOrEqual(2);
      expect(refused).toContainEqual(
        expect.objectContaining({ name: "TooManyRequestsException", Reason: "FunctionInvocationRateLimitExceeded" }),
      );
    } finally {
      await slow.dispose();
    }
  },
  120_000,
);
