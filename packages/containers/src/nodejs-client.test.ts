import { afterEach, describe, expect, test } from "@jest/globals";
import { decodeFrames, startClient } from "./testing/runtime-client-harness.ts";
import type { ClientStart, RunningClient } from "./testing/runtime-client-harness.ts";

const clients: RunningClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.stop()));
});

type NodeStart = Omit<ClientStart, "interpreter" | "handler" | "files"> & {
  readonly code: string;
  readonly files?: Readonly<Record<string, string>>;
};

async function start({ code, files, ...rest }: NodeStart): Promise<RunningClient> {
  const client = await startClient({
    ...rest,
    interpreter: process.execPath,
    handler: "index.handler",
    files: { "index.js": code, ...files },
  });
  clients.push(client);
  return client;
}

async function startOpen(options: NodeStart): Promise<RunningClient> {
  const client = await start(options);
  client.api.openGate();
  return client;
}

describe.each(["nodejs24.x", "nodejs22.x"])("the client of %s", (runtime) => {
  test("loads the user's code only after the gate has opened", async () => {
    const client = await start({ runtime, code: `process.stdout.write("loaded\\n"); exports.handler = async () => 1;` });
    await client.api.seen("gate");
    expect(client.output()).toBe("");
    expect(client.api.requests).toEqual(["/2018-06-01/lambdock/gate"]);
    client.api.openGate();
    expect((await client.api.invoke({})).json()).toBe(1);
    expect(client.output()).toBe("loaded\n");
  });

  test("asks again when its connection is lost at the gate", async () => {
    const client = await start({ runtime, code: `exports.handler = async () => "ok";` });
    await client.api.seen("gate");
    client.api.dropConnections();
    await client.api.seen("gate", 2);
    client.api.openGate();
    expect((await client.api.invoke({})).json()).toBe("ok");
  });

  test("hands event, context and trace id to the handler and its result back", async () => {
    const code = `exports.handler = async (event, context) => ({
      event, id: context.awsRequestId, arn: context.invokedFunctionArn, name: context.functionName, client: context.clientContext,
      left: context.getRemainingTimeInMillis(), trace: process.env._X_AMZN_TRACE_ID });`;
    const client = await startOpen({ runtime, code });
    const headers = { "Lambda-Runtime-Trace-Id": "Root=1-2-3", "Lambda-Runtime-Client-Context": '{"custom":{"a":"b"}}' };
    const answer = await client.api.invoke({ text: "grüße" }, { headers });
    expect(answer.path).toBe("/2018-06-01/runtime/invocation/request-1/response");
    expect(answer.headers["content-type"]).toBe("application/json");
    const result = answer.json() as { readonly left: number };
    expect(result).toMatchObject({
      event: { text: "grüße" },
      id: "request-1",
      name: "scripted",
      trace: "Root=1-2-3",
      client: { custom: { a: "b" } },
    });
    expect(result.left).toBeGreaterThan(25_000);
    expect((await client.api.invoke(2)).json()).toMatchObject({ event: 2, id: "request-2" });
  });

  test("answers null for undefined", async () => {
    const client = await startOpen({ runtime, code: `exports.handler = async () => undefined;` });
    expect((await client.api.invoke({})).body.toString()).toBe("null");
  });

  test("reports what the handler throws and stays usable", async () => {
    const code = `exports.handler = async (event) => { if (event === 1) throw new TypeError("no good"); if (event === 2) throw "text"; return event; };`;
    const client = await startOpen({ runtime, code });
    const failed = await client.api.invoke(1);
    expect(failed.path).toBe("/2018-06-01/runtime/invocation/request-1/error");
    expect(failed.json()).toMatchObject({
      errorType: "TypeError",
      errorMessage: "no good",
      trace: expect.arrayContaining(["TypeError: no good"]),
    });
    expect(JSON.parse(String(failed.headers["lambda-runtime-function-xray-error-cause"]))).toMatchObject({
      exceptions: [{ type: "TypeError", message: "no good" }],
    });
    expect((await client.api.invoke(2)).json()).toEqual({ errorType: "string", errorMessage: "text", trace: [] });
    expect((await client.api.invoke(3)).json()).toBe(3);
    expect(client.output()).toMatch(/^\S+Z\trequest-1\tERROR\tInvoke Error \t\{"errorType":"TypeError"/m);
  });

  test("an error with a stack too long for a header is still reported", async () => {
    const client = await startOpen({ runtime, code: `exports.handler = async () => { throw new Error("x".repeat(100000)); };` });
    const failed = await client.api.invoke(1);
    expect((failed.json() as { readonly errorMessage: string }).errorMessage).toHaveLength(100_000);
    expect(failed.headers["lambda-runtime-function-xray-error-cause"]).toBeUndefined();
  });

  test.each([
    ["index.nothing", "Runtime.HandlerNotFound", "index.nothing is undefined or not exported"],
    ["missing.handler", "Runtime.ImportModuleError", "Cannot find module 'missing'"],
    ["broken.handler", "Runtime.UserCodeSyntaxError", "SyntaxError"],
    ["handler", "Runtime.MalformedHandlerName", "Bad handler"],
  ])("reports %s as %s and exits", async (handler, errorType, message) => {
    const client = await startClient({
      runtime,
      interpreter: process.execPath,
      handler,
      files: { "index.js": "", "broken.js": "exports.handler = ((" },
    });
    clients.push(client);
    client.api.openGate();
    const error = await client.api.initError();
    expect(error.headers["lambda-runtime-function-error-type"]).toBe(errorType);
    expect(error.json()).toMatchObject({ errorType, errorMessage: expect.stringContaining(message) });
    expect(await client.exited).toBeGreaterThan(0);
  });

  test("streams a response with its HTTP prelude", async () => {
    const code = `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
      const http = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { a: "b" } });
      http.write("one "); http.write("two"); http.end(); });`;
    const client = await startOpen({ runtime, code });
    for (const id of ["request-1", "request-2"]) {
      const answer = await client.api.invoke({});
      expect(answer.path).toBe(`/2018-06-01/runtime/invocation/${id}/response`);
      expect(answer.headers).toMatchObject({
        "lambda-runtime-function-response-mode": "streaming",
        "content-type": "application/vnd.awslambda.http-integration-response",
      });
      expect(answer.body.toString("latin1")).toBe(`{"statusCode":201,"headers":{"a":"b"}}${"\0".repeat(8)}one two`);
    }
  });

  test("tells of a stream that fails half-way in the trailers", async () => {
    const code = `exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream.write("half"); throw new RangeError("mid-way"); });`;
    const client = await startOpen({ runtime, code });
    const answer = await client.api.invoke({});
    expect(answer.body.toString()).toBe("half");
    expect(answer.trailers["lambda-runtime-function-error-type"]).toBe("RangeError");
    const body = Buffer.from(answer.trailers["lambda-runtime-function-error-body"] ?? "", "base64").toString();
    expect(JSON.parse(body)).toMatchObject({ errorType: "RangeError", errorMessage: "mid-way" });
  });

  test("frames log records on the telemetry descriptor and leaves plain output alone", async () => {
    const code = `exports.handler = async () => { console.log("two\\nlines"); console.error("bad"); process.stdout.write("plain\\n"); };`;
    const client = await startOpen({ runtime, code, telemetry: true });
    await client.api.invoke({});
    await client.api.seen("next", 2);
    const frames = decodeFrames(client.telemetry());
    expect(frames.map(({ type }) => type.toString(16))).toEqual(["a55a000f", "a55a0017"]);
    expect(frames[0]?.message).toMatch(/^\S+Z\trequest-1\tINFO\ttwo\nlines\n$/);
    expect(client.output()).toBe("plain\n");
  });

  test("logs JSON when the format says so", async () => {
    const environment = { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: "WARN" };
    const client = await startOpen({
      runtime,
      code: `exports.handler = async () => { console.info("no"); console.warn("yes"); };`,
      environment,
    });
    await client.api.invoke({});
    await client.api.seen("next", 2);
    expect(JSON.parse(client.output())).toMatchObject({ level: "WARN", message: "yes", requestId: "request-1" });
  });

  test("delivers an answer although its connection was lost while the handler ran", async () => {
    const code = `exports.handler = async (event) => {
      const busy = setInterval(() => {}, 1000);
      const told = new Promise((resolve) => process.once("SIGUSR2", resolve));
      process.stdout.write(process.pid + "\\n");
      await told;
      clearInterval(busy);
      return event; };`;
    const client = await startOpen({ runtime, code });
    const answered = client.api.invoke("kept");
    const pid = await until(() => /^(\d+)\n/.exec(client.output())?.[1]);
    client.api.dropConnections();
    process.kill(Number(pid), "SIGUSR2");
    expect((await answered).json()).toBe("kept");
    await client.api.seen("next", 2);
  });

  test("takes and gives payloads of 6 MB, with a length and in chunks", async () => {
    const client = await startOpen({ runtime, code: `exports.handler = async (event) => event;` });
    const payload = "é".repeat(3_000_000);
    expect((await client.api.invoke(payload)).json()).toBe(payload);
    expect((await client.api.invoke(payload, { chunked: true })).json()).toBe(payload);
  });

  test("runs a wrapper with the runtime's command line, after the gate", async () => {
    const wrapper = `#!/bin/sh\necho "wrapped $*"\nWRAPPED=yes exec "$@"\n`;
    const client = await start({
      runtime,
      code: `exports.handler = async () => process.env.WRAPPED;`,
      files: { wrapper },
      environment: { AWS_LAMBDA_EXEC_WRAPPER: "./wrapper" },
    });
    await client.api.seen("gate");
    expect(client.output()).toBe("");
    client.api.openGate();
    expect((await client.api.invoke({})).json()).toBe("yes");
    expect(client.output()).toMatch(/^wrapped \S*node --expose-gc .*bootstrap\.mjs/);
  });

  test("exits with 127 for a wrapper that is missing and 126 for one that can't run", async () => {
    const missing = await startOpen({ runtime, code: "", environment: { AWS_LAMBDA_EXEC_WRAPPER: "/nowhere/wrapper" } });
    expect(await missing.exited).toBe(127);
    expect(missing.output()).toBe("/nowhere/wrapper: does not exist\n");
    const plain = await startOpen({ runtime, code: "", files: { wrapper: "text" }, environment: { AWS_LAMBDA_EXEC_WRAPPER: "./wrapper" } });
    expect(await plain.exited).toBe(126);
  });

  test("runs what NODE_OPTIONS preloads after the gate too", async () => {
    const files = { "preload.cjs": `process.stdout.write("preloaded\\n")` };
    const client = await start({
      runtime,
      code: `exports.handler = async () => process.argv.length;`,
      files,
      environment: { NODE_OPTIONS: "--require ./preload.cjs" },
    });
    await client.api.seen("gate");
    expect(client.output()).toBe("");
    client.api.openGate();
    expect((await client.api.invoke({})).json()).toBe(2);
    expect(client.output()).toBe("preloaded\n");
  });

  test("sizes the heap by the function's memory", async () => {
    const client = await startOpen({ runtime, code: `exports.handler = async () => process.execArgv;` });
    expect((await client.api.invoke({})).json()).toEqual(
      expect.arrayContaining(["--expose-gc", "--max-semi-space-size=12", "--max-old-space-size=231"]),
    );
  });

  test("ends when the handler ends the process", async () => {
    const client = await startOpen({ runtime, code: `exports.handler = async () => process.exit(3);` });
    void client.api.invoke({});
    expect(await client.exited).toBe(3);
  });
});

describe("handlers that answer through a callback", () => {
  test("work on nodejs22.x, which waits for an empty event loop", async () => {
    const code = `exports.handler = (event, context, callback) => { callback(null, event); setTimeout(() => process.stdout.write("later\\n"), 20); };`;
    const client = await startOpen({ runtime: "nodejs22.x", code });
    expect((await client.api.invoke("first")).json()).toBe("first");
    expect(client.output()).toBe("later\n");
  });

  test("answer null on nodejs22.x when the event loop runs empty without a call", async () => {
    const client = await startOpen({ runtime: "nodejs22.x", code: `exports.handler = (event, context, callback) => undefined;` });
    expect((await client.api.invoke(1)).body.toString()).toBe("null");
    expect((await client.api.invoke(2)).path).toContain("request-2");
  });

  test("are refused on nodejs24.x", async () => {
    const client = await startOpen({ runtime: "nodejs24.x", code: `exports.handler = (event, context, callback) => callback(null, 1);` });
    expect((await client.api.initError()).json()).toMatchObject({ errorType: "Runtime.CallbackHandlerDeprecated" });
    expect(await client.exited).toBe(1);
  });

  test("an exception thrown later is reported whole before nodejs22.x exits", async () => {
    const code = `exports.handler = (event, context, callback) => { setTimeout(() => { throw new Error("y".repeat(5000000)); }, 1); };`;
    const client = await startOpen({ runtime: "nodejs22.x", code });
    const failed = await client.api.invoke(1);
    expect((failed.json() as { readonly errorMessage: string }).errorMessage).toHaveLength(5_000_000);
    expect(await client.exited).toBe(129);
  });
});

async function until<T>(probe: () => T | undefined): Promise<T> {
  for (;;) {
    const value = probe();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
