/** A backend on a port of its own: what listens in `docker compose up`. */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { KEEP_ALIVE_MS, serveHttp, type ListenAt, type ListeningServer } from "@lambdock/kernel/listening-server";
import type { BackendHandler } from "./backend.ts";

/** Listens; `GET /health` answers without starting anything. Rejects when the port is taken. */
export async function serveFront(handle: BackendHandler, at: ListenAt): Promise<ListeningServer> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    if (request.url === "/health") response.writeHead(200).end();
    else void handle(request, response, { requestId: randomUUID() });
  });
  return await serveHttp(server, at);
}
