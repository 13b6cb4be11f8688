/** What a run leaves in CloudWatch Logs and in the log tail. invoke.md 7. */
import { expect, test } from "@jest/globals";
import {
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { ACCOUNT, logsClient, REGION } from "./support/clients.ts";
import { createDeployer } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";
import { eventsOf, messagesAfter, ofRun } from "./support/log-events.ts";

const logs = logsClient();
const deploy = createDeployer();
const NODE_LINE = (requestId: string, level: string, text: string): RegExp =>
  new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\\t${requestId}\\t${level}\\t${text}\\n?$`);
const REPORT = (requestId: string, init: string): RegExp =>
  new RegExp(
    `^REPORT RequestId: ${requestId}\\tDuration: \\d+\\.\\d\\d ms\\tBilled Duration: \\d+ ms\\tMemory Size: 128 MB\\tMax Memory Used: \\d+ MB\\t${init}\\n?$`,
  );
const INIT = "Init Duration: \\d+\\.\\d\\d ms\\t";

test("A cold run logs INIT_START, START, the function's lines, END and REPORT with its Init Duration; a warm one no init", async () => {
  const name = await deploy({ fixture: "printer" });
  const cold = await invoke(name, { text: "hello", error: "trouble" });
  const warm = await invoke(name, { text: "again" });
  const messages = await messagesAfter(logs, name, warm.requestId);
  expect(messages[0]).toMatch(
    /^INIT_START Runtime Version: nodejs:\d+\.v\d+\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}\n?$/,
  );
  const first = ofRun(messages, cold.requestId);
  expect(first).toHaveLength(5);
  expect(first[0]).toMatch(new RegExp(`^START RequestId: ${cold.requestId} Version: \\$LATEST\\n?$`));
  expect(first[1]).toMatch(NODE_LINE(cold.requestId, "INFO", "hello"));
  expect(first[2]).toMatch(NODE_LINE(cold.requestId, "ERROR", "trouble"));
  expect(first[3]).toMatch(new RegExp(`^END RequestId: ${cold.requestId}\\n?$`));
  expect(first[4]).toMatch(REPORT(cold.requestId, INIT));
  const second = ofRun(messages, warm.requestId);
  expect(second).toHaveLength(4);
  expect(second[3]).toMatch(REPORT(warm.requestId, ""));
  expect(messages.filter((message) => message.startsWith("INIT_START"))).toHaveLength(1);
});

test("Billed Duration of a cold run covers Duration and Init Duration, rounded up", async () => {
  const name = await deploy({ fixture: "printer" });
  const { tail } = await invoke(name, {}, { tail: true });
  const number = (label: string): number => Number(new RegExp(`${label}: ([\\d.]+) ms`).exec(tail)![1]);
  expect(number("Billed Duration")).toBe(Math.ceil(Math.round((number("\\tDuration") + number("Init Duration")) * 100) / 100));
});

test("Max Memory Used is real: it grows with what the function holds", async () => {
  const name = await deploy({ fixture: "memory", MemorySize: 512, Timeout: 20 });
  const used = async (heapMegabytes: number): Promise<number> =>
    Number(/Max Memory Used: (\d+) MB/.exec((await invoke(name, { heapMegabytes }, { tail: true })).tail)![1]);
  const little = await used(1);
  const much = await used(150);
  expect(little).toBeGreaterThan(5);
  expect(much).toBeGreaterThanOrEqual(little + 100);
  expect(much).toBeLessThanOrEqual(512);
});

test("A run that times out is reported with its status, and a crash with its error type", async () => {
  const slow = await deploy({ fixture: "lifetime", Timeout: 1 });
  expect((await invoke(slow, { forMs: 60_000 }, { tail: true })).tail).toMatch(/REPORT RequestId: [^\n]*\tStatus: timeout\t?\n?$/);
  const crashing = await deploy({ fixture: "failures" });
  expect((await invoke(crashing, { how: "exit3" }, { tail: true })).tail).toMatch(
    /REPORT RequestId: [^\n]*\tStatus: error\tError Type: Runtime\.ExitError\t?\n?$/,
  );
});

test("Runs that time out, exit or crash leave no lines but their own in the log", async () => {
  const slow = await deploy({ fixture: "lifetime", Timeout: 1 });
  const crashing = await deploy({ fixture: "failures" });
  const runs = [
    await invoke(slow, { forMs: 60_000 }, { tail: true }),
    await invoke(crashing, { how: "exit3" }, { tail: true }),
    await invoke(crashing, { how: "exit0" }, { tail: true }),
  ];
  for (const { tail, requestId } of runs) {
    expect(
      tail
        .trimEnd()
        .split("\n")
        .map((line) => line.split("\t", 1)[0]),
    ).toEqual([`START RequestId: ${requestId} Version: $LATEST`, `END RequestId: ${requestId}`, `REPORT RequestId: ${requestId}`]);
  }
});

test("LogType Tail returns exactly the last 4,096 bytes, and no tail without it", async () => {
  const name = await deploy({ fixture: "printer", Timeout: 20 });
  const { tail, requestId } = await invoke(name, { lines: 500 }, { tail: true });
  expect(Buffer.byteLength(tail)).toBe(4_096);
  const whole = ofRun(await messagesAfter(logs, name, requestId), requestId);
  const text = whole.map((message) => (message.endsWith("\n") ? message : `${message}\n`)).join("");
  expect(text.endsWith(tail)).toBe(true);
  expect((await invoke(name)).tail).toBe("");
});

test("A short run's tail is its whole log, from START to REPORT", async () => {
  const name = await deploy({ fixture: "printer" });
  const { tail, requestId } = await invoke(name, { text: "hello" }, { tail: true });
  const lines = tail.trimEnd().split("\n");
  expect(lines[0]).toBe(`START RequestId: ${requestId} Version: $LATEST`);
  expect(lines[1]).toMatch(NODE_LINE(requestId, "INFO", "hello"));
  expect(lines[2]).toBe(`END RequestId: ${requestId}`);
  expect(lines[3]).toMatch(/^REPORT RequestId: /);
  expect(lines).toHaveLength(4);
});

test("10,000 lines printed at once are all there, in order", async () => {
  const name = await deploy({ fixture: "printer", Timeout: 30, MemorySize: 1769 });
  const { requestId } = await invoke(name, { lines: 10_000 });
  const run = ofRun(await messagesAfter(logs, name, requestId), requestId);
  const printed = run.slice(1, -2).map((message) => message.trimEnd().split("\t").at(-1));
  expect(printed).toEqual(Array.from({ length: 10_000 }, (_, line) => `line ${line}`));
});

test("A message of several lines is one event", async () => {
  const name = await deploy({ fixture: "printer" });
  const { requestId } = await invoke(name, { text: "one\ntwo\nthree" });
  const run = ofRun(await messagesAfter(logs, name, requestId), requestId);
  expect(run).toHaveLength(4);
  expect(run[1]).toMatch(NODE_LINE(requestId, "INFO", "one\ntwo\nthree"));
});

test("An error that a handler throws is logged with its stack as one event", async () => {
  const name = await deploy({ fixture: "failures" });
  const { requestId } = await invoke(name, { how: "error" });
  const run = ofRun(await messagesAfter(logs, name, requestId), requestId);
  expect(run[1]).toMatch(
    new RegExp(`^\\d{4}-[^\\t]*\\t${requestId}\\tERROR\\tInvoke Error \\t\\{"errorType":"OrderError","errorMessage":"no such order"`),
  );
});

test("Groups and streams are listed: one group per function, one stream per environment", async () => {
  const name = await deploy({ fixture: "printer" });
  const { requestId } = await invoke(name, { text: "hello" });
  await messagesAfter(logs, name, requestId);
  const logGroupName = `/aws/lambda/${name}`;
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }));
  expect(logGroups).toHaveLength(1);
  expect(logGroups![0]).toMatchObject({
    logGroupName,
    arn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${logGroupName}:*`,
    creationTime: expect.any(Number),
  });
  const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName, orderBy: "LastEventTime", descending: true }));
  expect(logStreams).toHaveLength(1);
  expect(logStreams![0]!.logStreamName).toMatch(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
});

