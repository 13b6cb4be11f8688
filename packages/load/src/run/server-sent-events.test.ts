import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { followLifecycle, type LifecycleReader } from "./server-sent-events.ts";

const opened: { readonly server: Server; readonly reader?: LifecycleReader }[] = [];
afterEach(() => {
  for (const { server, reader } of opened.splice(0)) {
    reader?.close();
    server.closeAllConnections();
    server.close();
  }
});

function changed(at: number): LifecycleEvent {
  return { type: "executor", at, change: "started" };
}

/** A server that answers the n-th request as told, and what a reader of it has heard. */
async function follow(answers: readonly ((response: ServerResponse, request: IncomingMessage) => void)[], token?: string) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answers[requests.length - 1]?.(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const heard: (number | "gap")[] = [];
  const following = { query: "?type=executor", ...(token === undefined ? {} : { token }) };
  const reader = followLifecycle(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, following, {
    onEvents: (events) => heard.push(...events.map(({ at }) => at)),
    onGap: () => heard.push("gap"),
  });
  opened.push({ server, reader });
  return { requests, heard, reader };
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const stream = (response: ServerResponse): ServerResponse => response.writeHead(200, { "content-type": "text/event-stream" });

test("a stream that breaks off is gone on with after the last message, and a gap is told", async () => {
  const { requests, heard, reader } = await follow([
    (response) => {
      stream(response).write("retry: 1\nevent: open\nid: 5-0\ndata: {}\n\n");
      response.write(`id: 6-0\ndata: ${JSON.stringify([changed(1), changed(2)])}\n\nid: 7-0\nda`);
      response.end(`ta: ${JSON.stringify([changed(3)])}\n\nid: 8-0\n\n`);
    },
    (response) => {
      stream(response).write("event: open\nid: 8-0\ndata: {}\n\n");
      response.write(`event: gap\ndata: {"after":"8-0"}\n\nid: 9-0\ndata: ${JSON.stringify([changed(4)])}\n\n`);
    },
  ]);
  await reader.opened;
  await until(() => heard.length === 5);
  expect(heard).toEqual([1, 2, 3, "gap", 4]);
  expect(requests.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "8-0"]);
  expect(requests.every(({ url, headers }) => url === "/_lambdock/lifecycle?type=executor" && headers.host === "localhost")).toBe(true);
});

test.each([
  [404, /^http:\S+ can't be read: it answers 404\.$/],
  [401, /it wants the token of LAMBDOCK_CONSOLE_TOKEN: give it with --token\.$/],
])("an endpoint that answers %d is told at once", async (status, message) => {
  const { reader } = await follow([(response) => void response.writeHead(status).end()]);
  await expect(reader.opened).rejects.toThrow(message);
});

test("the token is shown", async () => {
  const { requests, reader } = await follow([(response) => void stream(response).write("event: open\nid: 0\ndata: {}\n\n")], "secret");
  await reader.opened;
  expect(requests[0]!.headers["x-lambdock-token"]).toBe("secret");
});
