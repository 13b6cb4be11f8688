import { createServer } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { createPlainServer, type PlainRequest, type PlainServer } from "./plain-server.ts";
import { replyOver, type Reply } from "./reply.ts";

const servers: PlainServer[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.close();
});

interface Served {
  readonly port: number;
  readonly plain: PlainRequest[];
  readonly other: string[];
  readonly server: PlainServer;
}

/** A server that answers `<method> <url> <body>`; requests to `/other` and what is not plain are answered by node's. */
async function start(
  serve?: (request: PlainRequest, reply: Reply) => boolean,
  options: { readonly idleMs?: number } = {},
): Promise<Served> {
  const plain: PlainRequest[] = [];
  const other: string[] = [];
  const server = createPlainServer({
    bodyBytesMax: 1_000_000,
    serve: (request, reply) => {
      if (request.url === "/other") return false;
      plain.push(request);
      if (serve !== undefined) return serve(request, reply);
      reply.send(200, { "x-by": "plain" }, Buffer.from(`${request.method} ${request.url} ${request.body.toString()}`));
      return true;
    },
    behind: createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        other.push(request.url!);
        replyOver(response).send(
          200,
          { "x-by": "node" },
          Buffer.from(`${request.method} ${request.url} ${Buffer.concat(chunks).byteLength}`),
        );
      });
    }),
    ...options,
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.tcp.listen(0, "127.0.0.1", resolve));
  return { port: (server.tcp.address() as AddressInfo).port, plain, other, server };
}

/** A raw connection: what it sent back so far, and a promise for more. */
async function open(port: number): Promise<{ socket: Socket; text: () => string; until: (wanted: string) => Promise<void> }> {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  let received = "";
  let wake = (): void => undefined;
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    wake();
  });
  socket.on("close", () => wake());
  socket.on("error", () => undefined); // a cut connection
  await new Promise((resolve) => socket.once("connect", resolve));
  const until = async (wanted: string): Promise<void> => {
    while (!received.includes(wanted)) {
      if (socket.destroyed) throw new Error(`closed after ${received}`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return { socket, text: () => received, until };
}

const post = (url: string, body: string): string => `POST ${url} HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

test("a request in any pieces is served whole, and the connection serves the next", async () => {
  const { port, plain } = await start();
  const { socket, until } = await open(port);
  for (const byte of post("/a", "hello")) {
    socket.write(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until("POST /a hello");
  socket.write("GET /b HTTP/1.1\r\nHost: h\r\nX-Thing:  spaced \r\n\r\n");
  await until("GET /b ");
  expect(plain.map(({ method, url }) => `${method} ${url}`)).toEqual(["POST /a", "GET /b"]);
  expect(plain[1]!.headers).toEqual({ host: "h", "x-thing": "spaced" });
  expect(plain[1]!.local).toBe(`127.0.0.1:${port}`);
});

test("requests sent ahead are answered in their order, whenever each is answered", async () => {
  const replies: (() => void)[] = [];
  const { port } = await start((request, reply) => {
    replies.push(() => reply.send(200, {}, Buffer.from(`<${request.url}>`)));
    return true;
  });
  const { socket, until, text } = await open(port);
  socket.write(post("/1", "a") + post("/2", "b") + post("/3", "c"));
  for (const wanted of ["</1>", "</2>", "</3>"]) {
    while (replies.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(replies).toHaveLength(1);
    replies.shift()!();
    await until(wanted);
  }
  expect(text().match(/<\/\d>/g)).toEqual(["</1>", "</2>", "</3>"]);
});

test.each([
  ["a chunked body", "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "POST /x 3"],
  ["an expectation", "POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab", "POST /x 2"],
  ["HTTP/1.0", "GET /x HTTP/1.0\r\n\r\n", "GET /x 0"],
  ["a body over the bound", post("/x", "y".repeat(1_000_001)), "POST /x 1000001"],
  ["a request that is declined", post("/other", "ab"), "POST /other 2"],
  ["two lengths", "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400 Bad Request"],
  ["no HTTP at all", "hello there\r\n\r\n", "400 Bad Request"],
  ["a TLS handshake, whose sender waits for an answer", "\u0016\u0003\u0001", "400 Bad Request"],
  ["lines that end in a bare LF", "GET /x HTTP/1.1\nHost: h\n", "400 Bad Request"],
  ["a header that would end ours", "GET /x HTTP/1.1\r\nHost: h\r\nX-A: 1\nX-B: 2\r\n\r\n", "400 Bad Request"],
  ["a control character in a header", "GET /x HTTP/1.1\r\nHost: h\r\nX-A: \u0001\r\n\r\n", "400 Bad Request"],
  ["a length that is none", "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "400 Bad Request"],
])("%s is left to node:http", async (_name, bytes, answer) => {
  const { port, plain } = await start();
  const { socket, until } = await open(port);
  socket.write(post("/first", "1"));
  await until("POST /first 1");
  socket.write(bytes);
  await until(answer);
  expect(plain).toHaveLength(1);
});

test("after node:http has taken a connection it serves what follows", async () => {
  const { port, other } = await start();
  const { socket, until } = await open(port);
  socket.write(post("/other", "ab"));
  await until("POST /other 2");
  socket.write(post("/later", "abc"));
  await until("POST /later 3");
  expect(other).toEqual(["/other", "/later"]);
});

test("a long answer arrives whole, and a body of megabytes too", async () => {
  const { port } = await start((request, reply) => (reply.send(200, {}, request.body), true));
  const body = "z".repeat(900_000);
  const response = await fetch(`http://127.0.0.1:${port}/long`, { method: "POST", body });
  expect(await response.text()).toBe(body);
});

