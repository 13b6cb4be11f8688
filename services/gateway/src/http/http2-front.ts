/**
 * HTTP/2 without TLS on the same port: the JavaScript SDK's Kinesis client speaks it from the first
 * byte. A connection shows which it is by how it begins; one that begins as HTTP/2 is served by
 * node:http2, which passes each request on to this same server as HTTP/1.1. HTTP/1.1 connections
 * pay for one look at their first bytes.
 */
import { Agent, request as httpRequest, type IncomingHttpHeaders, type Server } from "node:http";
import type { Http2Server, IncomingHttpHeaders as Http2Headers, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";

/** The HTTP/2 side of a server. */
export interface Http2Front {
  /** Takes no more; lets running requests finish until the deadline, then cuts them. Idle connections go at once. */
  close(deadlineMs: number): Promise<void>;
}

/** What every HTTP/2 connection begins with [RFC 9113, 3.4]. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** Names that HTTP/2 has no use for, and forbids [RFC 9113, 8.2.2]. */
const CONNECTION_NAMES = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);
/** The error code of a stream whose answer broke off [RFC 9113, 7]. */
const INTERNAL_ERROR = 2;
/** Milliseconds that a connection may take to show what it speaks. */
const FIRST_BYTES_MS = 60_000;

/** Makes the server take HTTP/2 as well. To be called once, before it listens. */
export function admitHttp2(server: Server): Http2Front {
  const [serveHttp1] = server.listeners("connection") as ((socket: Socket) => void)[];
  const silent = new Set<Socket>();
  const http2 = createHttp2();
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    silent.add(socket);
    socket.setTimeout(FIRST_BYTES_MS, () => socket.destroy());
    whenKnown(socket, (isHttp2) => {
      silent.delete(socket);
      socket.setTimeout(0).removeAllListeners("timeout");
      if (isHttp2) void http2.serve(socket);
      else {
        serveHttp1!.call(server, socket);
        socket.resume();
      }
    });
    socket.once("close", () => silent.delete(socket));
  });
  return {
    close(deadlineMs) {
      for (const socket of silent) socket.destroy();
      return http2.close(deadlineMs);
    },
  };
}

/** Calls back as soon as the first bytes tell HTTP/2 from HTTP/1.1, with these bytes back in the socket. */
function whenKnown(socket: Socket, then: (isHttp2: boolean) => void): void {
  let seen: Buffer | undefined;
  const onEnd = (): void => void socket.destroy();
  const onData = (chunk: Buffer): void => {
    seen = seen === undefined ? chunk : Buffer.concat([seen, chunk]);
    const length = Math.min(seen.byteLength, PREFACE.byteLength);
    const alike = seen.compare(PREFACE, 0, length, 0, length) === 0;
    if (alike && length < PREFACE.byteLength) return;
    socket.off("data", onData).off("end", onEnd).off("error", onEnd).pause();
    socket.unshift(seen);
    then(alike);
  };
  socket.on("data", onData).on("end", onEnd).on("error", onEnd);
}

interface Http2Side {
  serve(socket: Socket): Promise<void>;
  close(deadlineMs: number): Promise<void>;
}

function createHttp2(): Http2Side {
  const agent = new Agent({ keepAlive: true });
  const sessions = new Set<ServerHttp2Session>();
  let closing = false;
  let front: Promise<Http2Server> | undefined;
  const create = async (): Promise<Http2Server> => {
    // Loaded on first use: most clients speak HTTP/1.1.
    const { createServer } = await import("node:http2");
    const created = createServer();
    created.on("stream", (stream, headers) => passOn(stream, headers, agent));
    created.on("session", (session) => {
      sessions.add(session);
      session.on("close", () => sessions.delete(session)).on("error", () => session.destroy());
    });
    return created;
  };
  return {
    async serve(socket) {
      front ??= create();
      const taken = await front;
      if (closing) socket.destroy();
      else taken.emit("connection", socket);
    },
    async close(deadlineMs) {
      closing = true;
      const all = [...sessions];
      const gone = all.map((session) => new Promise((resolve) => session.once("close", resolve)));
      const deadline = setTimeout(() => all.forEach((session) => session.destroy()), deadlineMs);
      for (const session of all) session.close();
      await Promise.all(gone);
      clearTimeout(deadline);
      agent.destroy();
    },
  };
}

function passOn(stream: ServerHttp2Stream, headers: Http2Headers, agent: Agent): void {
  // To where the client connected: whoever listens there handed us the connection.
  const { localAddress, localPort } = stream.session!.socket;
  const onward = httpRequest({
    host: localAddress,
    port: localPort,
    method: headers[":method"],
    path: headers[":path"],
    headers: asHttp1(headers),
    agent,
  });
  const breakOff = (): void => {
    if (!stream.destroyed) stream.close(INTERNAL_ERROR);
  };
  let answered = false;
  onward.on("error", breakOff);
  onward.on("response", (answer) => {
    if (stream.destroyed) return;
    stream.respond({ ...asHttp2(answer.headers), ":status": answer.statusCode! });
    answer.on("end", () => (answered = true)).on("error", breakOff);
    answer.pipe(stream);
  });
  stream.on("error", () => onward.destroy());
  stream.on("close", () => {
    if (!answered) onward.destroy();
  });
  stream.pipe(onward);
}

function asHttp1({ ":authority": authority, ...headers }: Http2Headers): IncomingHttpHeaders {
  const plain = Object.entries(headers).filter(([name]) => !name.startsWith(":"));
  return { ...(authority === undefined ? {} : { host: authority }), ...Object.fromEntries(plain) };
}

function asHttp2(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CONNECTION_NAMES.has(name)));
}
