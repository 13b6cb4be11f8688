/**
 * A small HTTP/1.1 server in front of `node:http`, for a path that is walked at every invocation: an
 * exchange with bodies of known length costs a fraction of node's. Whatever else arrives (chunked
 * bodies, `Expect`, HTTP/1.0, malformed requests, long bodies, what `serve` declines) goes to the
 * `node:http` server behind it, with its connection, unread.
 */
import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { PlainConnection } from "./plain-connection.ts";
import type { Reply } from "./reply.ts";
import type { Headers } from "./request-head.ts";

/** A whole request. */
export interface PlainRequest {
  readonly method: string;
  /** Path with query, as it was sent. */
  readonly url: string;
  readonly headers: Headers;
  readonly body: Buffer;
  /** `address:port` that the caller connected to. */
  readonly local: string;
}

export interface PlainServerOptions {
  /** Serves a request; false leaves it, and all that follow on its connection, to the server behind. */
  readonly serve: (request: PlainRequest, reply: Reply) => boolean;
  /** Serves everything else; it does not listen itself. */
  readonly behind: HttpServer;
  /** Longer bodies go to the server behind, which can refuse or stream them; bytes. */
  readonly bodyBytesMax: number;
  /** Connections on which nothing was asked for so long are closed, milliseconds. Default: never. */
  readonly idleMs?: number;
  /** Answers carry the header `date`. */
  readonly date?: boolean;
}

export interface PlainServer {
  readonly tcp: Server;
  /** Stops listening; lets running exchanges finish until the deadline (milliseconds), then cuts them. */
  close(deadlineMs?: number): Promise<void>;
}

/** Builds a server; `tcp.listen` starts it. */
export function createPlainServer({ serve, behind, bodyBytesMax, idleMs, date = false }: PlainServerOptions): PlainServer {
  const sockets = new Set<Socket>();
  const busy = new Set<Socket>();
  let closing = false;
  const setBusy = (socket: Socket, isBusy: boolean): void => {
    if (isBusy) busy.add(socket);
    else if (busy.delete(socket) && closing) socket.end();
  };
  behind.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    setBusy(socket, true);
    response.once("close", () => setBusy(socket, false));
  });
  const tcp = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      busy.delete(socket);
    });
    const handOver = (bytes: Buffer): void => {
      socket.setTimeout(0).removeAllListeners("timeout");
      socket.unshift(bytes);
      behind.emit("connection", socket);
    };
    if (idleMs !== undefined) socket.setTimeout(idleMs, () => (busy.has(socket) ? undefined : socket.destroy()));
    void new PlainConnection(socket, { serve, bodyBytesMax, date, handOver, onBusy: (isBusy) => setBusy(socket, isBusy) });
  });
  tcp.on("listening", () => (closing = false));
  return {
    tcp,
    close(deadlineMs = 0) {
      closing = true;
      const cut = (): void => sockets.forEach((socket) => socket.destroy());
      const deadline = setTimeout(cut, deadlineMs);
      for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
      return new Promise((resolve) => {
        tcp.close(() => {
          clearTimeout(deadline);
          resolve();
        });
      });
    },
  };
}
