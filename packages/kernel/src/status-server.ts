import { createServer } from "node:http";
import { serveHttp, type ListenAt, type ListeningServer } from "./listening-server.ts";

/** What `/metrics` answers. */
export interface MetricsText {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** What a service's own HTTP server tells. */
export interface Status {
  readonly registry: MetricsText;
  /** Rejects with the sentence that says what is wrong. */
  readonly healthy: () => Promise<void>;
}

/** A service's own HTTP server: `/health` for compose, `/metrics` for Prometheus. Rejects when the port is taken. */
export async function serveStatus({ registry, healthy }: Status, at: ListenAt): Promise<ListeningServer> {
  const server = createServer((request, response) => {
    if (request.url === "/metrics") {
      registry.metrics().then(
        (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
      return;
    }
    if (request.url === "/health") {
      healthy().then(
        () => response.writeHead(200).end("ok\n"),
        (error: unknown) => response.writeHead(503).end(`${error instanceof Error ? error.message : String(error)}\n`),
      );
      return;
    }
    response.writeHead(404).end();
  });
  return await serveHttp(server, at);
}
