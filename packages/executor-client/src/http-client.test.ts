import { createServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import type { InvokeOutcome, InvokeRequest } from "@lambdock/model/invocation";
import { createPlainServer, type PlainServer } from "@lambdock/plain-http/plain-server";
import type { ReservationTable } from "@lambdock/model/reserved-concurrency";
import { functionSpec } from "@lambdock/model/testing/function-spec";
import { createHttpExecutor, type HttpExecutor, type ReservationSource } from "./http-client.ts";
import { createExecutorHandler } from "./http-handler.ts";
import type { Executor } from "./port.ts";

const spec = functionSpec({
  name: "hello",
  functionArn: "arn:aws:lambda:us-east-1:000000000000:function:hello",
  environment: { GREETING: "grüß Gott" },
});
const request: InvokeRequest = {
  spec,
  requestId: "id-1",
  payload: Buffer.from('{"a":1}'),
  invokedFunctionArn: spec.functionArn,
  traceId: "Root=1-2-3;Parent=4;Sampled=0",
  tail: false,
  mode: "buffered",
};

const opened: { server: PlainServer; client: HttpExecutor }[] = [];
afterEach(async () => {
  for (const { server, client } of opened.splice(0)) {
    await client.close();
    await server.close();
  }
});

const NO_RESERVATIONS: ReservationTable = { generation: 0, functions: {} };

/** The client, talking over a real socket to the real handler over the given executor. */
async function connect(
  executor: Partial<Executor>,
  reservations: ReservationSource | undefined = async () => NO_RESERVATIONS,
): Promise<{ client: HttpExecutor; server: PlainServer; bugs: unknown[]; asked: string[] }> {
  const bugs: unknown[] = [];
  const asked: string[] = [];
  const whole = { reserve: async () => undefined, ...executor } as Executor;
  const handler = createExecutorHandler(whole, (error) => bugs.push(error));
  const server = createPlainServer({
    serve: (incoming, reply) => (asked.push(incoming.url), handler.serve(incoming, reply)),
    behind: createServer(handler.serveNode),
    bodyBytesMax: 16_777_216,
  });
  await new Promise<void>((resolve) => server.tcp.listen(0, "127.0.0.1", resolve));
  const client = createHttpExecutor(`http://127.0.0.1:${(server.tcp.address() as AddressInfo).port}`, reservations);
  opened.push({ server, client });
  return { client, server, bugs, asked };
}

test("an invocation reaches the executor whole, and its outcome comes back whole", async () => {
  const seen: InvokeRequest[] = [];
  const outcome: InvokeOutcome = {
    kind: "completed",
    payload: Buffer.from("{}"),
    contentType: "application/json",
    functionError: "Unhandled",
    waitedMs: 12,
    logTail: Buffer.from("START\nÜ\n"),
  };
  const { client } = await connect({ invoke: async (given) => (seen.push(given), outcome) });
  const full: InvokeRequest = {
    ...request,
    tail: true,
    clientContext: '{"custom":{"ü":"\\n"}}',
    cognitoIdentity: '{"cognitoIdentityId":"x"}',
  };
  expect(await client.invoke(full)).toEqual(outcome);
  expect(seen).toEqual([full]);
});

test("the specification travels once, and again only for a new revision", async () => {
  const { client, asked } = await connect({
    invoke: async ({ payload }) => ({ kind: "completed", payload, contentType: "application/json" }),
  });
  const introduced = (): number => asked.filter((url) => url === "/specs").length;
  await Promise.all(Array.from({ length: 8 }, () => client.invoke(request)));
  await client.invoke(request);
  expect(introduced()).toBe(1);
  await client.invoke({ ...request, spec: { ...spec, revision: "r2" } });
  expect(introduced()).toBe(2);
});

test("an executor that has just started runs nothing before it was told the reservations, and is told them once", async () => {
  const table: ReservationTable = { generation: 3, functions: { [spec.functionArn]: 2 } };
  const seen: string[] = [];
  const { client, asked } = await connect(
    {
      reserve: async (given) => void seen.push(JSON.stringify(given)),
      invoke: async ({ payload }) => (seen.push("run"), { kind: "completed", payload, contentType: "application/json" }),
    },
    async () => table,
  );
  await Promise.all([client.invoke(request), client.invoke(request)]);
  await client.invoke(request);
  expect(seen).toEqual([JSON.stringify(table), "run", "run", "run"]);
  expect(asked.filter((url) => url === "/reservations")).toHaveLength(1);
});

test("a change of the reservations reaches the executor at once, also before anything is run", async () => {
  const seen: ReservationTable[] = [];
  const { client, asked } = await connect({
    reserve: async (given) => void seen.push(given),
    invoke: async ({ payload }) => ({ kind: "completed", payload, contentType: "application/json" }),
  });
  const table: ReservationTable = { generation: 4, functions: { [spec.functionArn]: 0 } };
  await client.reserve(table);
  expect(await client.invoke(request)).toMatchObject({ kind: "completed" });
  expect(seen).toEqual([table]);
  expect(asked).toEqual(["/reservations", "/invoke", "/specs", "/invoke"]);
});

test("allocations reach the caller, and an executor that has just started is told what to allocate before it answers", async () => {
  const allocation = {
    functionArn: spec.functionArn,
    qualifier: "live",
    id: "1",
    status: "IN_PROGRESS" as const,
    allocated: 1,
    available: 0,
  };
  const { client, asked } = await connect({ allocations: async () => [allocation] });
  expect(await client.allocations()).toEqual([allocation]);
  expect(await client.allocations()).toEqual([allocation]);
  expect(asked).toEqual(["/allocations", "/reservations", "/allocations", "/allocations"]);
});

test("an asynchronous event is told from a synchronous invocation", async () => {
  const seen: unknown[] = [];
  const { client } = await connect({
    invoke: async ({ invocationType, payload }) => (
      seen.push(invocationType),
      { kind: "completed", payload, contentType: "application/json" }
    ),
  });
  await client.invoke({ ...request, invocationType: "event" });
  await client.invoke(request);
  expect(seen).toEqual(["event", undefined]);
});

test("while the reservations can't be read, an executor that has just started is unavailable, and says why", async () => {
  let readable = false;
  const { client } = await connect(
    { invoke: async ({ payload }) => ({ kind: "completed", payload, contentType: "application/json" }) },
    async () => {
      if (!readable) throw new Error("Redis does not answer");
      return NO_RESERVATIONS;
    },
  );
  const message = expect.stringMatching(/has just started .* reserved concurrency, which can't be read \(Redis does not answer\)\.$/);
  expect(await client.invoke(request)).toEqual({ kind: "unavailable", message });
  readable = true;
  expect(await client.invoke(request)).toMatchObject({ kind: "completed" });
});

test("large payloads pass in both directions", async () => {
  const { client } = await connect({ invoke: async ({ payload }) => ({ kind: "completed", payload, contentType: "application/json" }) });
  const payload = Buffer.from(JSON.stringify("x".repeat(6_000_000)));
  const outcome = await client.invoke({ ...request, payload });
  expect(outcome.kind === "completed" && payload.equals(outcome.payload)).toBe(true);
});

test("throttles and unavailability are outcomes", async () => {
  const outcomes: InvokeOutcome[] = [
    { kind: "throttled", reason: "ConcurrentInvocationLimitExceeded", retryAfterSeconds: 2 },
    { kind: "throttled", reason: "CallerRateLimitExceeded" },
    { kind: "snap-start-error", code: "SnapStartException", message: "The hook failed." },
    { kind: "snap-start-error", code: "SnapStartTimeoutException", message: "The hook took too long." },
    { kind: "unavailable", message: "Docker does not answer: start it." },
  ];
  for (const outcome of outcomes) {
    const { client } = await connect({ invoke: async () => outcome });
    expect(await client.invoke(request)).toEqual(outcome);
  }
});

test("a stream arrives chunk by chunk, before its end is known", async () => {
  let finish: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => (finish = resolve));
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("one");
    await gate;
    yield Buffer.from("x".repeat(3_000_000));
  }
  const completion = { errorCode: "Unhandled", errorDetails: '{"errorType":"E"}', logTail: Buffer.from("tail") };
  const { client } = await connect({
    invoke: async () => ({ kind: "streaming", contentType: "text/plain", chunks: chunks(), completion: Promise.resolve(completion) }),
  });
  const outcome = await client.invoke({ ...request, mode: "streaming" });
  if (outcome.kind !== "streaming") throw new Error(`not a stream: ${outcome.kind}`);
  const sizes: number[] = [];
  for await (const chunk of outcome.chunks) {
    sizes.push(chunk.byteLength);
    finish?.();
  }
  expect([outcome.contentType, sizes]).toEqual(["text/plain", [3, 3_000_000]]);
  expect(await outcome.completion).toEqual(completion);
});

