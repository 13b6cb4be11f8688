import { serveFront } from "@lambdock/backend/front-server";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import { runProcess, type Running } from "@lambdock/kernel/process";
import { kinesisConfig } from "./config.ts";
import { createKinesis } from "./service.ts";

/** The Kinesis service of `docker compose up`: environment variables in, a listening service out. */
async function main(): Promise<Running> {
  const config = kinesisConfig();
  const logger = createLogger("kinesis", config.logLevel);
  const kinesis = createKinesis({ ...config, logger, timers: systemTimers });
  const server = await serveFront(kinesis.handle, config);
  logger.info("started", { address: server.address });

  const stop = async (): Promise<void> => {
    await server.close(config.stopSeconds * 1_000);
    await kinesis.stop(0);
  };
  return { logger, stop };
}

runProcess("Kinesis's", main);
