import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { scenarioOf } from "../testing/scenarios.ts";
import { runLoad, type LoadOptions } from "./run-load.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

type Answer = (request: IncomingMessage, response: ServerResponse) => boolean;

/** An endpoint as far as a run needs it; `first` may answer before it does. Answers what it was asked for. */
async function endpoint(first: Answer = () => false) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url!.replace(/^\/\d{4}-\d\d-\d\d/, "");
    asked.push(`${request.method} ${path}`);
    request.resume();
    if (first(request, response)) return;
    if (path.startsWith("/_lambdock/lifecycle"))
      return void response.writeHead(200, { "content-type": "text/event-stream" }).write("event: open\nid: 1-0\ndata: {}\n\n");
    if (path === "/account-settings") return void response.end(`{"AccountLimit":{"ConcurrentExecutions":1000}}`);
    if (request.method === "GET" && !asked.includes("POST /functions")) return void response.writeHead(404).end("{}");
    if (request.method === "DELETE") return void response.writeHead(204).end();
    response.end(`{"State":"Active","LastUpdateStatus":"Successful"}`);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const load = (phases: string, options: Partial<LoadOptions> = {}) =>
    runLoad(scenarioOf(`name: n\nfunctions: { f: {} }\ntraffic: [{ to: f, phases: ${phases} }]\ndrain: 10s`), {
      endpoint: url,
      folder: "/",
      say: () => undefined,
      ...options,
    });
  return { asked, load };
}

const isInvocation = ({ url }: IncomingMessage): boolean => url!.endsWith("/invocations");

test("a run that is ended while it sends says so, waits no longer than it is let, and takes away what it made", async () => {
  const [ended, hurried] = [new AbortController(), new AbortController()];
  const { asked, load } = await endpoint((request) => {
    if (!isInvocation(request)) return false;
    ended.abort();
    hurried.abort();
    return true; // and no answer
  });
  const begun = performance.now();
  const { notes, functions } = await load("[{ burst: 1, for: 1m }, { burst: 5 }]", { signal: ended.signal, hurry: hurried.signal });
  expect(performance.now() - begun).toBeLessThan(9_000);
  expect(functions[0]!.totals.offered).toBe(1);
  expect(notes[0]).toMatch(/^Ended by hand after 0:00 of 1:00: the rest was not sent\.$/);
  expect(asked.at(-1)).toBe("DELETE /functions/f");
});

test("a run that is ended while it prepares sends nothing, and takes away what it made", async () => {
  const ended = new AbortController();
  const { asked, load } = await endpoint((request) => {
    if (request.method === "POST") ended.abort();
    return false;
  });
  await expect(load("[{ burst: 1 }]", { signal: ended.signal })).rejects.toMatchObject({ name: "Interrupted" });
  expect(asked.slice(-2)).toEqual(["POST /functions", "DELETE /functions/f"]);
});

test("notes tell how many requests had no answer for which reason, and what is left behind", async () => {
  const { load } = await endpoint((request, response) => {
    if (isInvocation(request)) response.writeHead(503).end("away");
    else if (request.method === "DELETE") response.writeHead(500).end(`{"message":"broken"}`);
    else return false;
    return true;
  });
  const { notes, functions } = await load("[{ burst: 3 }]");
  expect(functions[0]!.totals).toMatchObject({ offered: 3, failed: 3 });
  expect(notes).toContain("3 requests to f had no answer: status 503: away");
  expect(notes.at(-1)).toBe("Not all of what the run made could be taken away: DELETE /2015-03-31/functions/f was refused (500): broken");
});
