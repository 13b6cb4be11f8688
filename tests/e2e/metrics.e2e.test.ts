/** CloudWatch metrics of `AWS/Lambda`, and what Prometheus scrapes. scaling.md section 8, async.md section 7. */
import { CloudWatchClient, GetMetricDataCommand, GetMetricStatisticsCommand, ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import {
  CreateAliasCommand,
  DeleteFunctionConcurrencyCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, expect, test } from "@jest/globals";
import { invokeAsync } from "./support/async-events.ts";
import { awsCli, testWithCli } from "./support/aws-cli.ts";
import { ACCOUNT, lambdaClient, REGION } from "./support/clients.ts";
import { createDeployer } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";
import { endpoint } from "./target/config.ts";
import { until } from "./target/wait.ts";

const client = lambdaClient();
const deploy = createDeployer(client);
const cli = awsCli();
const cloudwatch = new CloudWatchClient({
  endpoint: endpoint(),
  region: REGION,
  credentials: { accessKeyId: ACCOUNT, secretAccessKey: "secret" },
  maxAttempts: 1,
});
afterAll(() => cloudwatch.destroy());

const began = Date.now();
const range = (): { readonly StartTime: Date; readonly EndTime: Date } => ({
  StartTime: new Date(began - 60_000),
  EndTime: new Date(Date.now() + 120_000),
});

/** One value over all of the test's time; `undefined`: there is no data. */
async function metric(about: string | Record<string, string>, MetricName: string, Stat = "Sum"): Promise<number | undefined> {
  const values = typeof about === "string" ? { FunctionName: about } : about;
  const Dimensions = Object.entries(values).map(([Name, Value]) => ({ Name, Value }));
  const MetricStat = { Metric: { Namespace: "AWS/Lambda", MetricName, Dimensions }, Period: 86_400, Stat };
  const { MetricDataResults } = await cloudwatch.send(
    new GetMetricDataCommand({ MetricDataQueries: [{ Id: "m", MetricStat }], ...range() }),
  );
  return MetricDataResults![0]!.Values![0];
}

async function scrape(): Promise<string> {
  return (await fetch(`${endpoint()}/_lambdock/metrics`)).text();
}

test("Invocations, errors, duration and concurrency are what the callers saw", async () => {
  const name = await deploy({ fixture: "failures" });
  for (let run = 0; run < 5; run += 1) await invoke(name, { how: "fine" });
  for (let run = 0; run < 2; run += 1) expect((await invoke(name, { how: "error" })).functionError).toBe("Unhandled");
  await until("seven invocations", async () => (await metric(name, "Invocations")) === 7);
  expect(await metric(name, "Errors")).toBe(2);
  expect(await metric(name, "Errors", "SampleCount")).toBe(7);
  expect(await metric(name, "Throttles")).toBe(0);
  expect(await metric(name, "Duration", "SampleCount")).toBe(7);
  const [least, median, most] = await Promise.all(["Minimum", "p50", "Maximum"].map(async (stat) => metric(name, "Duration", stat)));
  expect(least! <= median! && median! <= most! && least! > 0).toBe(true);
  await until("the concurrency to be told", async () => (await metric(name, "ConcurrentExecutions", "Maximum")) === 1);
  expect(await metric(name, "Invocations", "Median").catch((error: unknown) => (error as Error).name)).toBe("ValidationException");
});

test("What a limit refuses is a throttle, and no invocation", async () => {
  const name = await deploy({ fixture: "echo" });
  await client.send(new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 0 }));
  for (let run = 0; run < 3; run += 1) await expect(invoke(name)).rejects.toMatchObject({ name: "TooManyRequestsException" });
  await until("three throttles", async () => (await metric(name, "Throttles")) === 3);
  expect(await metric(name, "Invocations")).toBeUndefined();
  const labels = `account="${ACCOUNT}",region="${REGION}",function_name="${name}"`;
  expect(await scrape()).toContain(`lambdock_throttles_total{${labels},reason="ReservedFunctionConcurrentInvocationLimitExceeded"} 3`);
  await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName: name }));
});

