/** SQS on a port of its own. */
import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { scopeOf } from "./credential-scope.ts";
import type { SqsHandler } from "./handler.ts";

export interface SqsServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Region of requests that name none. */
  readonly region: string;
  /** Whether SQS can work, for `GET /health`. */
  readonly health: () => Promise<boolean>;
}

/** A listening server. */
export interface SqsServer {
  readonly address: string;
  /** Accepts nothing more; cuts what still runs after the deadline. */
  close(deadlineMs: number): Promise<void>;
}

/** Milliseconds that an idle connection is kept: longer than SDKs keep theirs, so that they are the ones to close. */
const KEEP_ALIVE_MS = 75_000;
/** A presigned GET carries a message in its address. */
const HEADER_BYTES_MAX = 1_048_576;

/** Listens; rejects when the port is taken. */
export async function serveSqs(handle: SqsHandler, { host, port, region, health }: SqsServerOptions): Promise<SqsServer> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: HEADER_BYTES_MAX }, (request, response) => {
    if (request.url === "/health") {
      void health().then((well) => response.writeHead(well ? 200 : 503).end());
      return;
    }
    const endpoint = `http://${request.headers.host ?? `${host}:${port}`}`;
    void handle(request, response, { scope: scopeOf(request, region), requestId: randomUUID(), endpoint });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  return { address: `http://${host.includes(":") ? `[${host}]` : host}:${actual}`, close: (deadlineMs) => close(server, deadlineMs) };
}

function close(server: Server, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
    server.close(() => {
      clearTimeout(deadline);
      resolve();
    });
    server.closeIdleConnections();
  });
}
