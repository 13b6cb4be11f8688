import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { createConsole, type Console, type ConsoleOptions } from "./console.ts";
import { statusOf } from "./status.ts";

/** What reached Lambdock's endpoint behind the console. */
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const seen: Seen[] = [];
const started: { readonly server: Server; readonly console?: Console }[] = [];
let gateway: string;
let files: string;

beforeAll(async () => {
  files = await mkdtemp(join(tmpdir(), "lambdock-console-"));
  await mkdir(join(files, "assets"));
  await writeFile(join(files, "index.html"), "<title>Lambdock</title>");
  await writeFile(join(files, "assets/app-1.js"), "let a = 1;");
  await writeFile(join(files, "assets/app-1.js.gz"), gzipSync("let a = 1;"));
  gateway = await listen(
    createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        seen.push({ method: request.method!, url: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() });
        if (request.url === "/_lambdock/health")
          response.writeHead(503).end('{"executor":{"ok":false,"message":"It is away."},"redis":{"ok":true}}');
        else response.writeHead(200, { "x-amz-log-result": Buffer.from("Init Duration: 1 ms").toString("base64") }).end('{"ok":true}');
      });
    }),
  );
});

afterAll(async () => {
  for (const { server, console } of started) {
    console?.close();
    server.closeAllConnections();
    server.close();
  }
  await rm(files, { recursive: true });
});

beforeEach(() => void seen.splice(0));

async function listen(server: Server, console?: Console): Promise<string> {
  started.push({ server, ...(console === undefined ? {} : { console }) });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A console over the endpoint that records. */
async function start(options: Partial<ConsoleOptions> = {}): Promise<string> {
  const console = createConsole({
    gateway: () => gateway,
    region: "eu-central-1",
    timeScale: 20,
    requireSignature: false,
    credentials: new Map(),
    token: "",
    watched: [],
    files,
    ...options,
  });
  return listen(
    createServer((request, response) => void console.handle(request, response)),
    console,
  );
}

/** fetch would not send another `Host`. */
function statusUnder(host: string, url: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { headers: { ...headers, host } }, (answer) => resolve(answer.resume().statusCode!))
      .on("error", reject)
      .end();
  });
}

test("the app is served with a policy, its files compressed and for ever", async () => {
  const url = await start();
  const page = await fetch(`${url}/_lambdock`);
  expect(await page.text()).toContain("<title>Lambdock</title>");
  expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  const script = await fetch(`${url}/_lambdock/console/assets/app-1.js`);
  expect([script.headers.get("content-encoding"), script.headers.get("cache-control"), await script.text()]).toEqual([
    "gzip",
    "public, max-age=31536000, immutable",
    "let a = 1;",
  ]);
});

test.each(["assets/../index.html", "assets/%2e%2e/index.html", "assets/.sources", "assets/nothing.js"])(
  "%s is no file of the app",
  async (name) => {
    expect(await statusUnder("localhost", `${await start()}/_lambdock/console/${name}`)).toBe(404);
  },
);

test("an app that is not built says how to build it", async () => {
  const answer = await fetch(`${await start({ files: "/nowhere" })}/_lambdock`);
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining("npm run build -w services/console")]);
});

test("requests are passed on with their scope, without what concerns the browser", async () => {
  const url = await start();
  const answer = await fetch(`${url}/_lambdock/console/api/2015-03-31/functions/f/invocations?Qualifier=1`, {
    method: "POST",
    body: '{"a":1}',
    headers: { "x-lambdock-scope": "111122223333/us-west-2/lambda", "x-amz-invocation-type": "Event", cookie: "a=b", origin: url },
  });
  expect(await answer.json()).toEqual({ ok: true });
  expect(seen).toHaveLength(1);
  const [{ method, url: path, headers, body }] = seen as [Seen];
  expect([method, path, body]).toEqual(["POST", "/2015-03-31/functions/f/invocations?Qualifier=1", '{"a":1}']);
  expect(headers["authorization"]).toMatch(/Credential=111122223333\/\d{8}\/us-west-2\/lambda\/aws4_request/);
  expect([headers["x-amz-invocation-type"], headers["cookie"], headers["origin"]]).toEqual(["Event", undefined, undefined]);
});

test.each(["/_lambdock/000000000000/code", "/metrics", "/000000000000/queue", "/_lambdock/console/facts"])(
  "%s is not passed on",
  async (path) => {
    const answer = await fetch(`${await start()}/_lambdock/console/api${path}`);
    expect([answer.status, seen]).toEqual([404, []]);
  },
);

test("pages of other sites and names that anybody could own are refused, and nothing reaches Lambdock", async () => {
  const url = await start();
  const api = `${url}/_lambdock/console/api/2015-03-31/functions/`;
  expect((await fetch(api, { headers: { origin: "https://evil.example" } })).status).toBe(403);
  expect(await statusUnder("evil.example", api)).toBe(403);
  expect(await statusUnder("evil.example", api, { origin: "http://evil.example" })).toBe(403);
  expect(await statusUnder("evil.example", `${url}/_lambdock`)).toBe(403);
  expect(seen).toEqual([]);
});

