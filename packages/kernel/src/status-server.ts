import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A service's own HTTP server: `/health` for compose, `/metrics` for Prometheus. */
export interface StatusServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What `/metrics` answers. */
export interface MetricsText {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** Serves health and metrics; `healthy` rejects with the sentence that says what is wrong. */
export async function serveStatus(options: {
  readonly host: string;
  readonly port: number;
  readonly registry: MetricsText;
  readonly healthy: () => Promise<void>;
}): Promise<StatusServer> {
  const { registry } = options;
  const server = createServer((request, response) => {
    if (request.url === "/metrics") {
      registry.metrics().then(
        (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
      return;
    }
    if (request.url === "/health") {
      options.healthy().then(
        () => response.writeHead(200).end("ok\n"),
        (error: unknown) => response.writeHead(503).end(`${error instanceof Error ? error.message : String(error)}\n`),
      );
      return;
    }
    response.writeHead(404).end();
  });
  await listen(server, options.port, options.host);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
}
