import { afterEach, expect, test } from "@jest/globals";
import {
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  type InvokeWithResponseStreamResponseEvent,
} from "@aws-sdk/client-lambda";
import { conflict } from "@lambdock/model/errors/aws-error";
import type { InvokeOutcome, StreamCompletion } from "@lambdock/model/invocation";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { echo, startEdge, type Edge } from "../http/testing/edge.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const opened: { edge: Edge; client: LambdaClient }[] = [];

type Post = (body?: string | Uint8Array, headers?: Record<string, string>, path?: string) => Promise<Response>;

async function start(...args: Parameters<typeof startEdge>): Promise<Edge & { client: LambdaClient; post: Post }> {
  const edge = await startEdge(...args);
  const client = new LambdaClient({
    endpoint: edge.gateway.address,
    region: "eu-west-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "x" },
    maxAttempts: 1,
  });
  opened.push({ edge, client });
  const post: Post = (body = "{}", headers = {}, path = "/2015-03-31/functions/hello/invocations") =>
    fetch(`${edge.gateway.address}${path}`, { method: "POST", body, headers });
  return { ...edge, client, post };
}

afterEach(async () => {
  for (const { edge, client } of opened.splice(0)) {
    client.destroy();
    await edge.gateway.stop(1_000);
  }
});

test("the SDK's invoke reaches the executor with the caller's account, region and request id", async () => {
  const { client, invocations } = await start(echo);
  const answer = await client.send(
    new InvokeCommand({
      FunctionName: "hello",
      Payload: '{"a": 1}',
      ClientContext: Buffer.from('{"custom":{"k":"ü"}}').toString("base64"),
    }),
  );
  expect(Buffer.from(answer.Payload!).toString()).toBe('{"a": 1}');
  expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
  expect(answer.FunctionError).toBeUndefined();
  expect(answer.LogResult).toBeUndefined();
  const [run] = invocations;
  expect(run).toMatchObject({
    invokedFunctionArn: "arn:aws:lambda:eu-west-1:111122223333:function:hello",
    clientContext: '{"custom":{"k":"ü"}}',
    tail: false,
    mode: "buffered",
  });
  expect(run!.requestId).toMatch(UUID);
  expect(answer.$metadata.requestId).toBe(run!.requestId);
  expect(run!.traceId).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=1:[0-9a-f]{8}:0$/);
});

test("a function's own error is status 200 with its payload, and its log tail when asked for", async () => {
  const { client, post } = await start(({ tail }) => ({
    kind: "completed",
    payload: Buffer.from('{"errorType":"E"}'),
    contentType: "application/json",
    functionError: "Unhandled",
    ...(tail ? { logTail: Buffer.from("START\nend\n") } : {}),
  }));
  const answer = await client.send(new InvokeCommand({ FunctionName: "hello", LogType: "Tail", Qualifier: "$LATEST" }));
  expect(answer).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled", LogResult: Buffer.from("START\nend\n").toString("base64") });
  const { headers } = await post();
  expect(Object.fromEntries(headers)).toMatchObject({
    "x-amz-function-error": "Unhandled",
    "x-amz-executed-version": "$LATEST",
    "x-amzn-remapped-content-length": "0",
    "content-type": "application/json",
    "content-length": "17",
  });
  expect(headers.has("x-amz-log-result")).toBe(false);
  expect(headers.get("x-amzn-requestid")).toMatch(UUID);
});

test.each([
  ["nothing", "", "{}"],
  ["null", "null", "null"],
  ["text", '"ü"', '"ü"'],
  ["space around", " [1] ", " [1] "],
])("a payload of %s is seen as %s", async (_case, sent, seen) => {
  const { post } = await start(echo);
  expect(await (await post(sent)).text()).toBe(seen);
});

