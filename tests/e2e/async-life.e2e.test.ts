/**
 * The whole life of one asynchronous event with the stock command line, printed as it goes and
 * compared with the recorded shapes (async.md, sections 2 to 4). Targets run sixty times faster than AWS.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { awsCli, testWithCli } from "./support/aws-cli.ts";
import { ACCOUNT, arnOf, REGION, ROLE } from "./support/clients.ts";
import { uniqueName } from "./support/deploy.ts";
import { zipFixture } from "./support/zip.ts";
import { until } from "./target/wait.ts";

const aws = awsCli();
const testLife = testWithCli("async-life.e2e.test.ts");

/** LAMBDOCK_TIME_SCALE of the targets. */
const TIME_SCALE = 60;
/** The recorded gaps have a few seconds of jitter; ours are only rounded to the millisecond of the log. */
const JITTER_SECONDS = 0.5;
const LIFE_MS = 90_000;
/** Spaces and a number that no double holds: the dead letter must have the text, not its value. */
const EVENT = '{ "how": "error",  "order": 12345678901234567890 }';
const TRACE = /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01];Lineage=1:[0-9a-f]{8}:0$/;

interface Message {
  readonly Body: string;
  readonly Attributes: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue: string; readonly DataType: string }>>;
}

const tell = (line: string): boolean => process.stdout.write(`    ${line}\n`);

async function createQueue(): Promise<{ readonly url: string; readonly arn: string }> {
  const name = uniqueName("life");
  const { QueueUrl: url } = await aws.json<{ QueueUrl: string }>("sqs", "create-queue", "--queue-name", name);
  return { url, arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}` };
}

async function receive(url: string): Promise<Message> {
  const all = ["--attribute-names", "All", "--message-attribute-names", "All", "--wait-time-seconds", "5"];
  const poll = async (): Promise<Message | undefined> =>
    (await aws.json<{ Messages?: Message[] }>("sqs", "receive-message", "--queue-url", url, ...all)).Messages?.[0];
  return until("a message", poll, { withinMs: 60_000 });
}

async function createFunction(...settings: string[]): Promise<string> {
  const name = uniqueName("life");
  await writeFile(join(aws.directory(), "failures.zip"), await zipFixture("failures"));
  await writeFile(join(aws.directory(), "event.json"), EVENT);
  await aws.json(
    ...["lambda", "create-function", "--function-name", name, "--runtime", "nodejs24.x", "--handler", "index.handler"],
    ...["--role", ROLE, "--zip-file", "fileb://failures.zip", ...settings],
  );
  await aws.json("lambda", "wait", "function-active-v2", "--function-name", name);
  return name;
}

async function invoke(name: string): Promise<void> {
  const payload = ["--payload", "fileb://event.json"];
  const answer = await aws.json("lambda", "invoke", "--function-name", name, "--invocation-type", "Event", ...payload, "out.json");
  expect(answer).toEqual({ StatusCode: 202 });
  tell(`${name}: 202, accepted`);
}

/** When each attempt of the request began, seconds of AWS's time after the first; printed. */
async function attemptsOf(name: string, requestId: string): Promise<readonly number[]> {
  const filter = ["--log-group-name", `/aws/lambda/${name}`, "--filter-pattern", '"START RequestId"'];
  const starts = await until("three attempts in the log", async () => {
    const { events } = await aws.json<{ events: { timestamp: number; message: string }[] }>("logs", "filter-log-events", ...filter);
    return events.length >= 3 ? events : undefined;
  });
  expect(starts.map(({ message }) => message)).toEqual(Array.from({ length: 3 }, () => `START RequestId: ${requestId} Version: $LATEST\n`));
  const seconds = starts.map(({ timestamp }) => ((timestamp - starts[0]!.timestamp) / 1_000) * TIME_SCALE);
  for (const [index, at] of seconds.entries())
    tell(`${index === 0 ? "attempt 1" : `retry ${index}  `} at ${at.toFixed(1)} s of AWS's time`);
  return seconds;
}

/** One minute, then two [recorded]; never earlier. */
function expectRecordedGaps([first = 0, second = 0, third = 0]: readonly number[]): void {
  expect(second - first).toBeGreaterThanOrEqual(60 - JITTER_SECONDS);
  expect(third - second).toBeGreaterThanOrEqual(120 - JITTER_SECONDS);
}

testLife(
  "202, attempt 1, retry 1, retry 2, and a dead letter with its three attributes",
  async () => {
    const queue = await createQueue();
    const name = await createFunction("--dead-letter-config", `TargetArn=${queue.arn}`);
    await invoke(name);
    const letter = await receive(queue.url);
    const requestId = letter.MessageAttributes?.["RequestID"]?.StringValue ?? "none";
    expectRecordedGaps(await attemptsOf(name, requestId));
    tell(`dead letter  ${letter.Body}`);
    for (const [attribute, { DataType, StringValue }] of Object.entries(letter.MessageAttributes ?? {}))
      tell(`             ${attribute} (${DataType}) ${StringValue}`);
    expect(letter.Body).toBe(EVENT);
    expect(letter.MessageAttributes).toEqual({
      RequestID: { DataType: "String", StringValue: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) },
      ErrorCode: { DataType: "Number", StringValue: "200" },
      ErrorMessage: { DataType: "String", StringValue: "no such order" },
    });
    expect(letter.Attributes["AWSTraceHeader"]).toMatch(TRACE);
    await aws.run("lambda", "delete-function", "--function-name", name);
  },
  LIFE_MS,
);

testLife(
  "202, attempt 1, retry 1, retry 2, and the record at its destination",
  async () => {
    const queue = await createQueue();
    const name = await createFunction();
    await aws.json(
      ...["lambda", "put-function-event-invoke-config", "--function-name", name],
      ...["--destination-config", `OnFailure={Destination=${queue.arn}}`],
    );
    await invoke(name);
    const { Body: body, Attributes: attributes, MessageAttributes: messageAttributes } = await receive(queue.url);
    const record = JSON.parse(body) as RecordedShape;
    const { requestId } = record.requestContext;
    expectRecordedGaps(await attemptsOf(name, requestId));
    tell(`destination  ${body}`);
    expect(Number.isNaN(Date.parse(record.timestamp))).toBe(false);
    // As text: the recording's order of members is part of the shape.
    const shape = body
      .replace(record.timestamp, "<time>")
      .replaceAll(requestId, "<uuid>")
      .replace(/"trace":\[[^\]]*\]/, '"trace":["…"]');
    expect(shape).toBe(
      `{"version":"1.0","timestamp":"<time>","requestContext":{"requestId":"<uuid>","functionArn":"${arnOf(name)}:$LATEST",` +
        `"condition":"RetriesExhausted","approximateInvokeCount":3},"requestPayload":${EVENT},` +
        `"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},` +
        `"responsePayload":{"errorType":"OrderError","errorMessage":"no such order","trace":["…"]}}`,
    );
    expect(messageAttributes).toBeUndefined();
    expect(attributes["AWSTraceHeader"]).toMatch(TRACE);
    await aws.run("lambda", "delete-function", "--function-name", name);
  },
  LIFE_MS,
);

interface RecordedShape {
  readonly timestamp: string;
  readonly requestContext: { readonly requestId: string };
}