test("a stream is read as it comes and ends with the connection", async () => {
  let end: (() => void) | undefined;
  const { port } = await start((_request, reply) => {
    const body = reply.stream(200, { "content-type": "text/plain" });
    body.write("one");
    end = () => body.end("two");
    return true;
  });
  const { socket, until, text } = await open(port);
  socket.write(post("/stream", ""));
  await until("one");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  end!();
  await closed;
  expect(text().endsWith("onetwo")).toBe(true);
});

test("a caller that leaves before its answer is told, and the late answer hurts nobody", async () => {
  let reply: Reply | undefined;
  const { port } = await start((_request, given) => ((reply = given), true));
  const { socket } = await open(port);
  socket.write(post("/", "x"));
  while (reply === undefined) await new Promise((resolve) => setImmediate(resolve));
  const gone = new Promise<void>((resolve) => reply!.onClose(resolve));
  socket.destroy();
  await gone;
  expect(() => reply!.send(200, {}, Buffer.from("late"))).not.toThrow();
});

test("closing lets a running exchange finish and cuts idle connections at once", async () => {
  let reply: Reply | undefined;
  const { port, server } = await start((_request, given) => ((reply = given), true));
  const [busy, idle] = [await open(port), await open(port)];
  busy.socket.write(post("/", "x"));
  while (reply === undefined) await new Promise((resolve) => setImmediate(resolve));
  const cut = new Promise((resolve) => idle.socket.once("close", resolve));
  const closed = server.close(60_000);
  await cut;
  reply.send(200, {}, Buffer.from("at last"));
  await busy.until("at last");
  await closed;
});

test("closing cuts what is still running at the deadline, at node:http too", async () => {
  const { port, server } = await start(() => true);
  const { socket } = await open(port);
  socket.write(post("/", "x"));
  const chunked = await open(port);
  chunked.socket.write("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const cut = Promise.all([socket, chunked.socket].map((each) => new Promise((resolve) => each.once("close", resolve))));
  await server.close(1);
  await cut;
});

test("an idle connection is closed after its time, a busy one is not", async () => {
  let reply: Reply | undefined;
  const { port } = await start((_request, given) => ((reply = given), true), { idleMs: 50 });
  const [busy, idle] = [await open(port), await open(port)];
  busy.socket.write(post("/", "x"));
  await new Promise((resolve) => idle.socket.once("close", resolve));
  reply!.send(200, {}, Buffer.from("late"));
  await busy.until("late");
});
