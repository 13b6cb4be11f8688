import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { createLogger } from "@lambdock/kernel/logger";
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { Operation } from "../operations/call.ts";
import { createHandler, type SqsContext } from "./handler.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function start(
  operations: Readonly<Record<string, Operation>>,
  context: Partial<SqsContext> = {},
  log: string[] = [],
): Promise<string> {
  const handle = createHandler({
    operations,
    now: () => 7,
    explain: () => undefined,
    logger: createLogger("sqs", "warn", {}, (line) => log.push(line)),
  });
  const full: SqsContext = {
    scope: { accountId: "111122223333", region: "eu-west-1" },
    requestId: "r-1",
    endpoint: "http://sqs",
    ...context,
  };
  const server = createServer((request, response) => void handle(request, response, full));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const call = (url: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: "POST", headers: { "x-amz-target": "AmazonSQS.SendMessage", ...headers }, body });

test("an operation gets its input, the caller's scope and the trace header", async () => {
  const calls: unknown[] = [];
  const url = await start({
    SendMessage: (input, { scope, endpoint, now, traceHeader }) => (
      calls.push({ input, scope, endpoint, now, traceHeader }),
      Promise.resolve({ MessageId: "m" })
    ),
  });
  const response = await call(url, '{"MessageBody":"b"}', { "x-amzn-trace-id": "Root=1" });
  expect([response.status, response.headers.get("content-type"), response.headers.get("x-amzn-requestid"), await response.json()]).toEqual([
    200,
    "application/x-amz-json-1.0",
    "r-1",
    { MessageId: "m" },
  ]);
  expect(calls).toEqual([
    {
      input: { MessageBody: "b" },
      scope: { accountId: "111122223333", region: "eu-west-1" },
      endpoint: "http://sqs",
      now: 7,
      traceHeader: "Root=1",
    },
  ]);
});

test("the front door's check of the signature sees the body, and its refusal is the answer in either protocol", async () => {
  const seen: string[] = [];
  const verify = (body: Buffer): Promise<void> => {
    seen.push(body.toString());
    return Promise.reject(new AwsError("InvalidSignatureException", "no"));
  };
  const url = await start({}, { verify });
  const json = await call(url, "{}");
  expect([json.status, json.headers.get("x-amzn-query-error"), await json.json()]).toEqual([
    403,
    "InvalidSignatureException;Sender",
    { __type: "com.amazon.coral.service#InvalidSignatureException", message: "no" },
  ]);
  const query = await fetch(`${url}/?Action=ListQueues`);
  expect([query.status, await query.text()]).toEqual([
    403,
    expect.stringContaining("<Code>InvalidSignatureException</Code><Message>no</Message>"),
  ]);
  expect(seen).toEqual(["{}", ""]);
});

test("a bug is logged under the request id that the caller learns", async () => {
  const log: string[] = [];
  const url = await start({ SendMessage: () => Promise.reject(new Error("two owners")) }, {}, log);
  const response = await call(url, "{}");
  expect([response.status, await response.json()]).toEqual([
    500,
    {
      __type: "com.amazon.coral.service#InternalFailure",
      message: "Lambdock failed on this request: its log has the cause under request id r-1.",
    },
  ]);
  expect(log.join("")).toMatch(/two owners/);
});
