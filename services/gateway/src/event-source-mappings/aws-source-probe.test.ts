import type { IncomingHttpHeaders } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { freePort } from "@lambdock/store/testing/redis-fixture";
import { listen } from "../functions/testing/control-plane-fixture.ts";
import { createSourceProbe } from "./aws-source-probe.ts";

const QUEUE = "arn:aws:sqs:eu-west-1:444455556666:q";
const STREAM = "arn:aws:kinesis:us-east-1:111122223333:stream/s";
const TABLE_STREAM = "arn:aws:dynamodb:dynoxide:000000000000:table/tab/stream/2026";

interface Asked {
  readonly target: string;
  readonly input: Record<string, unknown>;
  readonly headers: IncomingHttpHeaders;
  readonly httpVersion: string;
}
type Reply = readonly [status: number, body: object];

let server: Awaited<ReturnType<typeof listen>>;
let asked: Asked[];
let replies: Readonly<Record<string, Reply>>;
beforeAll(async () => {
  server = await listen((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const target = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
      const input = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      asked.push({ target, input, headers: request.headers, httpVersion: request.httpVersion });
      const [status, body] = replies[target] ?? [200, {}];
      response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(body));
    });
  });
});
beforeEach(() => {
  asked = [];
  replies = {};
});
afterAll(() => server.close());

const source = (kind: "sqs" | "kinesis" | "dynamodb", arn: string) => ({ kind, arn, region: "us-east-1", callerEndpoint: server.url });
const probe = (): ReturnType<typeof createSourceProbe> => createSourceProbe({ endpoints: {} });
const signedFor = (index: number): string | undefined => /Credential=([^,]+),/.exec(asked[index]?.headers.authorization ?? "")?.[1];

test("a queue is found by name and owner, in its own region and account", async () => {
  replies = {
    GetQueueUrl: [200, { QueueUrl: "http://elsewhere.invalid:1/444455556666/q" }],
    GetQueueAttributes: [200, { Attributes: { VisibilityTimeout: "45" } }],
  };
  expect(await probe().describe(source("sqs", QUEUE))).toEqual({ kind: "exists", visibilityTimeoutSeconds: 45 });
  expect(asked.map(({ input }) => input)).toEqual([
    { QueueName: "q", QueueOwnerAWSAccountId: "444455556666" },
    { QueueUrl: "http://elsewhere.invalid:1/444455556666/q", AttributeNames: ["VisibilityTimeout"] },
  ]);
  expect(signedFor(0)).toMatch(/^444455556666\/\d{8}\/eu-west-1\/sqs\/aws4_request$/);
});

test("a Kinesis stream, and a consumer of one, over HTTP/1.1", async () => {
  expect(await probe().describe(source("kinesis", STREAM))).toEqual({ kind: "exists" });
  expect(await probe().describe(source("kinesis", `${STREAM}/consumer/c:1`))).toEqual({ kind: "exists" });
  expect(asked.map(({ target, input, httpVersion }) => [target, input, httpVersion])).toEqual([
    ["DescribeStreamSummary", { StreamARN: STREAM }, "1.1"],
    ["DescribeStreamConsumer", { ConsumerARN: `${STREAM}/consumer/c:1` }, "1.1"],
  ]);
});

test("a table's stream whose ARN has no true region is asked for in the mapping's", async () => {
  expect(await probe().describe(source("dynamodb", TABLE_STREAM))).toEqual({ kind: "exists" });
  expect(asked[0]).toMatchObject({ target: "DescribeStream", input: { StreamArn: TABLE_STREAM } });
  expect(signedFor(0)).toContain("/us-east-1/dynamodb/");
});

test.each<["sqs" | "kinesis" | "dynamodb", string, string, string]>([
  ["sqs", QUEUE, "GetQueueUrl", "com.amazonaws.sqs#QueueDoesNotExist"],
  ["sqs", QUEUE, "GetQueueUrl", "AWS.SimpleQueueService.NonExistentQueue"],
  ["kinesis", STREAM, "DescribeStreamSummary", "ResourceNotFoundException"],
  ["dynamodb", TABLE_STREAM, "DescribeStream", "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"],
])("%s: what does not exist is missing", async (kind, arn, target, type) => {
  replies = { [target]: [400, { __type: type, message: "not there" }] };
  expect(await probe().describe(source(kind, arn))).toEqual({ kind: "missing" });
});

