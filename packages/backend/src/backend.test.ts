import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { spawn } from "node:child_process";
import { afterEach, expect, test } from "@jest/globals";
import type { ListeningServer } from "@lambdock/kernel/listening-server";
import { createLogger } from "@lambdock/kernel/logger";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { createBackend, type Backend, type BackendContext } from "./backend.ts";
import { guarded } from "./child-process.ts";
import { createChildService } from "./child-service.ts";
import { serveFront } from "./front-server.ts";

/** A server that echoes; `/die` ends it before it answers, `/half` in the middle of its answer. */
const PROGRAM = `
  const fs = require("node:fs");
  if (process.argv[3] && fs.existsSync(process.argv[3])) { console.error("no luck today"); process.exit(3); }
  require("node:http").createServer((request, response) => {
    if (request.url === "/die") return process.exit(1);
    response.writeHead(200, { "x-pid": process.pid, "x-host": request.headers.host, connection: "close" });
    if (request.url === "/half") { response.write("half", () => setTimeout(() => process.exit(1), 20)); return; }
    request.pipe(response);
  }).listen(Number(process.argv[2]), "127.0.0.1");
`;

interface Fixture {
  readonly backend: Backend;
  readonly url: string;
  readonly log: string[];
  /** While this file exists the program refuses to start. */
  readonly obstacle: string;
}

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

async function start(context: Partial<BackendContext> = {}): Promise<Fixture> {
  const directory = await mkdtemp(join(tmpdir(), "lambdock-backend-"));
  const program = join(directory, "program.cjs");
  await writeFile(program, PROGRAM);
  const obstacle = join(directory, "obstacle");
  const log: string[] = [];
  const child = createChildService({
    name: "Echo",
    logger: createLogger("echo", "info", {}, (line) => log.push(line)),
    cure: "Set ECHO_URL.",
    command: (port) => guarded({ program: process.execPath, args: [program, String(port), obstacle] }),
    readyPath: "/",
    startWithinMs: 30_000,
    endWithinMs: 5_000,
    prepare: () => Promise.resolve(),
  });
  const backend = createBackend(child);
  const server: ListeningServer = await serveFront(
    (request, response, given) => backend.handle(request, response, { ...given, ...context }),
    {
      host: "127.0.0.1",
      port: 0,
    },
  );
  cleanup.push(
    () => rm(directory, { recursive: true }),
    () => backend.stop(0),
    () => server.close(0),
  );
  return { backend, url: server.address, log, obstacle };
}

const starts = ({ log }: Fixture): number => log.filter((line) => line.includes("echo: started")).length;
const target = { "x-amz-target": "Echo.Call", "content-type": "application/x-amz-json-1.1" };

test("requests that come while the program starts wait for one start, and are passed on whole", async () => {
  const fixture = await start();
  const answers = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => (await fetch(fixture.url, { method: "POST", body: `${index}` })).text()),
  );
  expect(answers).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
  expect(starts(fixture)).toBe(1);
});

test("a program that dies on a request is a 500 in AWS's form, and the next request starts it again", async () => {
  const fixture = await start();
  const died = await fetch(`${fixture.url}/die`, { method: "POST", headers: target, body: "{}" });
  expect([died.status, died.headers.get("content-type"), await died.json()]).toEqual([
    500,
    "application/x-amz-json-1.1",
    { __type: "InternalFailure", message: expect.stringMatching(/^The server at http:\/\/127.0.0.1:\d+ broke off/) },
  ]);
  expect(died.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
  expect(await (await fetch(fixture.url, { method: "POST", body: "again" })).text()).toBe("again");
  expect(starts(fixture)).toBe(2);
});

test("an answer that breaks off in the middle breaks the connection, not more", async () => {
  const fixture = await start();
  const request = httpRequest(`${fixture.url}/half`);
  request.end();
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  answer.resume();
  await expect(once(answer, "end")).rejects.toMatchObject({ code: "ECONNRESET" });
});

test("a program that does not start is a 503 with its last words and the cure, and is tried again", async () => {
  const fixture = await start();
  await writeFile(fixture.obstacle, "");
  const json = await fetch(fixture.url, { method: "POST", headers: target });
  expect([json.status, await json.json()]).toEqual([
    503,
    { __type: "ServiceUnavailable", message: "Echo does not start: it ended with status 3: no luck today. Set ECHO_URL." },
  ]);
  const query = await fetch(`${fixture.url}/?Action=Call`);
  expect([query.status, await query.text()]).toEqual([
    503,
    expect.stringContaining("<Code>ServiceUnavailable</Code><Message>Echo does not start"),
  ]);
  await rm(fixture.obstacle);
  expect((await fetch(fixture.url)).status).toBe(200);
});

test("a signature is checked over the body, which is passed on only then", async () => {
  const verify = (body: Buffer): Promise<void> =>
    body.toString() === "signed" ? Promise.resolve() : Promise.reject(new AwsError("InvalidSignatureException", "no"));
  const fixture = await start({ verify });
  const refused = await fetch(fixture.url, { method: "POST", headers: target, body: "forged" });
  expect([refused.status, await refused.json()]).toEqual([403, { __type: "InvalidSignatureException", message: "no" }]);
  expect(starts(fixture)).toBe(0);
  expect(await (await fetch(fixture.url, { method: "POST", body: "signed" })).text()).toBe("signed");
});

test("a stopped backend starts nothing", async () => {
  const fixture = await start();
  await fetch(fixture.url);
  await fixture.backend.stop(0);
  expect((await fetch(fixture.url, { headers: target })).status).toBe(503);
  expect(starts(fixture)).toBe(1);
});

test("the program ends when the process that started it is killed", async () => {
  const directory = await mkdtemp(join(tmpdir(), "lambdock-backend-"));
  cleanup.push(() => rm(directory, { recursive: true }));
  const pidFile = join(directory, "pid");
  const { program, args } = guarded({ program: "/bin/sh", args: ["-c", `echo $$ >${pidFile}; exec sleep 1000`] });
  // A process that runs it as launch does, and can be killed.
  const script = `require("node:child_process").spawn(${JSON.stringify(program)}, ${JSON.stringify(args)}, { stdio: ["pipe", "ignore", "ignore"], detached: true }); setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["-e", script], { stdio: "ignore" });
  const until = async <T>(probe: () => Promise<T | undefined>): Promise<T> => {
    for (;;) {
      const found = await probe();
      if (found !== undefined) return found;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const pid = await until(async () => Number(await readFile(pidFile, "utf8").catch(() => "")) || undefined);
  parent.kill("SIGKILL");
  await until(() => Promise.resolve(runs(pid) ? undefined : true));
});

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
