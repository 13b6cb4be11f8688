import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import { runProcess, type Running } from "@lambdock/kernel/process";
import { createStopList } from "@lambdock/kernel/stop-list";
import { openRedis } from "@lambdock/store/redis";
import { sqsConfig } from "./config.ts";
import { serveSqs } from "./http/server.ts";
import { createSqs } from "./service.ts";

/** The SQS service of `docker compose up`: environment variables in, a listening service out. */
async function main(): Promise<Running> {
  const config = sqsConfig();
  const logger = createLogger("sqs", config.logLevel);
  const stops = createStopList(logger);
  const redis = await openRedis({ url: config.redisUrl, name: "sqs", logger });
  stops.add("redis connection", () => redis.disconnect());
  const sqs = createSqs({ redis, logger, timers: systemTimers, config });
  await sqs.start();
  const health = async (): Promise<boolean> => (await redis.ping().catch(() => "")) === "PONG";
  const server = await serveSqs(sqs.handle, { ...config, health });
  // Both at once: the server's last requests are those that wait in SQS until it stops.
  stops.add("sqs", async (deadlineMs) => void (await Promise.all([server.close(deadlineMs), sqs.stop(deadlineMs)])));
  logger.info("started", { address: server.address });
  return { logger, stops, stopSeconds: config.stopSeconds };
}

runProcess("SQS's", main);
