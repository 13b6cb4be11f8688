import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import { connect, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { afterEach, expect, test } from "@jest/globals";
import { admitHttp2, type Http2Front } from "./http2-front.ts";

let server: Server;
let front: Http2Front;
let port: number;
const sessions: ClientHttp2Session[] = [];

async function listen(handle: RequestListener): Promise<void> {
  server = createServer(handle);
  front = admitHttp2(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ({ port } = server.address() as AddressInfo);
}

afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await front.close(0);
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
});

function session(): ClientHttp2Session {
  const opened = connectHttp2(`http://127.0.0.1:${port}`);
  sessions.push(opened);
  return opened;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

async function call(over: ClientHttp2Session, path: string, body: string): Promise<Answer> {
  const stream = over.request({ ":path": path, ":method": "POST", "x-sent": "yes" });
  stream.end(body);
  const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return { status: Number(headers[":status"]), headers, body: Buffer.concat(chunks).toString() };
}

const echo: RequestListener = (request: IncomingMessage, response) => {
  response.writeHead(201, {
    "x-version": request.httpVersion,
    "x-host": request.headers.host,
    "x-seen": String(request.headers["x-sent"]),
  });
  request.pipe(response);
};

test("HTTP/2 from the first byte is served with the same handler, many requests on one connection", async () => {
  await listen(echo);
  const over = session();
  const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => call(over, `/${index}`, `body ${index}`)));
  expect(answers.map(({ body }) => body)).toEqual(Array.from({ length: 50 }, (_, index) => `body ${index}`));
  expect(answers[0]).toMatchObject({
    status: 201,
    headers: { "x-version": "1.1", "x-host": `127.0.0.1:${port}`, "x-seen": "yes" },
  });
});

test("a long body goes through in both directions", async () => {
  await listen(echo);
  const long = "x".repeat(5_000_000);
  expect((await call(session(), "/", long)).body).toBe(long);
});

test("HTTP/1.1 works beside it: kept connections, bodies, pipelined and byte by byte", async () => {
  await listen(echo);
  const raw = connect(port, "127.0.0.1");
  const text = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab";
  for (const character of text) raw.write(character);
  raw.write(text + text);
  let seen = "";
  for await (const chunk of raw as AsyncIterable<Buffer>) {
    seen += chunk.toString();
    if (seen.split("201 Created").length === 4 && seen.endsWith("0\r\n\r\n")) break;
  }
  expect(seen.match(/\r\n2\r\nab\r\n/g)).toHaveLength(3);
});

test("what begins like HTTP/2 and is not, is refused as HTTP/1.1 refuses it", async () => {
  await listen(echo);
  const raw = connect(port, "127.0.0.1");
  raw.write("PRI");
  raw.write("NT / HTTP/1.1\r\n\r\n");
  const [answer] = (await once(raw, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /);
  raw.destroy();
});

test("an answer that breaks off breaks the HTTP/2 stream, and only that", async () => {
  await listen((request, response) => {
    if (request.url === "/well") return void response.end("well");
    response.writeHead(200, { "content-length": "10" });
    response.write("half", () => response.destroy());
  });
  const over = session();
  const stream = over.request({ ":path": "/broken" });
  stream.resume();
  await expect(once(stream, "close")).rejects.toMatchObject({ code: "ERR_HTTP2_STREAM_ERROR" });
  expect((await call(over, "/well", "")).body).toBe("well");
});

test("a client that leaves is told to the handler", async () => {
  const responses: ServerResponse[] = [];
  let begun!: () => void;
  const reached = new Promise<void>((resolve) => (begun = resolve));
  await listen((_request, response) => {
    responses.push(response);
    begun();
  });
  const stream = session().request({ ":path": "/" });
  stream.on("error", () => undefined);
  await reached;
  const left = once(responses[0]!, "close");
  stream.close(8);
  await left;
});

test("closing lets go of those who have said nothing, and of idle sessions", async () => {
  await listen(echo);
  const silent: Socket = connect(port, "127.0.0.1");
  await once(silent, "connect");
  const over = session();
  await call(over, "/", "a");
  // The server has accepted the silent one by now: connections are taken in order.
  const gone = [once(silent, "close"), once(over, "close")];
  silent.resume();
  await front.close(10_000);
  await Promise.all(gone);
});

test("closing waits for running requests, and cuts them when time is up", async () => {
  const waiting: ServerResponse[] = [];
  let reached!: () => void;
  const both = new Promise<void>((resolve) => (reached = resolve));
  await listen((_request, response) => {
    if (waiting.push(response) === 2) reached();
  });
  const [quick, slow] = [session(), session()];
  const [first, second] = [quick.request({ ":path": "/" }), slow.request({ ":path": "/" })];
  second.on("error", () => undefined);
  const cut = once(second, "close");
  await both;
  const closed = front.close(300);
  for (const response of waiting.slice(0, 1)) response.end("done");
  const answered = await Promise.race([first, second].map(async (stream) => String((await once(stream, "data"))[0])));
  expect(answered).toBe("done");
  await closed;
  for (const response of waiting.slice(1)) expect(response.destroyed || response.socket?.destroyed).toBe(true);
  await cut;
});

test("one who leaves without a word, or in the middle of the first one, leaves nothing behind", async () => {
  await listen(echo);
  for (const words of ["", "PRI"]) {
    const socket = connect({ port, host: "127.0.0.1" });
    await once(socket, "connect");
    if (words !== "") socket.write(words);
    const gone = once(socket, "close");
    socket.resume();
    socket.end();
    await gone;
  }
  const answer = await new Promise<IncomingMessage>((resolve) => httpRequest({ port, host: "127.0.0.1" }, resolve).end());
  answer.resume();
  expect(answer.statusCode).toBe(201);
});