test("a service that refuses is told with its own words", async () => {
  replies = { DescribeStreamSummary: [400, { __type: "AccessDeniedException", message: "No." }] };
  expect(await probe().describe(source("kinesis", STREAM))).toEqual({ kind: "refused", code: "AccessDeniedException", message: "No." });
});

test("a set endpoint and its keys are used, a region filled in", async () => {
  const endpoint = server.url.replace("127.0.0.1", "localhost");
  const credentials = { accessKeyId: "AKID", secretAccessKey: "s", sessionToken: "token" };
  const elsewhere = createSourceProbe({ endpoints: { kinesis: `${endpoint}/{region}` }, credentials });
  expect(await elsewhere.describe({ ...source("kinesis", STREAM), callerEndpoint: "http://127.0.0.1:1" })).toEqual({ kind: "exists" });
  expect(signedFor(0)).toMatch(/^AKID\//);
  expect(asked[0]?.headers["x-amz-security-token"]).toBe("token");
});

test("Lambdock's own address comes before the one that the caller used, and never sees the keys", async () => {
  const credentials = { accessKeyId: "AKID", secretAccessKey: "s" };
  const own = createSourceProbe({ endpoints: {}, ownEndpoint: server.url, credentials });
  expect(await own.describe({ ...source("kinesis", STREAM), callerEndpoint: "http://127.0.0.1:1" })).toEqual({ kind: "exists" });
  expect(signedFor(0)).toMatch(/^111122223333\//);
});

test.each([
  [
    new Map([
      ["AKID", "s1"],
      ["111122223333", "s2"],
    ]),
    "111122223333",
  ],
  [new Map([["AKID", "s1"]]), "AKID"],
])("a Lambdock that looks at signatures is asked with keys that it takes", async (ownKeys, accessKeyId) => {
  expect(await createSourceProbe({ endpoints: {}, ownKeys }).describe(source("kinesis", STREAM))).toEqual({ kind: "exists" });
  expect(signedFor(0)?.split("/")[0]).toBe(accessKeyId);
});

test.each([
  ["sqs", QUEUE, "SQS", "LAMBDOCK_SQS_ENDPOINT"],
  ["kinesis", STREAM, "Kinesis", "LAMBDOCK_KINESIS_ENDPOINT"],
  ["dynamodb", TABLE_STREAM, "DynamoDB", "LAMBDOCK_DYNAMODB_ENDPOINT"],
] as const)("%s: where nobody listens the cure is named", async (kind, arn, name, variable) => {
  const callerEndpoint = `http://127.0.0.1:${await freePort()}`;
  expect(await probe().describe({ ...source(kind, arn), callerEndpoint })).toEqual({
    kind: "unreachable",
    message: expect.stringMatching(
      new RegExp(
        `^${name} at ${callerEndpoint} does not answer \\(.*ECONNREFUSED.*\\): start it, or set ${variable} to where ${name} is\\.$`,
      ),
    ),
  });
});

test("an endpoint that does not serve the service is told so", async () => {
  replies = { DescribeStreamSummary: [501, { __type: "NotImplementedException", message: "no" }] };
  expect(await probe().describe(source("kinesis", STREAM))).toEqual({
    kind: "unreachable",
    message: `${server.url} does not serve Kinesis: set LAMBDOCK_KINESIS_ENDPOINT to where Kinesis is.`,
  });
});

test("a service that never answers is given up", async () => {
  const silent = await listen(() => undefined);
  const impatient = createSourceProbe({ endpoints: { sqs: silent.url }, answerMs: 50 });
  expect(await impatient.describe(source("sqs", QUEUE))).toEqual({
    kind: "unreachable",
    message: `SQS at ${silent.url} does not answer (no answer in time): start it, or set LAMBDOCK_SQS_ENDPOINT to where SQS is.`,
  });
  await silent.close();
});
