import { lookup } from "node:dns/promises";
import { createServer } from "node:http";
import { createExecutorHandler } from "@lambdock/executor-client/http-handler";
import type { Executor } from "@lambdock/executor-client/port";
import { listen } from "@lambdock/kernel/listening-server";
import type { Logger } from "@lambdock/kernel/logger";
import { createPlainServer } from "@lambdock/plain-http/plain-server";

/** The executor's API for the gateway, bound to one address so that functions cannot reach it. */
export interface ExecutorHttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Above the longest payload and the longest specification. */
const BODY_BYTES_MAX = 16_777_216;

/** Serves an executor at a host (name or address) and port; 0 takes any free one. */
export async function serveExecutor(
  executor: Executor,
  options: { readonly host: string; readonly port: number; readonly logger: Logger },
): Promise<ExecutorHttpServer> {
  const handler = createExecutorHandler(executor, (error) => options.logger.error("the executor's API failed", { error }));
  const behind = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, handler.serveNode);
  const server = createPlainServer({ serve: handler.serve, behind, bodyBytesMax: BODY_BYTES_MAX });
  const port = await listen(server.tcp, { host: await addressOf(options.host), port: options.port });
  return { port, close: () => server.close() };
}

/** The address behind a host name; in compose the service's own alias on one of its networks. */
export async function addressOf(host: string): Promise<string> {
  return (await lookup(host, { family: 4 })).address;
}