test("with a token the app is shown, but nothing is passed on before it is known", async () => {
  const url = await start({ token: "open sesame" });
  const api = `${url}/_lambdock/console/api/_lambdock/async`;
  expect((await fetch(`${url}/_lambdock`)).status).toBe(200);
  expect((await fetch(api)).status).toBe(401);
  expect((await fetch(`${url}/_lambdock/console/session`, { method: "POST", body: '{"token":"wrong"}' })).status).toBe(403);
  const session = await fetch(`${url}/_lambdock/console/session`, { method: "POST", body: '{"token":"open sesame"}' });
  const cookie = session.headers.get("set-cookie")!;
  expect(cookie).toMatch(/^lambdock-\w+=\w+; HttpOnly; SameSite=Strict; Path=\/_lambdock$/);
  const headers = { cookie: cookie.split(";")[0]! };
  expect(await (await fetch(`${url}/_lambdock/console/facts`, { headers })).json()).toMatchObject({ tokenRequired: true, signedIn: true });
  expect((await fetch(api, { headers })).status).toBe(200);
  expect(seen.map((each) => each.headers["x-lambdock-token"])).toEqual(["open sesame"]);
  // Under a name of its own it is reached too: another site has no such cookie.
  expect(await statusUnder("lambdock.team.example", api, headers)).toBe(200);
});

test("where signatures are wanted the console signs for who it knows, and otherwise says why it does not", async () => {
  const strict = { requireSignature: true, credentials: new Map([["AKIDEXAMPLE", "secret"]]) };
  const refused = await fetch(`${await start(strict)}/_lambdock/console/api/2015-03-31/functions/`);
  expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining("LAMBDOCK_CONSOLE_TOKEN")]);
  const url = await start({ ...strict, token: "t" });
  const session = await fetch(`${url}/_lambdock/console/session`, { method: "POST", body: '{"token":"t"}' });
  const headers = { cookie: session.headers.get("set-cookie")!.split(";")[0]! };
  await fetch(`${url}/_lambdock/console/api/2015-03-31/functions/`, { headers });
  expect(seen[0]!.headers["authorization"]).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/lambda\/aws4_request.*Signature=[0-9a-f]{64}$/,
  );
});

test("a burst invokes at once and tells how each ended", async () => {
  const url = await start();
  const ask = (body: unknown): Promise<Response> => fetch(`${url}/_lambdock/console/burst`, { method: "POST", body: JSON.stringify(body) });
  const { answers } = (await (await ask({ functionName: "f", payloads: [1, 2, 3] })).json()) as { readonly answers: readonly object[] };
  expect(answers).toEqual([1, 2, 3].map(() => ({ status: 200, cold: true, tookMs: expect.any(Number) })));
  expect(seen.map(({ body }) => body).sort()).toEqual(["1", "2", "3"]);
  expect((await ask({ functionName: "f", payloads: Array.from({ length: 101 }, () => 0) })).status).toBe(400);
  expect((await ask({ functionName: "../f", payloads: [1] })).status).toBe(400);
});

test("a service that takes a connection and is silent is told as such, in words", async () => {
  const silent = await listen(createServer(() => undefined));
  const [, , , part] = await statusOf(gateway, [{ name: "poller", url: new URL(silent) }]);
  expect(part).toEqual({ name: "poller", ok: false, message: "poller does not answer (nothing came in 2 s)." });
});

test("the status names what is away, and why", async () => {
  const url = await start({
    watched: [
      { name: "poller", url: new URL("http://127.0.0.1:1/health") },
      { name: "sqs", url: new URL(gateway.replace("http", "tcp")) },
    ],
  });
  const { parts } = (await (await fetch(`${url}/_lambdock/console/status`)).json()) as { readonly parts: readonly object[] };
  expect(parts).toEqual([
    { name: "gateway", ok: true },
    { name: "executor", ok: false, message: "It is away." },
    { name: "redis", ok: true },
    { name: "poller", ok: false, message: expect.stringContaining("poller does not answer") },
    { name: "sqs", ok: true },
  ]);
});

test("a Lambdock that does not answer is told in a sentence", async () => {
  const url = await start({ gateway: () => "http://127.0.0.1:1" });
  const answer = await fetch(`${url}/_lambdock/console/api/_lambdock/async`);
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining("Is Lambdock running?")]);
  const { parts } = (await (await fetch(`${url}/_lambdock/console/status`)).json()) as { readonly parts: readonly object[] };
  expect(parts).toEqual([{ name: "gateway", ok: false, message: expect.stringContaining("The gateway does not answer") }]);
});
