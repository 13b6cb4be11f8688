import { connect } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetLayerVersionByArnCommand,
  LambdaClient,
  ListTagsCommand,
} from "@aws-sdk/client-lambda";
import { LogsError } from "@lambdock/logs/logs-error";
import { notFound } from "@lambdock/model/errors/aws-error";
import type { RequestContext } from "../operation.ts";
import { echo, startEdge, type Edge } from "./testing/edge.ts";

const opened: Edge[] = [];
const clients: { destroy(): void }[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const { gateway } of opened.splice(0)) await gateway.stop(1_000);
});

async function start(
  given: Parameters<typeof startEdge>[1] = {},
): Promise<Edge & { lambda: LambdaClient; logs: CloudWatchLogsClient; url: string }> {
  const edge = await startEdge(echo, given);
  opened.push(edge);
  const options = {
    endpoint: edge.gateway.address,
    region: "eu-west-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "x" },
    maxAttempts: 1,
  };
  const lambda = new LambdaClient(options);
  const logs = new CloudWatchLogsClient(options);
  clients.push(lambda, logs);
  return { ...edge, lambda, logs, url: edge.gateway.address };
}

test("an operation receives decoded input and the caller's context, and its output reaches the SDK", async () => {
  const calls: { input: Record<string, unknown>; context: RequestContext }[] = [];
  const { lambda, url } = await start({
    operations: {
      CreateFunction: async (input: Record<string, unknown>, context) => {
        calls.push({ input, context });
        return { FunctionName: input["FunctionName"], State: "Pending", Timeout: 3 };
      },
    },
  });
  const answer = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "hello",
      Role: "arn:aws:iam::111122223333:role/r",
      Code: { ZipFile: Buffer.from("PK") },
      Environment: { Variables: { KEY: "v" } },
    }),
  );
  expect(answer).toMatchObject({ FunctionName: "hello", State: "Pending", Timeout: 3, $metadata: { httpStatusCode: 201 } });
  const [{ input, context }] = calls as [(typeof calls)[0]];
  expect(input).toMatchObject({ FunctionName: "hello", Environment: { Variables: { KEY: "v" } } });
  expect(Buffer.from((input["Code"] as { ZipFile: Uint8Array }).ZipFile).toString()).toBe("PK");
  expect(context).toMatchObject({
    scope: { accountId: "111122223333", region: "eu-west-1" },
    endpoint: url,
    requestId: answer.$metadata.requestId,
  });
});

test("ARNs in paths and queries arrive decoded, and 204 has no body", async () => {
  const inputs: unknown[] = [];
  const keep = async (input: object): Promise<object> => (inputs.push(input), {});
  const { lambda } = await start({ operations: { ListTags: keep, GetLayerVersionByArn: keep, DeleteFunction: keep } });
  await lambda.send(new ListTagsCommand({ Resource: "arn:aws:lambda:eu-west-1:111122223333:function:hello" }));
  await lambda.send(new GetLayerVersionByArnCommand({ Arn: "arn:aws:lambda:eu-west-1:111122223333:layer:deps:1" }));
  const deleted = await lambda.send(new DeleteFunctionCommand({ FunctionName: "hello", Qualifier: "3" }));
  expect(deleted.$metadata.httpStatusCode).toBe(204);
  expect(inputs).toEqual([
    { Resource: "arn:aws:lambda:eu-west-1:111122223333:function:hello" },
    { Arn: "arn:aws:lambda:eu-west-1:111122223333:layer:deps:1" },
    { FunctionName: "hello", Qualifier: "3" },
  ]);
});

