import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { connectConsole } from "./console-front.ts";
import { echo, startEdge, type Edge } from "./testing/edge.ts";

const INVOKE = "/2015-03-31/functions/hello/invocations";
const config = { host: "127.0.0.1", port: 0, region: "us-east-1", requireSignature: false, credentials: new Map<string, string>() };
let consoleServer: Server;
let edge: Edge;
let shared: Edge;

beforeAll(async () => {
  consoleServer = createServer((request, response) => response.end(`console ${request.method} ${request.url}`));
  await new Promise<void>((resolve) => consoleServer.listen(0, "127.0.0.1", resolve));
  const console = connectConsole(`http://127.0.0.1:${(consoleServer.address() as AddressInfo).port}`);
  edge = await startEdge(echo, { console: console.handle! });
  shared = await startEdge(echo, { config: { ...config, consoleToken: "secret" } });
});

afterAll(async () => {
  await edge.gateway.stop(100);
  await shared.gateway.stop(100);
  consoleServer.closeAllConnections();
  consoleServer.close();
});

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Unlike fetch this sends any `Host`. */
function ask(
  { gateway }: Edge,
  path: string,
  { method = "GET", headers = {}, body = "" }: Asked = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${gateway.address}${path}`,
      { method, headers: { ...headers, "content-length": body.length } },
      (answer) => {
        let text = "";
        answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
        answer.on("end", () => resolve({ status: answer.statusCode!, text }));
      },
    );
    request.on("error", reject).end(body);
  });
}

test("a page of another site cannot invoke, on the fast path or off it", async () => {
  const before = edge.invocations.length;
  for (const origin of ["https://evil.example", "null", "http://192.168.1.1"]) {
    const answer = await ask(edge, INVOKE, { method: "POST", headers: { origin }, body: "{}" });
    expect([origin, answer.status]).toEqual([origin, 403]);
    expect(answer.text).toContain("pages of other sites");
  }
  expect(edge.invocations).toHaveLength(before);
});

test("a name that was rebound to this machine is another site", async () => {
  const headers = { host: "evil.example:4566", origin: "http://evil.example:4566" };
  expect((await ask(edge, INVOKE, { method: "POST", headers, body: "{}" })).status).toBe(403);
  expect((await ask(edge, "/_lambdock/async", { headers: { host: "evil.example" } })).status).toBe(403);
  expect((await ask(edge, "/_lambdock/mappings", { headers: { host: "evil.example" } })).status).toBe(403);
});

test("pages of this machine, and programs under any name, may invoke", async () => {
  const local = { origin: "http://localhost:3000" };
  expect((await ask(edge, INVOKE, { method: "POST", headers: local, body: '{"a":1}' })).text).toBe('{"a":1}');
  expect((await ask(edge, INVOKE, { method: "POST", headers: { host: "lambda.example.com" }, body: "{}" })).status).toBe(200);
});

test("the console answers under /_lambdock, and nothing else of Lambdock's own is its", async () => {
  for (const path of ["/_lambdock", "/_lambdock/", "/_lambdock/console/facts", "/_lambdock/console/assets/a.js"])
    expect((await ask(edge, path)).text).toBe(`console GET ${path}`);
  expect((await ask(edge, "/_lambdock/health")).text).toContain('"status":"ok"');
  expect((await ask(edge, "/_lambdock/async")).text).toBe('{"queues":[]}');
});

test("without a console a sentence says so; one that is away is named", async () => {
  expect((await ask(shared, "/_lambdock")).text).toContain("LAMBDOCK_CONSOLE_URL");
  const away = connectConsole("http://127.0.0.1:1");
  const alone = await startEdge(echo, { console: away.handle! });
  const answer = await ask(alone, "/_lambdock");
  await alone.gateway.stop(100);
  expect([answer.status, answer.text]).toEqual([503, expect.stringContaining("The service `console` does not run")]);
});

test("with a token Lambdock's own API wants it, under whatever name", async () => {
  expect((await ask(shared, "/_lambdock/async")).status).toBe(401);
  expect((await ask(shared, "/_lambdock/mappings", { headers: { "x-lambdock-token": "wrong" } })).status).toBe(401);
  const headers = { "x-lambdock-token": "secret", host: "lambdock.team.example" };
  expect((await ask(shared, "/_lambdock/async", { headers })).status).toBe(200);
  expect((await ask(shared, "/_lambdock/health")).status).toBe(200);
});