test("Asynchronous events are received, age with each attempt, and are dropped", async () => {
  const name = await deploy({ fixture: "failures" });
  await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: name, MaximumRetryAttempts: 1 }));
  await invokeAsync(client, name, { how: "error" });
  await until("the event to be dropped", async () => (await metric(name, "AsyncEventsDropped")) === 1);
  expect(await metric(name, "AsyncEventsReceived")).toBe(1);
  expect(await metric(name, "AsyncEventAge", "SampleCount")).toBe(2);
  expect(await metric(name, "Errors")).toBe(2);
});

test("GetMetricStatistics and ListMetrics know the function by name and by resource", async () => {
  const name = await deploy({ fixture: "echo" });
  await invoke(name, {});
  await until("the invocation", async () => (await metric(name, "Invocations")) === 1);
  const Dimensions = [
    { Name: "FunctionName", Value: name },
    { Name: "Resource", Value: name },
  ];
  const asked = { Namespace: "AWS/Lambda", MetricName: "Invocations", Period: 60, Statistics: ["Sum" as const], Dimensions, ...range() };
  const { Datapoints, Label } = await cloudwatch.send(new GetMetricStatisticsCommand(asked));
  expect([Label, Datapoints]).toEqual(["Invocations", [{ Timestamp: expect.any(Date), Sum: 1, Unit: "Count" }]]);
  expect(Datapoints![0]!.Timestamp!.getTime() % 60_000).toBe(0);
  const { Metrics } = await cloudwatch.send(
    new ListMetricsCommand({ MetricName: "Duration", Dimensions: [Dimensions[0]!], RecentlyActive: "PT3H" }),
  );
  expect(Metrics!.map((each) => each.Dimensions)).toEqual([[Dimensions[0]], Dimensions]);
});

test("An invocation of an alias counts for the alias, and for the version that ran", async () => {
  const FunctionName = await deploy({ fixture: "echo" });
  const { Version } = await client.send(new PublishVersionCommand({ FunctionName }));
  await client.send(new CreateAliasCommand({ FunctionName, Name: "prod", FunctionVersion: Version }));
  await invoke(`${FunctionName}:prod`);
  const alias = { FunctionName, Resource: `${FunctionName}:prod` };
  await until("the alias to have one", async () => (await metric(alias, "Invocations")) === 1);
  expect(await metric({ ...alias, ExecutedVersion: Version! }, "Invocations")).toBe(1);
  expect(await metric(FunctionName, "Invocations")).toBe(1);
  expect(await metric({ FunctionName, Resource: FunctionName }, "Invocations")).toBeUndefined();
});

testWithCli("metrics.e2e.test.ts")("The aws command line reads the same figures", async () => {
  const name = await deploy({ fixture: "echo" });
  await invoke(name, {});
  await until("the invocation", async () => (await metric(name, "Invocations")) === 1);
  const time = [range().StartTime, range().EndTime].map((date) => date.toISOString());
  const answer = await cli.json<{ readonly Datapoints: readonly { readonly Sum: number }[] }>(
    ...["cloudwatch", "get-metric-statistics", "--namespace", "AWS/Lambda", "--metric-name", "Invocations"],
    ...["--dimensions", `Name=FunctionName,Value=${name}`, "--start-time", time[0]!, "--end-time", time[1]!],
    ...["--period", "86400", "--statistics", "Sum"],
  );
  expect(answer.Datapoints.map(({ Sum }) => Sum)).toEqual([1]);
});

test("Prometheus is told of invocations, cold starts, durations and environments", async () => {
  const name = await deploy({ fixture: "echo" });
  await invoke(name, {});
  await invoke(name, {});
  const labels = `account="${ACCOUNT}",region="${REGION}",function_name="${name}"`;
  const text = await until("both invocations", async () => {
    const scraped = await scrape();
    return scraped.includes(`lambdock_invocations_total{${labels}} 2`) ? scraped : undefined;
  });
  expect(text).toContain(`lambdock_cold_starts_total{${labels}} 1\n`);
  expect(text).toContain(`lambdock_duration_milliseconds_count{${labels}} 2\n`);
  expect(text).toMatch(new RegExp(`lambdock_environments\\{${labels},state="(idle|frozen|spare)"\\} [1-9]`));
  expect(text).toMatch(/lambdock_account_concurrency_limit\{[^}]+\} [1-9]\d*/);
});
