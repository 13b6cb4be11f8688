import { systemTimers } from "@lambdock/kernel/clock";
import { ConfigurationError } from "@lambdock/kernel/config";
import { createLogger } from "@lambdock/kernel/logger";
import { openRedis } from "@lambdock/store/redis";
import { sqsConfig } from "./config.ts";
import { serveSqs } from "./http/server.ts";
import { createSqs } from "./service.ts";

/** The SQS service of `docker compose up`: environment variables in, a listening service out. */
async function main(): Promise<void> {
  const config = sqsConfig();
  const logger = createLogger("sqs", config.logLevel);
  const redis = await openRedis({ url: config.redisUrl, name: "sqs", logger });
  const sqs = createSqs({ redis, logger, timers: systemTimers, config });
  await sqs.start();
  const health = async (): Promise<boolean> => (await redis.ping().catch(() => "")) === "PONG";
  const server = await serveSqs(sqs.handle, { ...config, health });
  logger.info("started", { address: server.address });

  const stop = async (signal: string): Promise<void> => {
    logger.info("stopping", { signal });
    const closed = server.close(config.stopSeconds * 1_000);
    await sqs.stop(config.stopSeconds * 1_000);
    await closed;
    redis.disconnect();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop(signal).then(() => process.exit(0)));
}

main().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof ConfigurationError ? "SQS's configuration is wrong:\n" : ""}${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
});