const SOURCE = "at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column:";
test.each([
  [new Uint8Array([0x22, 0x87]), `Invalid UTF-8 start byte 0x87\n ${SOURCE} 3]`],
  [
    new Uint8Array([0x99]),
    `Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n ${SOURCE} 1]`,
  ],
  [
    "value",
    `Unrecognized token 'value': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n ${SOURCE} 6]`,
  ],
])("%j is no JSON, in the words of AWS's parser", async (body, message) => {
  const { post, invocations } = await start(echo);
  const response = await post(body);
  expect([response.status, response.headers.get("x-amzn-errortype")]).toEqual([400, "InvalidRequestContentException"]);
  expect(await response.json()).toEqual({
    Type: "User",
    message: `Could not parse request body into json: Could not parse payload into json: ${message}`,
  });
  expect(invocations).toEqual([]);
});

test("6,291,456 bytes pass, one more does not, and a stream of more than that is cut off", async () => {
  const { post } = await start(({ payload }) => ({
    kind: "completed",
    payload: Buffer.from(String(payload.byteLength)),
    contentType: "application/json",
  }));
  const exact = JSON.stringify("x".repeat(6_291_454));
  expect(await (await post(exact)).text()).toBe("6291456");
  const over = await post(`${exact} `);
  expect([over.status, over.headers.get("x-amzn-errortype")]).toEqual([413, "RequestEntityTooLargeException"]);
  expect(await over.json()).toEqual({
    message: "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)",
  });
  const far = await post("x".repeat(9_000_000));
  expect(await far.json()).toEqual({ message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation" });
  expect(await (await post("1")).text()).toBe("1");
});

test("a body of unknown length is counted as it comes", async () => {
  const { gateway } = await start(echo);
  const chunks = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let index = 0; index < 7; index++) controller.enqueue(Buffer.alloc(1_000_000, "1"));
      controller.close();
    },
  });
  const response = await fetch(`${gateway.address}/2015-03-31/functions/hello/invocations`, {
    method: "POST",
    body: chunks,
    duplex: "half",
  } as RequestInit);
  expect(await response.json()).toEqual({
    message: "7000000 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)",
  });
});

