/** Metrics through accidents, on a target of its own: nothing is counted twice, and nothing stays in flight that died. */
import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { CreateFunctionCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { ACCOUNT, lambdaClient, REGION } from "./support/clients.ts";
import { creation, untilActive } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";
import { testWhere } from "./support/test-where.ts";
import { chosenTarget } from "./target/config.ts";
import { createTarget } from "./target/create-target.ts";
import type { Target } from "./target/target.ts";
import { until } from "./target/wait.ts";

const kind = chosenTarget();
const onOwnTarget = testWhere(kind !== "external");
const began = Date.now();

let target: Target;
let client: LambdaClient;
let cloudwatch: CloudWatchClient;

beforeAll(async () => {
  if (kind === "external") return;
  target = await createTarget(kind, { project: `lambdock-e2e-metrics-${process.pid}`, ownRedis: true });
  await target.start();
  client = lambdaClient(target.endpoint);
  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: "secret" };
  cloudwatch = new CloudWatchClient({ endpoint: target.endpoint, region: REGION, credentials, maxAttempts: 1 });
}, 300_000);

afterAll(async () => {
  cloudwatch?.destroy();
  await target?.dispose();
}, 120_000);

async function deploy(fixture: string): Promise<string> {
  const input = await creation({ fixture, Timeout: 60 });
  await client.send(new CreateFunctionCommand(input));
  await untilActive(client, input.FunctionName!);
  return input.FunctionName!;
}

/** Over all of the test's time. */
async function invocations(name: string): Promise<number | undefined> {
  const command = new GetMetricStatisticsCommand({
    Namespace: "AWS/Lambda",
    MetricName: "Invocations",
    Dimensions: [{ Name: "FunctionName", Value: name }],
    StartTime: new Date(began - 60_000),
    EndTime: new Date(Date.now() + 120_000),
    Period: 86_400,
    Statistics: ["Sum"],
  });
  return (await cloudwatch.send(command)).Datapoints![0]?.Sum;
}

async function inFlight(name: string): Promise<number | undefined> {
  const text = await (await fetch(`${target.endpoint}/_lambdock/metrics`)).text();
  const [, value] = new RegExp(`^lambdock_concurrent_executions\\{.*function_name="${name}"\\} (\\d+)$`, "m").exec(text) ?? [];
  return value === undefined ? undefined : Number(value);
}

onOwnTarget(
  "Figures survive a kill and a Redis that goes away: each invocation counts once",
  async () => {
    const name = await deploy("echo");
    for (let run = 0; run < 5; run += 1) await invoke(name, {}, { client });
    await until("five invocations", async () => (await invocations(name)) === 5);
    await target.killExecutor();
    await target.reviveExecutor();
    await until("an invocation after the kill", async () => (await invoke(name, {}, { client })).status === 200);
    await until("six invocations", async () => (await invocations(name)) === 6);
    await target.loseRedis();
    await target.restoreRedis();
    await until("an invocation with Redis back", async () => (await invoke(name, {}, { client })).status === 200);
    await until("seven invocations", async () => (await invocations(name)) === 7);
    await target.stop();
    await target.start();
    expect(await invocations(name)).toBe(7);
  },
  180_000,
);

onOwnTarget(
  "What a killed executor ran is in flight no more",
  async () => {
    const name = await deploy("lifetime");
    const cut = invoke(name, { forMs: 50_000 }, { client }).catch(() => undefined);
    await until("it to be in flight", async () => (await inFlight(name)) === 1);
    await target.killExecutor();
    await cut;
    await target.reviveExecutor();
    await until("nothing to be in flight", async () => ((await inFlight(name)) ?? 0) === 0);
  },
  180_000,
);