test("errors of an operation are the SDK's errors", async () => {
  const { lambda } = await start({ operations: { GetFunction: () => Promise.reject(notFound("Function not found: x")) } });
  await expect(lambda.send(new GetFunctionCommand({ FunctionName: "x" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Function not found: x",
    Type: "User",
    $metadata: { httpStatusCode: 404 },
  });
});

test("a broken constraint, a wrong type, bad JSON and bad base64 are told apart", async () => {
  const { url } = await start({ operations: { CreateFunction: async () => ({}) } });
  const post = async (body: string): Promise<[number, string | null, unknown]> => {
    const response = await fetch(`${url}/2015-03-31/functions`, { method: "POST", body });
    return [response.status, response.headers.get("x-amzn-errortype"), await response.json()];
  };
  expect(await post('{"FunctionName":"f","Code":{}}')).toEqual([
    400,
    "ValidationException",
    { message: "1 validation error detected: Value null at 'role' failed to satisfy constraint: Member must not be null" },
  ]);
  expect(await post('{"FunctionName":1}')).toEqual([
    400,
    "SerializationException",
    { Message: "NUMBER_VALUE can not be converted to a String" },
  ]);
  expect(await post("{")).toEqual([400, "SerializationException", { Message: null }]);
  expect(await post('{"Code":{"ZipFile":"a"}}')).toEqual([
    400,
    "SerializationException",
    { Message: "Base64 encoded length is expected a multiple of 4 bytes but found: 1" },
  ]);
});

test("what is not built answers 501 by its name, what does not exist as AWS answers", async () => {
  const { lambda, url } = await start();
  await expect(lambda.send(new GetFunctionCommand({ FunctionName: "x" }))).rejects.toMatchObject({
    name: "NotImplementedException",
    message: "Lambdock does not implement GetFunction yet.",
    $metadata: { httpStatusCode: 501 },
  });
  const raw = await fetch(`${url}/2015-03-31/functions/x`);
  expect([raw.status, await raw.json()]).toEqual([501, { Type: "User", Message: "Lambdock does not implement GetFunction yet." }]);
  const unknown = await fetch(`${url}/2015-03-31/nonsense`);
  expect([unknown.status, unknown.headers.get("x-amzn-errortype"), await unknown.json()]).toEqual([
    403,
    "AccessDeniedException",
    { Message: "Unable to determine service/operation name to be authorized" },
  ]);
  expect(unknown.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
  expect(unknown.headers.has("x-powered-by")).toBe(false);
});

test("names of the language itself are not operations", async () => {
  const { url } = await start();
  const response = await fetch(url, { method: "POST", headers: { "x-amz-target": "Logs_20140328.constructor" }, body: "{}" });
  expect([response.status, await response.json()]).toEqual([400, { __type: "UnknownOperationException" }]);
});

describe("requests for services that are not built are refused by name, as their clients read errors", () => {
  const signedFor = (service: string) => ({
    authorization: `AWS4-HMAC-SHA256 Credential=AKID/20261122/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`,
  });
  const FORM = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
  const xml = (code: string, message: string) => new RegExp(`<Code>${code}</Code><Message>${message.replace(/[()]/g, "\\$&")}</Message>`);

  test.each<readonly [string, string, RequestInit, readonly (string | RegExp)[]]>([
    [
      "JSON with a target",
      "/",
      { headers: { "x-amz-target": "AWSStepFunctions.StartExecution" }, body: "{}" },
      ['{"__type":"NotImplementedException","message":"Lambdock does not implement the service AWSStepFunctions (StartExecution) yet."}'],
    ],
    [
      "REST with JSON",
      "/restapis",
      { headers: signedFor("apigateway"), body: "{}" },
      ['{"Type":"User","Message":"Lambdock does not implement the service apigateway yet."}'],
    ],
    [
      "the Query protocol",
      "/",
      { headers: { ...signedFor("sns"), ...FORM }, body: "Action=CreateTopic&Name=a%26b&Version=2010-03-31" },
      [/^<ErrorResponse>/, xml("NotImplementedException", "Lambdock does not implement the service sns (CreateTopic) yet.")],
    ],
    [
      "the Query protocol in the URL",
      "/?Action=GetCallerIdentity&Version=2011-06-15",
      { headers: signedFor("sts") },
      [xml("NotImplementedException", "Lambdock does not implement the service sts (GetCallerIdentity) yet.")],
    ],
    [
      "EC2's form of it",
      "/",
      { headers: { ...signedFor("ec2"), ...FORM }, body: "Action=DescribeVpcs" },
      [/^<Response><Errors><Error>/, xml("NotImplementedException", "Lambdock does not implement the service ec2 (DescribeVpcs) yet.")],
    ],
    [
      "S3's XML",
      "/bucket/key",
      { headers: signedFor("s3"), body: Buffer.alloc(300_000) },
      [/^<Error><Code>/, xml("NotImplementedException", "Lambdock does not implement the service s3 yet.")],
    ],
    [
      "a name of the language itself",
      "/",
      { headers: signedFor("constructor") },
      ['{"Type":"User","Message":"Lambdock does not implement the service constructor yet."}'],
    ],
    ["REST with XML", "/2013-04-01/hostedzone", { headers: signedFor("route53") }, [/^<ErrorResponse>/]],
  ])("%s", async (_form, path, init, expected) => {
    const { url } = await start();
    const response = await fetch(`${url}${path}`, { method: "POST", ...init });
    const text = await response.text();
    expect([response.status, response.headers.get("x-amzn-requestid")]).toEqual([501, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    for (const part of expected) expect(text).toMatch(part);
  });
});

test("a signature that is none is refused", async () => {
  const { url } = await start();
  const broken = await fetch(`${url}/2015-03-31/functions`, {
    headers: { authorization: "AWS4-HMAC-SHA256 Credential=AKID, SignedHeaders=host, Signature=00" },
  });
  expect([broken.status, broken.headers.get("x-amzn-errortype")]).toEqual([400, "IncompleteSignatureException"]);
});

test("CloudWatch Logs is served in JSON 1.1 over the logs operations", async () => {
  const calls: unknown[] = [];
  const { logs } = await start({
    logsOperations: {
      DescribeLogGroups: async (input: { limit?: number }, { scope }) => {
        calls.push([input, scope]);
        if (input.limit === 1) throw new LogsError("ResourceNotFoundException", "The specified log group does not exist.");
        return { logGroups: [{ logGroupName: "/aws/lambda/hello" }] };
      },
    },
  });
  expect((await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/aws" }))).logGroups).toEqual([
    { logGroupName: "/aws/lambda/hello" },
  ]);
  expect(calls).toEqual([[{ logGroupNamePrefix: "/aws" }, { accountId: "111122223333", region: "eu-west-1" }]]);
  await expect(logs.send(new DescribeLogGroupsCommand({ limit: 1 }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "The specified log group does not exist.",
    $metadata: { httpStatusCode: 400 },
  });
});

test("a megabyte of log messages is taken, however long JSON makes it", async () => {
  const { url } = await start({
    logsOperations: { PutLogEvents: async (input: { message: string }) => ({ length: input.message.length }) },
  });
  const put = (body: string): Promise<Response> =>
    fetch(url, { method: "POST", headers: { "x-amz-target": "Logs_20140328.PutLogEvents" }, body });
  const answer = await put(`{"message":"${"\\u0001".repeat(1_048_550)}"}`);
  expect([answer.status, await answer.json()]).toEqual([200, { length: 1_048_550 }]);
  expect((await put(" ".repeat(8_388_609))).headers.get("x-amzn-errortype")).toBe("RequestEntityTooLargeException");
});

test("a body over 70,167,211 bytes is refused unread", async () => {
  const { url } = await start({ operations: { CreateFunction: async () => ({}) } });
  const response = await fetch(`${url}/2015-03-31/functions`, { method: "POST", body: Buffer.alloc(70_167_212, " ") });
  expect([response.status, response.headers.get("x-amzn-errortype"), await response.json()]).toEqual([
    413,
    "RequestEntityTooLargeException",
    { message: "Request must be smaller than 70167211 bytes for the CreateFunction operation" },
  ]);
});

test("a store that is away is one sentence with the cure, anything else a bug in the log", async () => {
  const away = await start({
    operations: { ListFunctions: () => Promise.reject(new Error("ECONNREFUSED")) },
    explain: () => "Redis does not answer: start it.",
  });
  const response = await fetch(`${away.url}/2015-03-31/functions`);
  expect([response.status, await response.json()]).toEqual([500, { Type: "Service", Message: "Redis does not answer: start it." }]);
  const bug = await start({ operations: { ListFunctions: () => Promise.reject(new Error("two owners")) } });
  expect((await fetch(`${bug.url}/2015-03-31/functions`)).status).toBe(500);
  expect(bug.log.join("")).toContain("two owners");
});

test("health is 200 when executor and redis answer, else 503 with the sentence", async () => {
  const well = await start();
  const ok = await fetch(`${well.url}/_lambdock/health`);
  expect([ok.status, await ok.json()]).toEqual([200, { status: "ok", executor: { ok: true }, redis: { ok: true } }]);
  const ill = await start({ health: () => Promise.resolve({ ok: false, message: "Redis does not answer: start it." }) });
  const failed = await fetch(`${ill.url}/_lambdock/health`);
  expect([failed.status, await failed.json()]).toEqual([
    503,
    {
      status: "unavailable",
      message: "Redis does not answer: start it.",
      executor: { ok: true },
      redis: { ok: false, message: "Redis does not answer: start it." },
    },
  ]);
});

test("who opens the endpoint with a browser is led to the console, if there is one, and no client of AWS's is", async () => {
  const { url } = await start({ console: async (_request, response) => void response.end("the console") });
  const browser = { accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8" };
  expect(await (await fetch(url, { headers: browser })).text()).toBe("the console");
  const none = await start();
  for (const response of [
    await fetch(url),
    await fetch(url, { method: "POST", headers: browser }),
    await fetch(none.url, { headers: browser }),
  ])
    expect([response.status, response.headers.get("x-amzn-errortype")]).toEqual([403, "AccessDeniedException"]);
});

test("downloads are handed to the control plane, which says what is one", async () => {
  const { url } = await start({
    downloads: async (request, response) => {
      if (!request.url!.startsWith("/_lambdock/code/")) return false;
      response.end(request.url);
      return true;
    },
  });
  expect(await (await fetch(`${url}/_lambdock/code/ab?sig=1`)).text()).toBe("/_lambdock/code/ab?sig=1");
  expect((await fetch(`${url}/_lambdock/codex`)).status).toBe(403);
  const broken = await start({ downloads: () => Promise.reject(new Error("disk")) });
  expect((await fetch(`${broken.url}/_lambdock/code/ab`)).status).toBe(500);
});

test.each([
  [
    "a whole URL as its target",
    (url: string) => `GET ${url}/2015-03-31/functions/f HTTP/1.1\r\nHost: me:1\r\nConnection: close\r\n\r\n`,
    "http://me:1",
  ],
  ["HTTP/1.0 and no host", () => "GET /2015-03-31/functions/f HTTP/1.0\r\n\r\n", undefined],
])("a request with %s is served, and its links lead back", async (_name, requestTo, endpoint) => {
  const { url } = await start({
    operations: { GetFunction: async (_input: unknown, context) => ({ Code: { Location: context.endpoint } }) },
  });
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(requestTo(url));
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  expect(answer).toContain(`"Location":"${endpoint ?? url}"`);
});

test("stopping lets a running request finish and refuses new ones", async () => {
  let finish: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => (finish = resolve));
  let began: (() => void) | undefined;
  const running = new Promise<void>((resolve) => (began = resolve));
  const { gateway, url } = await start({ operations: { ListFunctions: async () => (began!(), await gate, {}) } });
  const request = fetch(`${url}/2015-03-31/functions`);
  await running;
  const stopped = gateway.stop(5_000);
  await expect(fetch(`${url}/2015-03-31/functions`)).rejects.toThrow("fetch failed");
  finish!();
  expect((await request).status).toBe(200);
  await stopped;
});

test("a port that is taken is told with the cure", async () => {
  const { url } = await start();
  const port = Number(new URL(url).port);
  await expect(
    startEdge(echo, {
      config: { host: "127.0.0.1", port, region: "us-east-1", requireSignature: false, credentials: new Map(), consoleToken: "" },
    }),
  ).rejects.toThrow(`Port ${port} of 127.0.0.1 is taken, perhaps by another Lambdock: stop it, or set LAMBDOCK_PORT.`);
});