test("a dry run checks everything and runs nothing", async () => {
  const { client, post, invocations } = await start(echo);
  const answer = await client.send(new InvokeCommand({ FunctionName: "hello", InvocationType: "DryRun" }));
  expect([answer.StatusCode, answer.ExecutedVersion]).toEqual([204, undefined]);
  expect((await post("nonsense", { "x-amz-invocation-type": "DryRun" })).status).toBe(400);
  await expect(client.send(new InvokeCommand({ FunctionName: "missing", InvocationType: "DryRun" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  expect(invocations).toEqual([]);
});

test("an asynchronous invocation is stored, then answered with 202, an empty body and no executed version", async () => {
  const { client, events, invocations } = await start(echo);
  const answer = await client.send(
    new InvokeCommand({ FunctionName: "hello", InvocationType: "Event", Payload: '{"n": 12345678901234567890}', LogType: "Tail" }),
  );
  expect([answer.StatusCode, answer.ExecutedVersion, answer.Payload?.transformToString() ?? "", answer.LogResult]).toEqual([
    202,
    undefined,
    "",
    undefined,
  ]);
  expect(events).toMatchObject([
    {
      requestId: answer.$metadata.requestId,
      functionName: "hello",
      qualifier: "$LATEST",
      payload: '{"n": 12345678901234567890}',
      attempts: 0,
      setbacks: 0,
    },
  ]);
  expect(invocations).toEqual([]);
});

test("an event keeps the qualifier that its caller chose", async () => {
  const { client, events } = await start(echo);
  await client.send(new InvokeCommand({ FunctionName: "hello", InvocationType: "Event", Qualifier: "live" }));
  expect(events).toMatchObject([{ qualifier: "live", invokedFunctionArn: "arn:aws:lambda:eu-west-1:111122223333:function:hello:live" }]);
});

test("an event that can't be stored is never answered with 202", async () => {
  const { client } = await start(echo, { events: { enqueue: () => Promise.reject(new Error("no Redis")) } });
  await expect(client.send(new InvokeCommand({ FunctionName: "hello", InvocationType: "Event" }))).rejects.toMatchObject({
    name: "ServiceException",
    $metadata: { httpStatusCode: 500 },
  });
});

test("an event that is too large, no JSON, or for no function is refused at once and nothing is stored", async () => {
  const { post, events } = await start(echo);
  const event = { "x-amz-invocation-type": "Event" };
  const large = await post(JSON.stringify("x".repeat(1_048_576)), event);
  expect([large.status, await large.json()]).toEqual([
    413,
    { message: "1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)" },
  ]);
  const larger = await post(JSON.stringify("x".repeat(6_291_456)), event);
  expect(await larger.json()).toEqual({
    message: "6291458 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
  });
  expect((await post("nonsense", event)).status).toBe(400);
  expect((await post("{}", event, "/2015-03-31/functions/missing/invocations")).status).toBe(404);
  expect(events).toEqual([]);
});

test("the old InvokeAsync stores an event too and names its status", async () => {
  const { post, events } = await start(echo);
  const answer = await post('{"a":1}', {}, "/2014-11-13/functions/hello/invoke-async");
  expect([answer.status, await answer.json()]).toEqual([202, { Status: 202 }]);
  expect(events).toMatchObject([{ payload: '{"a":1}' }]);
});

test("the old InvokeAsync takes 256 KB and needs a body", async () => {
  const { post, events } = await start(echo);
  const path = "/2014-11-13/functions/hello/invoke-async";
  expect((await post(JSON.stringify("x".repeat(262_142)), {}, path)).status).toBe(202);
  const large = await post(JSON.stringify("x".repeat(262_143)), {}, path);
  expect([large.status, await large.json()]).toEqual([
    413,
    { message: "262145 byte payload is too large for the Event invocation type (limit 262144 bytes)" },
  ]);
  const empty = await post("", {}, path);
  expect([empty.status, await empty.json()]).toEqual([
    400,
    { message: "1 validation error detected: Value null at 'invokeArgs' failed to satisfy constraint: Member must not be null" },
  ]);
  expect(events).toHaveLength(1);
});

test("existence is checked before the payload", async () => {
  const { post } = await start(echo);
  const response = await post("nonsense", {}, "/2015-03-31/functions/missing/invocations?Qualifier=live");
  expect([response.status, await response.json()]).toEqual([
    404,
    { Type: "User", Message: "Function not found: arn:aws:lambda:us-east-1:000000000000:function:missing:live" },
  ]);
});

test.each([
  [
    "/2015-03-31/functions/he%20llo/invocations",
    {},
    /^1 validation error detected: Value 'he llo' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: \(arn:/,
  ],
  [
    "/2015-03-31/functions/hello/invocations",
    { "x-amz-invocation-type": "Later" },
    /^1 validation error detected: Value 'Later' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: \[Event, RequestResponse, DryRun\]$/,
  ],
  [
    "/2021-11-15/functions/hello/response-streaming-invocations",
    { "x-amz-invocation-type": "Event" },
    /'invocationType' failed to satisfy constraint: Member must satisfy enum value set: \[RequestResponse, DryRun\]$/,
  ],
  [
    "/2015-03-31/functions/hello/invocations?Qualifier=a%20b",
    { "x-amz-log-type": "All" },
    /^2 validation errors detected: Value 'All' at 'logType' .*; Value 'a b' at 'qualifier' /,
  ],
])("%s with %j breaks a constraint", async (path, headers, message) => {
  const { post } = await start(echo);
  const response = await post("{}", headers as Record<string, string>, path);
  expect([response.status, response.headers.get("x-amzn-errortype")]).toEqual([400, "ValidationException"]);
  const body = (await response.json()) as { message: string };
  expect(body.message).toMatch(message);
  expect(Object.keys(body)).toEqual(["message"]);
});

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64");
test.each([
  ["client context that is no base64", { "x-amz-client-context": "!!!" }, "InvalidRequestContentException"],
  ["client context that is no object", { "x-amz-client-context": encoded([1]) }, "InvalidRequestContentException"],
  [
    "client context of over 3,583 bytes",
    { "x-amz-client-context": encoded({ custom: { x: "y".repeat(3_000) } }) },
    "InvalidRequestContentException",
  ],
  ["request id that is no UUID", { "x-amzn-requestid": "not-a-uuid" }, "InvalidRequestContentException"],
  ["tenant id", { "x-amz-tenant-id": "blue" }, "InvalidParameterValueException"],
  ["durable execution name", { "x-amz-durable-execution-name": "order-1" }, "InvalidParameterValueException"],
])("a %s is refused", async (_header, headers, code) => {
  const { post, invocations } = await start(echo);
  const response = await post("{}", headers as Record<string, string>);
  expect([response.status, response.headers.get("x-amzn-errortype")]).toEqual([400, code]);
  expect(invocations).toEqual([]);
});

test("a caller's trace is passed on, with what it lacks", async () => {
  const { post, invocations } = await start(echo);
  const response = await post("{}", { "x-amzn-trace-id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1;Lineage=1:38a5ab94:0" });
  expect(invocations[0]!.traceId).toMatch(
    /^Root=1-5759e988-bd862e3fe1be46a994272793;Parent=[0-9a-f]{16};Sampled=1;Lineage=1:38a5ab94:0\|1:[0-9a-f]{8}:0$/,
  );
  expect(response.headers.get("x-amzn-trace-id")).toBe(invocations[0]!.traceId);
});

/** Invokes the function with the header that its run before had, so many times. */
async function loop(post: (body: string, headers: Record<string, string>) => Promise<Response>, times: number): Promise<Response> {
  let response = await post("{}", {});
  for (let run = 1; run < times; run += 1)
    response = await post("{}", { "x-amzn-trace-id": response.headers.get("x-amzn-trace-id") ?? "" });
  return response;
}

test("the seventeenth invocation of one chain is refused and counted", async () => {
  const told: LifecycleEvent[] = [];
  const { post, invocations, gateway } = await start(echo, { lifecycle: { emit: (event) => void told.push(event) } });
  const refused = await loop(post, 17);
  expect([refused.status, refused.headers.get("x-amzn-errortype"), await refused.json()]).toEqual([
    400,
    "RecursiveInvocationException",
    { Type: "User", Message: expect.stringMatching(/recursive loop .* and stopped your function's invocation\.$/) },
  ]);
  expect(invocations).toHaveLength(16);
  expect(await (await fetch(`${gateway.address}/_lambdock/metrics`)).text()).toContain(
    'RecursiveInvocationsDropped{FunctionName="hello"} 1',
  );
  expect(told).toEqual([{ type: "recursion-dropped", at: expect.any(Number), functionArn: expect.stringMatching(/:function:hello$/) }]);
});

test("a function whose loop is allowed goes on", async () => {
  const { post, invocations } = await start(echo, { recursionConfigs: { get: () => Promise.resolve("Allow") } });
  expect((await loop(post, 20)).status).toBe(200);
  expect(invocations).toHaveLength(20);
});

test("an event of a loop is accepted with the lineage that it came with: whoever runs it stops the loop", async () => {
  const { post, events } = await start(echo);
  const lineage = (await loop(post, 16)).headers.get("x-amzn-trace-id")!;
  const response = await post("{}", { "x-amzn-trace-id": lineage, "x-amz-invocation-type": "Event" });
  expect([response.status, events[0]!.traceId]).toEqual([202, lineage]);
});

test("throttles name their reason and say when to come back", async () => {
  const { client, post } = await start(() => ({
    kind: "throttled",
    reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    retryAfterSeconds: 3,
  }));
  await expect(client.send(new InvokeCommand({ FunctionName: "hello" }))).rejects.toMatchObject({
    name: "TooManyRequestsException",
    Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    retryAfterSeconds: "3",
    $metadata: { httpStatusCode: 429 },
  });
  const response = await post();
  expect(await response.text()).toBe(
    '{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}',
  );
});

test("an executor that can't run is status 500 with its sentence, and the gateway goes on serving", async () => {
  const outcomes: InvokeOutcome[] = [{ kind: "unavailable", message: "Docker does not answer: start it." }];
  const { post } = await start((request) => outcomes.pop() ?? echo(request));
  const failed = await post();
  expect([failed.status, failed.headers.get("x-amzn-errortype"), await failed.json()]).toEqual([
    500,
    "ServiceException",
    { Type: "Service", Message: "Docker does not answer: start it." },
  ]);
  expect((await post()).status).toBe(200);
});

test("a function that is not active, and a bug, are told apart", async () => {
  const pending = "The operation cannot be performed at this time. The function is currently in the following state: Pending";
  const { post } = await start(echo, { directory: { resolve: () => Promise.reject(conflict(pending)) } });
  const response = await post();
  expect([response.status, await response.json()]).toEqual([409, { Type: "User", message: pending }]);
  const broken = await start(() => Promise.reject(new Error("two owners")));
  const bug = await broken.post();
  const requestId = bug.headers.get("x-amzn-requestid");
  expect([bug.status, await bug.json()]).toEqual([
    500,
    { Type: "Service", Message: `Lambdock failed on this request: its log has the cause under request id ${requestId}.` },
  ]);
  expect(broken.log.join("")).toContain("two owners");
});

async function collect(events: AsyncIterable<InvokeWithResponseStreamResponseEvent>): Promise<{ chunks: string[]; complete: unknown }> {
  const chunks: string[] = [];
  let complete: unknown;
  for await (const event of events) {
    if (event.PayloadChunk?.Payload) chunks.push(Buffer.from(event.PayloadChunk.Payload).toString());
    if (event.InvokeComplete) complete = event.InvokeComplete;
  }
  return { chunks, complete };
}

test("a response stream reaches the SDK event by event, while the function runs", async () => {
  let finish: ((completion: StreamCompletion) => void) | undefined;
  let release: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("one");
    await gate;
    yield Buffer.from("two");
  }
  const { client, invocations } = await start(() => ({
    kind: "streaming",
    contentType: "text/plain",
    chunks: chunks(),
    completion: new Promise((resolve) => (finish = resolve)),
  }));
  const answer = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "hello", LogType: "Tail" }));
  expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
  expect(invocations[0]).toMatchObject({ mode: "streaming", tail: true });
  release!();
  finish!({ errorCode: "Unhandled", errorDetails: '{"errorType":"E"}', logTail: Buffer.from("END\n") });
  expect(await collect(answer.EventStream!)).toEqual({
    chunks: ["one", "two"],
    complete: { ErrorCode: "Unhandled", ErrorDetails: '{"errorType":"E"}', LogResult: Buffer.from("END\n").toString("base64") },
  });
});

test("a function that does not stream arrives as a single chunk, its error only at the end", async () => {
  const outcomes: InvokeOutcome[] = [
    { kind: "completed", payload: Buffer.from('{"errorType":"E"}'), contentType: "application/json", functionError: "Unhandled" },
  ];
  const { client } = await start((request) => outcomes.pop() ?? echo(request));
  const failed = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "hello" }));
  expect(await collect(failed.EventStream!)).toEqual({
    chunks: [],
    complete: { ErrorCode: "Unhandled", ErrorDetails: '{"errorType":"E"}' },
  });
  const answered = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "hello", Payload: "[1]" }));
  expect(await collect(answered.EventStream!)).toEqual({ chunks: ["[1]"], complete: {} });
});

test("a stream that breaks off on the way says so", async () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("one");
    throw new Error("connection lost");
  }
  const { client } = await start(() => ({
    kind: "streaming",
    contentType: "text/plain",
    chunks: chunks(),
    completion: new Promise(() => undefined),
  }));
  const answer = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "hello" }));
  expect(await collect(answer.EventStream!)).toMatchObject({ chunks: ["one"], complete: { ErrorCode: "ServiceException" } });
});

test("a caller who leaves does not stop the function", async () => {
  let written = 0;
  let done: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => (done = resolve));
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (; written < 40; written++) yield Buffer.alloc(1_000_000);
    done!();
  }
  const { gateway } = await start(() => ({
    kind: "streaming",
    contentType: "text/plain",
    chunks: chunks(),
    completion: Promise.resolve({}),
  }));
  const leaving = new AbortController();
  const response = await fetch(`${gateway.address}/2021-11-15/functions/hello/response-streaming-invocations`, {
    method: "POST",
    body: "{}",
    signal: leaving.signal,
  });
  expect(response.status).toBe(200);
  leaving.abort();
  await ended;
  expect(written).toBe(40);
});