test("a stream that breaks off is an error, not an end", async () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("one");
    throw new Error("the runtime is gone");
  }
  const { client, bugs } = await connect({
    invoke: async () => ({ kind: "streaming", contentType: "text/plain", chunks: chunks(), completion: new Promise(() => undefined) }),
  });
  const outcome = await client.invoke({ ...request, mode: "streaming" });
  if (outcome.kind !== "streaming") throw new Error("not a stream");
  const drain = async (): Promise<void> => {
    for await (const chunk of outcome.chunks) expect(chunk.byteLength).toBe(3);
  };
  await expect(drain()).rejects.toThrow("the stream ended before its trailer");
  await expect(outcome.completion).rejects.toThrow("the stream ended before its trailer");
  expect(bugs.length).toBe(1);
});

test("prepare, retire and health reach the executor", async () => {
  const calls: unknown[] = [];
  const { client } = await connect({
    prepare: async (given) => (calls.push(given), { kind: "failed", reasonCode: "InvalidImage", reason: "No such image." }),
    retire: async (...args) => void calls.push(args),
    health: async () => ({ ok: false, message: "Docker does not answer." }),
  });
  expect(await client.prepare(spec)).toEqual({ kind: "failed", reasonCode: "InvalidImage", reason: "No such image." });
  await client.retire(spec.functionArn, "$LATEST");
  await client.retire(spec.functionArn, "1", "r1");
  expect(await client.health()).toEqual({ ok: false, message: "Docker does not answer." });
  expect(calls).toEqual([spec, [spec.functionArn, "$LATEST", undefined], [spec.functionArn, "1", "r1"]]);
});

