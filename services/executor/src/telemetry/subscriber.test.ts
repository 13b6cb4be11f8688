import { createServer as createHttpServer, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { systemTimers } from "@lambdock/kernel/clock";
import { createReceiver } from "./destination.ts";
import { Subscriber } from "./subscriber.ts";
import type { Buffering } from "./subscription.ts";

interface Received {
  readonly line: string;
  readonly documents: readonly unknown[];
  readonly answer: (status: number) => void;
}

const stops: (() => void)[] = [];
afterEach(() => stops.splice(0).forEach((stop) => stop()));

/** A server whose requests are taken one by one; each waits for its answer. */
async function httpServer(port = 0) {
  const arrived: Received[] = [];
  const takers: ((received: Received) => void)[] = [];
  const server = createHttpServer((request, response: ServerResponse) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const answer = (status: number): void => void response.writeHead(status).end();
      const received = {
        line: `${request.method} ${request.url} ${request.headers.host}`,
        documents: JSON.parse(body) as unknown[],
        answer,
      };
      const taker = takers.shift();
      if (taker === undefined) arrived.push(received);
      else taker(received);
    });
  });
  await listen(server, port);
  stops.push(() => (server.close(), server.closeAllConnections()));
  const next = (): Promise<Received> => {
    const here = arrived.shift();
    return here === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(here);
  };
  return { port: (server.address() as AddressInfo).port, next, waiting: () => arrived.length };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
}

function subscriberOf(
  port: number,
  buffering: Partial<Buffering>,
  destination: Parameters<typeof createReceiver>[0] = { protocol: "HTTP", port, path: "/t", method: "POST" },
): Subscriber {
  const subscriber = new Subscriber({
    buffering: { maxItems: 1_000, maxBytes: 100_000, timeoutMs: 25, ...buffering },
    receiver: createReceiver(destination, "127.0.0.1"),
    timers: systemTimers,
    tellDropped: (dropped) => JSON.stringify(dropped),
  });
  stops.push(() => subscriber.close());
  return subscriber;
}

test("what came within the timeout arrives in one request, in order", async () => {
  const server = await httpServer();
  const subscriber = subscriberOf(server.port, {});
  for (const n of [1, 2, 3]) subscriber.push(`{"n":${n}}`);
  const received = await server.next();
  expect(received.line).toBe(`POST /t sandbox.localdomain:${server.port}`);
  expect(received.documents).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  received.answer(200);
});

test.each([
  ["items", { maxItems: 2, timeoutMs: 30_000 }],
  ["bytes", { maxBytes: 12, timeoutMs: 30_000 }],
])("a full buffer of %s is sent at once", async (_what, buffering) => {
  const server = await httpServer();
  const subscriber = subscriberOf(server.port, buffering);
  for (const n of [1, 2, 3]) subscriber.push(`"doc${n}"`);
  expect((await server.next()).documents).toEqual(["doc1", "doc2"]);
});

test("a batch that was not taken is repeated, and what came meanwhile follows", async () => {
  const server = await httpServer();
  const subscriber = subscriberOf(server.port, {});
  subscriber.push("1");
  const first = await server.next();
  expect(subscriber.busy).toBe(true);
  subscriber.push("2");
  first.answer(503);
  const again = await server.next();
  expect(again.documents).toEqual([1]);
  again.answer(200);
  expect((await server.next()).documents).toEqual([2]);
});

test("a batch for a server that does not listen yet is delivered once it does", async () => {
  const { port } = await httpServer();
  stops.splice(0).forEach((stop) => stop());
  const subscriber = subscriberOf(port, { timeoutMs: 0 });
  subscriber.push("1");
  const server = await httpServer(port);
  expect((await server.next()).documents).toEqual([1]);
});

test("what a slow subscriber can't be sent in time is dropped, and counted for it", async () => {
  const server = await httpServer();
  const subscriber = subscriberOf(server.port, { maxItems: 2 });
  for (let n = 1; n <= 9; n++) subscriber.push(`"doc${n}"`);
  const first = await server.next();
  expect(first.documents).toEqual(["doc1", "doc2"]);
  first.answer(200);
  const second = await server.next();
  expect(second.documents).toEqual([{ records: 5, bytes: 30 }, "doc3", "doc4"]);
  second.answer(200);
  subscriber.push('"doc10"');
  expect((await server.next()).documents).toEqual(["doc10"]);
});

test("a subscriber that is frozen gets nothing until it goes on, and then at once what was due", async () => {
  const [server, other] = [await httpServer(), await httpServer()];
  const [frozen, awake] = [subscriberOf(server.port, {}), subscriberOf(other.port, {})];
  frozen.push("1");
  frozen.pause();
  frozen.push("2");
  for (let round = 0; round < 3; round++) {
    awake.push("0");
    (await other.next()).answer(200);
  }
  expect(server.waiting()).toBe(0);
  frozen.resume();
  expect((await server.next()).documents).toEqual([1, 2]);
});

test("a batch that failed as its subscriber was frozen is repeated when it goes on", async () => {
  const server = await httpServer();
  const subscriber = subscriberOf(server.port, {});
  subscriber.push("1");
  const first = await server.next();
  subscriber.pause();
  first.answer(500);
  while (subscriber.busy) await new Promise((resolve) => setImmediate(resolve));
  subscriber.resume();
  expect((await server.next()).documents).toEqual([1]);
});

test("flush sends without waiting, and what is added afterwards comes behind", async () => {
  const server = await httpServer();
  const subscriber = subscriberOf(server.port, { timeoutMs: 30_000 });
  subscriber.push("1");
  subscriber.flush();
  const first = await server.next();
  subscriber.push("2");
  subscriber.flush();
  first.answer(200);
  expect((await server.next()).documents).toEqual([2]);
});

test("over TCP documents come line by line, over a new connection when the old one broke", async () => {
  const lines: string[] = [];
  const sockets: Socket[] = [];
  let heard: () => void = () => {};
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.setEncoding("utf8").on("data", (text: string) => (lines.push(...text.trimEnd().split("\n")), heard()));
    socket.on("error", () => undefined);
  });
  await listen(server, 0);
  stops.push(() => (server.close(), sockets.forEach((socket) => socket.destroy())));
  const { port } = server.address() as AddressInfo;
  const subscriber = subscriberOf(port, { timeoutMs: 0 }, { protocol: "TCP", port });
  const linesOf = async (count: number): Promise<readonly string[]> => {
    while (lines.length < count) await new Promise<void>((resolve) => (heard = resolve));
    return lines;
  };
  subscriber.push("1");
  expect(await linesOf(1)).toEqual(["1"]);
  subscriber.push("2");
  expect(await linesOf(2)).toEqual(["1", "2"]);
  const closed = new Promise((resolve) => sockets[0]!.once("close", resolve));
  sockets[0]!.resetAndDestroy();
  await closed;
  // What was written into a connection that is breaking is lost: TCP acknowledges nothing.
  while (lines.at(-1) !== "3") {
    const came = new Promise<void>((resolve) => (heard = resolve));
    subscriber.push("3");
    await Promise.race([came, new Promise((resolve) => setImmediate(resolve))]);
  }
  expect(sockets.length).toBeGreaterThan(1);
});
