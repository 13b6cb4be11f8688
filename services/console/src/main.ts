import { createServer } from "node:http";
import { createLogger } from "@lambdock/kernel/logger";
import { runProcess, type Running } from "@lambdock/kernel/process";
import { APP_FILES } from "./app-files.ts";
import { consoleConfig } from "./config.ts";
import { createConsole } from "./console.ts";

/** The console service of `docker compose up`: environment variables in, a listening service out. */
async function main(): Promise<Running> {
  const config = consoleConfig();
  const logger = createLogger("console", config.logLevel);
  const console = createConsole({
    ...config,
    gateway: () => config.gatewayUrl,
    token: config.consoleToken,
    watched: config.healthUrls,
    files: APP_FILES,
  });
  const server = createServer((request, response) => void console.handle(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(config.port, config.host, resolve);
  });
  logger.info("started", { address: `http://${config.host}:${config.port}`, gateway: config.gatewayUrl });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      // Streams of events never end by themselves.
      setTimeout(() => server.closeAllConnections(), Math.min(1, config.stopSeconds) * 1_000).unref();
      console.close();
    });
  return { logger, stop };
}

runProcess("The console's", main);