test("an executor that is not there is told in one sentence with the cure, and found again once it is", async () => {
  const { client, server } = await connect({
    invoke: async ({ payload }) => ({ kind: "completed", payload, contentType: "application/json" }),
  });
  const { port } = server.tcp.address() as AddressInfo;
  await server.close();
  const sentence = `The executor at http://127.0.0.1:${port} does not answer (connect ECONNREFUSED 127.0.0.1:${port}): start it, or set LAMBDOCK_EXECUTOR_URL to where it runs.`;
  expect(await client.invoke(request)).toEqual({ kind: "unavailable", message: sentence });
  expect(await client.prepare(spec)).toEqual({ kind: "failed", reasonCode: "InternalError", reason: sentence });
  expect(await client.health()).toEqual({ ok: false, message: sentence });
  await expect(client.retire(spec.functionArn, "$LATEST")).rejects.toMatchObject({ name: "ExecutorUnavailable", message: sentence });
  await expect(client.reserve(NO_RESERVATIONS)).rejects.toMatchObject({ name: "ExecutorUnavailable", message: sentence });
  await new Promise<void>((resolve) => server.tcp.listen(port, "127.0.0.1", resolve));
  expect(await client.invoke(request)).toMatchObject({ kind: "completed" });
});

test("a bug in the executor is unavailability for the caller and an error for the log", async () => {
  const { client, bugs } = await connect({ invoke: () => Promise.reject(new Error("two owners")) });
  expect(await client.invoke(request)).toMatchObject({ kind: "unavailable" });
  expect(bugs).toEqual([new Error("two owners")]);
});

test("a stranger on the port is refused with 400 or 404", async () => {
  const { server } = await connect({});
  const origin = `http://127.0.0.1:${(server.tcp.address() as AddressInfo).port}`;
  expect((await fetch(`${origin}/`)).status).toBe(404);
  expect((await fetch(`${origin}/invoke`, { method: "POST", body: "x" })).status).toBe(400);
  expect((await fetch(`${origin}/prepare`, { method: "POST", body: "x" })).status).toBe(400);
});

test("whatever answers on the executor's port, the caller gets a sentence", async () => {
  const answers = [
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{}",
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
    "hello\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "",
  ];
  const stranger = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(answers.pop() ?? ""));
  });
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  const client = createHttpExecutor(`http://127.0.0.1:${(stranger.address() as AddressInfo).port}`);
  for (let left = answers.length; left > 0; left--)
    expect(await client.invoke(request)).toMatchObject({ kind: "unavailable", message: expect.stringContaining("does not answer") });
  await client.close();
  await new Promise((resolve) => stranger.close(resolve));
});

test("closing waits for what is running, and refuses what comes later", async () => {
  let finish: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => (finish = resolve));
  let began: (() => void) | undefined;
  const running = new Promise<void>((resolve) => (began = resolve));
  const { client } = await connect({
    invoke: async ({ payload }) => (began!(), await gate, { kind: "completed", payload, contentType: "application/json" }),
  });
  const outcome = client.invoke(request);
  await running;
  const closed = client.close();
  expect(await client.invoke(request)).toMatchObject({ kind: "unavailable" });
  finish!();
  expect(await outcome).toMatchObject({ kind: "completed" });
  await closed;
});

test("a header value can't smuggle in another header", async () => {
  const { client } = await connect({ invoke: async ({ payload }) => ({ kind: "completed", payload, contentType: "application/json" }) });
  expect(await client.invoke({ ...request, traceId: "Root=1\r\nx-tail: 1" })).toMatchObject({
    kind: "unavailable",
    message: expect.stringContaining("line end"),
  });
  expect(await client.invoke(request)).toMatchObject({ kind: "completed" });
});
