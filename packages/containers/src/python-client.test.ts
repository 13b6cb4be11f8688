import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, test } from "@jest/globals";
import { decodeFrames, startClient } from "./testing/runtime-client-harness.ts";
import type { ClientStart, RunningClient } from "./testing/runtime-client-harness.ts";

const python = findPython();
if (python === undefined) {
  if (process.env["CI"] === "true") throw new Error("python3 is needed to test the Python runtime client: install it");
  process.stderr.write("SKIPPED: the Python runtime client, because no python3 is on PATH\n");
}

const clients: RunningClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.stop()));
});

type PythonStart = Partial<ClientStart> & { readonly code: string };

async function start({ code, files, ...rest }: PythonStart): Promise<RunningClient> {
  const client = await startClient({
    runtime: "python3.12",
    interpreter: python ?? "",
    handler: "app.handler",
    ...rest,
    files: { "app.py": code, ...files },
  });
  clients.push(client);
  return client;
}

async function startOpen(options: PythonStart): Promise<RunningClient> {
  const client = await start(options);
  client.api.openGate();
  return client;
}

(python === undefined ? describe.skip : describe)("the Python client", () => {
  test("loads the user's code only after the gate has opened", async () => {
    const client = await start({ code: `print("loaded")\ndef handler(event, context):\n  return 1` });
    await client.api.seen("gate");
    expect(client.output()).toBe("");
    client.api.openGate();
    expect((await client.api.invoke({})).json()).toBe(1);
    expect(client.output()).toBe("loaded\n");
  });

  test("hands event, context and trace id to the handler and its result back", async () => {
    const code = `
import os
def handler(event, context):
  return {"event": event, "id": context.aws_request_id, "arn": context.invoked_function_arn, "name": context.function_name,
    "memory": context.memory_limit_in_mb, "left": context.get_remaining_time_in_millis(), "trace": os.environ.get("_X_AMZN_TRACE_ID"),
    "custom": context.client_context.custom, "title": context.client_context.client.app_title, "identity": context.identity.cognito_identity_id}`;
    const client = await startOpen({ code });
    const headers = {
      "Lambda-Runtime-Trace-Id": "Root=1-2-3",
      "Lambda-Runtime-Client-Context": '{"custom":{"a":"b"},"client":{"app_title":"t"}}',
      "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"me"}',
    };
    const answer = await client.api.invoke({ text: "grüße" }, { headers });
    expect(answer.path).toBe("/2018-06-01/runtime/invocation/request-1/response");
    const result = answer.json() as { readonly left: number };
    expect(result).toMatchObject({
      event: { text: "grüße" },
      id: "request-1",
      name: "scripted",
      memory: "256",
      trace: "Root=1-2-3",
      custom: { a: "b" },
      title: "t",
      identity: "me",
    });
    expect(result.left).toBeGreaterThan(25_000);
  });

  test("has no client context and no identity without the headers, and drops the last trace id", async () => {
    const code = `
import os
def handler(event, context):
  return [context.client_context, context.identity.cognito_identity_id, context.tenant_id, os.environ.get("_X_AMZN_TRACE_ID")]`;
    const client = await startOpen({ code });
    await client.api.invoke({}, { headers: { "Lambda-Runtime-Trace-Id": "Root=1-2-3" } });
    expect((await client.api.invoke({})).json()).toEqual([null, null, null, null]);
  });

  test("reports what the handler raises and stays usable", async () => {
    const code = `def handler(event, context):\n  if event == 1:\n    raise ValueError("no good")\n  return event`;
    const client = await startOpen({ code });
    const failed = await client.api.invoke(1);
    expect(failed.path).toBe("/2018-06-01/runtime/invocation/request-1/error");
    const payload = failed.json() as object;
    expect(Object.keys(payload)).toEqual(["errorMessage", "errorType", "requestId", "stackTrace"]);
    expect(payload).toEqual({
      errorMessage: "no good",
      errorType: "ValueError",
      requestId: "request-1",
      stackTrace: [`  File "${client.task}/app.py", line 3, in handler\n    raise ValueError("no good")\n`],
    });
    expect(JSON.parse(String(failed.headers["lambda-runtime-function-xray-error-cause"]))).toMatchObject({
      exceptions: [{ type: "ValueError", message: "no good" }],
    });
    expect((await client.api.invoke(2)).json()).toBe(2);
    const block = [
      "[ERROR] ValueError: no good",
      "Traceback (most recent call last):",
      `\u00a0\u00a0File "${client.task}/app.py", line 3, in handler`,
      `\u00a0\u00a0\u00a0\u00a0raise ValueError("no good")`,
    ];
    expect(client.output()).toBe(`${block.join("\r")}\n`);
  });

  test("writes decimals, bytes and named tuples as AWS does", async () => {
    const code = `
from collections import namedtuple
from decimal import Decimal
Point = namedtuple("Point", "x y")
def handler(event, context):
  return {"price": Decimal("1.10"), "bytes": b"text", "point": Point(1, [Point(2, 3)]), "mark": '"'}`;
    const client = await startOpen({ code });
    expect((await client.api.invoke({})).body.toString()).toBe(
      '{"price": 1.10, "bytes": "text", "point": {"x": 1, "y": [{"x": 2, "y": 3}]}, "mark": "\\""}',
    );
  });

  test("names its own frame, as AWS does, where the error has no other", async () => {
    const client = await startOpen({ code: `def handler(event):\n  return 1` });
    expect((await client.api.invoke({})).json()).toEqual({
      errorMessage: "handler() takes 1 positional argument but 2 were given",
      errorType: "TypeError",
      requestId: "request-1",
      stackTrace: [expect.stringContaining("handler(event, context)")],
    });
  });

  test.each([
    ["{1}", "Runtime.MarshalError", "Unable to marshal response: Object of type set is not JSON serializable"],
    ["cycle()", "Runtime.MarshalError", "Unable to marshal response: Circular reference detected"],
  ])("reports a result %s that has no JSON", async (result, errorType, errorMessage) => {
    const client = await startOpen({
      code: `def cycle():\n  made = []\n  made.append(made)\n  return made\ndef handler(event, context):\n  return ${result}`,
    });
    expect((await client.api.invoke({})).json()).toEqual({ errorMessage, errorType, requestId: "request-1", stackTrace: [] });
  });

  test.each([
    ["app", "Runtime.MalformedHandlerName", "Bad handler 'app': not enough values to unpack (expected 2, got 1)"],
    ["app.nothing", "Runtime.HandlerNotFound", "Handler 'nothing' missing on module 'app'"],
    ["missing.handler", "Runtime.ImportModuleError", "Unable to import module 'missing': No module named 'missing'"],
    ["needs.handler", "Runtime.ImportModuleError", "Unable to import module 'needs': No module named 'nowhere'"],
    ["broken.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'broken': "],
    ["raises.handler", "RuntimeError", "at import"],
    ["sys.handler", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"],
  ])("reports %s as %s and exits", async (handler, errorType, message) => {
    const files = { "needs.py": "import nowhere", "broken.py": "def handler(:", "raises.py": `raise RuntimeError("at import")` };
    const client = await startOpen({ code: "", handler, files });
    const error = await client.api.initError();
    expect(error.headers["lambda-runtime-function-error-type"]).toBe(errorType);
    expect(error.json()).toMatchObject({ errorType, errorMessage: expect.stringContaining(message), requestId: "" });
    expect(await client.exited).toBe(1);
    expect(client.output()).toContain(`[ERROR] ${errorType}: ${message}`);
  });

  test("finds modules in the code's folders and calls nested handlers", async () => {
    const client = await startOpen({
      code: `from helper import double\ndef handler(event, context):\n  return double(event)`,
      files: { "helper.py": "def double(x):\n  return 2 * x" },
    });
    expect((await client.api.invoke(21)).json()).toBe(42);
  });

  test("logs through the logging module in AWS's format", async () => {
    const code = `
import logging
logging.getLogger().setLevel("INFO")
def handler(event, context):
  logging.info("one %s", "two")
  print("plain")`;
    const client = await startOpen({ code });
    await client.api.invoke({});
    await client.api.seen("next", 2);
    expect(client.output()).toMatch(/^\[INFO\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\trequest-1\tone two\nplain\n$/);
  });

  test("frames log records on the telemetry descriptor and leaves plain output alone", async () => {
    const code = `
import logging
def handler(event, context):
  logging.warning("two\\nlines")
  print("plain")
  raise KeyError("x")`;
    const client = await startOpen({ code, telemetry: true });
    await client.api.invoke({});
    await client.api.seen("next", 2);
    const frames = decodeFrames(client.telemetry());
    expect(frames.map(({ type }) => type.toString(16))).toEqual(["a55a0003", "a55a0017"]);
    expect(frames[0]?.message).toMatch(/^\[WARNING\]\t\S+\trequest-1\ttwo\nlines\n$/);
    expect(frames[1]?.message).toMatch(/^\[ERROR\] KeyError: 'x'\nTraceback \(most recent call last\):\n\u00a0\u00a0File /);
    expect(client.output()).toBe("plain\n");
  });

  test("logs JSON when the format says so", async () => {
    const code = `
import logging
def handler(event, context):
  logging.info("no")
  try:
    1 / 0
  except ZeroDivisionError:
    logging.exception("yes", extra={"order": 7})`;
    const client = await startOpen({ code, environment: { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: "WARN" }, telemetry: true });
    await client.api.invoke({});
    await client.api.seen("next", 2);
    const frames = decodeFrames(client.telemetry());
    expect(frames.map(({ type }) => type.toString(16))).toEqual(["a55a0016"]);
    expect(JSON.parse(frames[0]?.message ?? "")).toMatchObject({
      level: "ERROR",
      message: "yes",
      logger: "root",
      requestId: "request-1",
      errorType: "ZeroDivisionError",
      order: 7,
    });
  });

  test("delivers an answer although its connection was lost while the handler ran", async () => {
    const code = `
import os, time
def handler(event, context):
  print("running")
  while not os.path.exists("go"):
    time.sleep(0.01)
  return event`;
    const client = await startOpen({ code });
    const answered = client.api.invoke("kept");
    while (!client.output().includes("running")) await new Promise((resolve) => setTimeout(resolve, 5));
    client.api.dropConnections();
    execFileSync("touch", [`${client.task}/go`]);
    expect((await answered).json()).toBe("kept");
    await client.api.seen("next", 2);
  });

  test("takes and gives payloads of 6 MB, with a length and in chunks", async () => {
    const client = await startOpen({ code: `def handler(event, context):\n  return event` });
    const payload = "x".repeat(6_000_000);
    expect((await client.api.invoke(payload)).json()).toBe(payload);
    expect((await client.api.invoke(payload, { chunked: true })).json()).toBe(payload);
  });

  test("runs a wrapper with the runtime's command line, after the gate", async () => {
    const wrapper = `#!/bin/sh\necho "wrapped $*"\nWRAPPED=yes exec "$@"\n`;
    const code = `import os, sys\ndef handler(event, context):\n  return [os.environ["WRAPPED"], len(sys.argv)]`;
    const client = await start({ code, files: { wrapper }, environment: { AWS_LAMBDA_EXEC_WRAPPER: "./wrapper" } });
    await client.api.seen("gate");
    expect(client.output()).toBe("");
    client.api.openGate();
    expect((await client.api.invoke({})).json()).toEqual(["yes", 1]);
    expect(client.output()).toMatch(/^wrapped \S*python\S* .*bootstrap\.py/);
  });

  test.each([
    ["1.29.76", "http://lambdock:4566"],
    ["1.31.0", null],
  ])("botocore %s is handed AWS_ENDPOINT_URL where it does not know it itself: %s", async (version, endpoint) => {
    const code = `
import os
package = os.path.join(os.environ["LAMBDA_TASK_ROOT"], "botocore")
os.makedirs(package)
with open(os.path.join(package, "__init__.py"), "w") as file:
  file.write("__version__ = '${version}'")
with open(os.path.join(package, "session.py"), "w") as file:
  file.write("""
class Session:
  def create_client(self, service_name, region_name=None, api_version=None, use_ssl=True, verify=None, endpoint_url=None):
    return [service_name, region_name, endpoint_url]
""")
import botocore.session
def handler(event, context):
  create = botocore.session.Session().create_client
  return [create("sqs"), create("s3", "eu-west-1"), create("s3", endpoint_url="http://own"), create("s3", "r", "v", True, None, "http://sixth")]`;
    const client = await startOpen({ code, environment: { AWS_ENDPOINT_URL: "http://lambdock:4566" } });
    expect((await client.api.invoke({})).json()).toEqual([
      ["sqs", null, endpoint],
      ["s3", "eu-west-1", endpoint],
      ["s3", null, "http://own"],
      ["s3", "r", "http://sixth"],
    ]);
  });

  test("exits with 127 for a wrapper that is missing", async () => {
    const client = await startOpen({ code: "", environment: { AWS_LAMBDA_EXEC_WRAPPER: "/nowhere/wrapper" } });
    expect(await client.exited).toBe(127);
  });

  test("ends when the handler ends the process", async () => {
    const client = await startOpen({ code: `import sys\ndef handler(event, context):\n  sys.exit(3)` });
    void client.api.invoke({});
    expect(await client.exited).toBe(3);
  });
});

function findPython(): string | undefined {
  try {
    return execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}