test("GetLogEvents pages forward from the head, and at the end repeats its token", async () => {
  const name = await deploy({ fixture: "printer" });
  const { requestId } = await invoke(name, { lines: 25 });
  const all = await messagesAfter(logs, name, requestId);
  const logGroupName = `/aws/lambda/${name}`;
  const logStreamName = (await logs.send(new DescribeLogStreamsCommand({ logGroupName }))).logStreams![0]!.logStreamName!;
  const seen: string[] = [];
  let nextToken: string | undefined;
  for (;;) {
    const page = await logs.send(
      new GetLogEventsCommand({
        logGroupName,
        logStreamName,
        startFromHead: true,
        limit: 10,
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    );
    expect(page.events!.length).toBeLessThanOrEqual(10);
    seen.push(...page.events!.map((event) => event.message!));
    if (page.nextForwardToken === nextToken) break;
    nextToken = page.nextForwardToken!;
  }
  expect(seen).toEqual(all);
});

test("FilterLogEvents filters by term, by time and by stream", async () => {
  const name = await deploy({ fixture: "printer" });
  const { requestId } = await invoke(name, { text: "needle in hay" });
  await messagesAfter(logs, name, requestId);
  const logGroupName = `/aws/lambda/${name}`;
  const matching = async (filter: object): Promise<readonly string[]> =>
    (await logs.send(new FilterLogEventsCommand({ logGroupName, ...filter }))).events!.map((event) => event.message!);
  expect(await matching({ filterPattern: "needle" })).toEqual([expect.stringContaining("needle in hay")]);
  expect(await matching({ filterPattern: '"in hay"' })).toHaveLength(1);
  expect(await matching({ filterPattern: "absent" })).toEqual([]);
  const [first] = await eventsOf(logs, name);
  expect(await matching({ endTime: first!.timestamp! - 60_000 })).toEqual([]);
  expect((await matching({ startTime: first!.timestamp!, logStreamNames: [first!.logStreamName!] })).length).toBeGreaterThan(3);
});

test("A log group that does not exist gives 404", async () => {
  await expect(logs.send(new FilterLogEventsCommand({ logGroupName: "/aws/lambda/nobody-made-this" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "The specified log group does not exist.",
  });
});
