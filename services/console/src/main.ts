import { createServer } from "node:http";
import { serveHttp } from "@lambdock/kernel/listening-server";
import { createLogger } from "@lambdock/kernel/logger";
import { runProcess, type Running } from "@lambdock/kernel/process";
import { createStopList } from "@lambdock/kernel/stop-list";
import { composeConsole } from "./composition.ts";
import { consoleConfig } from "./config.ts";

/** Streams of events never end by themselves: other requests have so long, milliseconds. */
const CLOSE_MS_MAX = 1_000;

/** The console service of `docker compose up`: environment variables in, a listening service out. */
async function main(): Promise<Running> {
  const config = consoleConfig();
  const logger = createLogger("console", config.logLevel);
  const stops = createStopList(logger);
  const console = composeConsole({ config, gateway: () => config.gatewayUrl, watched: config.healthUrls });
  const server = await serveHttp(
    createServer((request, response) => void console.handle(request, response)),
    config,
  );
  stops.add("console", async (deadlineMs) => {
    const closed = server.close(Math.min(CLOSE_MS_MAX, deadlineMs));
    console.close();
    await closed;
  });
  logger.info("started", { address: `http://${config.host}:${config.port}`, gateway: config.gatewayUrl });
  return { logger, stops, stopSeconds: config.stopSeconds };
}

runProcess("The console's", main);
