import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import { runProcess, type Running } from "@lambdock/kernel/process";
import { openRedis } from "@lambdock/store/redis";
import { sqsConfig } from "./config.ts";
import { serveSqs } from "./http/server.ts";
import { createSqs } from "./service.ts";

/** The SQS service of `docker compose up`: environment variables in, a listening service out. */
async function main(): Promise<Running> {
  const config = sqsConfig();
  const logger = createLogger("sqs", config.logLevel);
  const redis = await openRedis({ url: config.redisUrl, name: "sqs", logger });
  const sqs = createSqs({ redis, logger, timers: systemTimers, config });
  await sqs.start();
  const health = async (): Promise<boolean> => (await redis.ping().catch(() => "")) === "PONG";
  const server = await serveSqs(sqs.handle, { ...config, health });
  logger.info("started", { address: server.address });

  const stop = async (): Promise<void> => {
    const closed = server.close(config.stopSeconds * 1_000);
    await sqs.stop(config.stopSeconds * 1_000);
    await closed;
    redis.disconnect();
  };
  return { logger, stop };
}

runProcess("SQS's", main);
