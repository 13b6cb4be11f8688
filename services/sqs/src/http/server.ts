/** SQS on a port of its own. */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { KEEP_ALIVE_MS, serveHttp, type ListenAt, type ListeningServer } from "@lambdock/kernel/listening-server";
import { scopeOf } from "./credential-scope.ts";
import type { SqsHandler } from "./handler.ts";

export interface SqsServerOptions extends ListenAt {
  /** Region of requests that name none. */
  readonly region: string;
  /** Whether SQS can work, for `GET /health`. */
  readonly health: () => Promise<boolean>;
}

/** A presigned GET carries a message in its address. */
const HEADER_BYTES_MAX = 1_048_576;

/** Listens; rejects when the port is taken. */
export async function serveSqs(handle: SqsHandler, { host, port, region, health }: SqsServerOptions): Promise<ListeningServer> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: HEADER_BYTES_MAX }, (request, response) => {
    if (request.url === "/health") {
      void health().then((well) => response.writeHead(well ? 200 : 503).end());
      return;
    }
    const endpoint = `http://${request.headers.host ?? `${host}:${port}`}`;
    void handle(request, response, { scope: scopeOf(request, region), requestId: randomUUID(), endpoint });
  });
  return await serveHttp(server, { host, port });
}
