import { lookup } from "node:dns/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createExecutorHandler } from "@lambdock/executor-client/http-handler";
import type { Executor } from "@lambdock/executor-client/port";
import type { Logger } from "@lambdock/kernel/logger";

/** The executor's API for the gateway, bound to one address so that functions cannot reach it. */
export interface ExecutorHttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves an executor at a host (name or address) and port; 0 takes any free one. */
export async function serveExecutor(
  executor: Executor,
  options: { readonly host: string; readonly port: number; readonly logger: Logger },
): Promise<ExecutorHttpServer> {
  const handler = createExecutorHandler(executor, (error) => options.logger.error("the executor's API failed", { error }));
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, handler);
  server.maxRequestsPerSocket = 0;
  await listen(server, options.port, await addressOf(options.host));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The address behind a host name; in compose the service's own alias on one of its networks. */
export async function addressOf(host: string): Promise<string> {
  return (await lookup(host, { family: 4 })).address;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
}
