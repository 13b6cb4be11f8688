/** A backend on a port of its own: what listens in `docker compose up`. */
import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { BackendHandler } from "./backend.ts";

/** A listening server. */
export interface FrontServer {
  readonly address: string;
  /** Accepts nothing more; cuts what still runs after the deadline. */
  close(deadlineMs: number): Promise<void>;
}

/** Milliseconds that an idle connection is kept: longer than SDKs keep theirs, so that they are the ones to close. */
const KEEP_ALIVE_MS = 75_000;

/** Listens; `GET /health` answers without starting anything. Rejects when the port is taken. */
export async function serveFront(
  handle: BackendHandler,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<FrontServer> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    if (request.url === "/health") response.writeHead(200).end();
    else void handle(request, response, { requestId: randomUUID() });
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
