import { serveFront } from "@lambdock/backend/front-server";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import { runProcess, type Running } from "@lambdock/kernel/process";
import { createStopList } from "@lambdock/kernel/stop-list";
import { kinesisConfig } from "./config.ts";
import { createKinesis } from "./service.ts";

/** The Kinesis service of `docker compose up`: environment variables in, a listening service out. */
async function main(): Promise<Running> {
  const config = kinesisConfig();
  const logger = createLogger("kinesis", config.logLevel);
  const stops = createStopList(logger);
  const kinesis = createKinesis({ ...config, logger, timers: systemTimers });
  stops.add("kinesis", () => kinesis.stop(0));
  const server = await serveFront(kinesis.handle, config);
  stops.add("server", (deadlineMs) => server.close(deadlineMs));
  logger.info("started", { address: server.address });
  return { logger, stops, stopSeconds: config.stopSeconds };
}

runProcess("Kinesis's", main);
