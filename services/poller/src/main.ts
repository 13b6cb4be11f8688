import { randomUUID } from "node:crypto";
import { createCachedDirectory } from "@lambdock/directory/cached-directory";
import { qualifiedStores } from "@lambdock/directory/qualified-specs";
import { createHttpExecutor } from "@lambdock/executor-client/http-client";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import { runProcess, type Running } from "@lambdock/kernel/process";
import { serveStatus } from "@lambdock/kernel/status-server";
import { createMappingStore } from "@lambdock/store/event-source-mappings";
import { subscribeToFunctionChanges } from "@lambdock/store/function-changes";
import { createLifecycleStream } from "@lambdock/store/lifecycle-stream";
import { createReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";
import { openRedis } from "@lambdock/store/redis";
import { pollerConfig, sourceEndpoints } from "./config.ts";
import { createMappingMetrics } from "./metrics.ts";
import { createPoller } from "./service.ts";

/** The poller service of `docker compose up`: environment variables in, a working service out. */
async function main(): Promise<Running> {
  const config = pollerConfig();
  const logger = createLogger("poller", config.logLevel);
  const redis = await openRedis({ url: config.redisUrl, name: "poller", logger });
  const directory = createCachedDirectory(qualifiedStores(redis));
  const changes = await subscribeToFunctionChanges(redis, { onChange: (id) => directory.forget(id), onGap: () => directory.forgetAll() });
  const executor = createHttpExecutor(config.executorUrl, createReservedConcurrencyStore(redis).table);
  const lifecycle = createLifecycleStream({ redis, maxEvents: config.lifecycleEvents, logger });
  const metrics = createMappingMetrics();
  const poller = createPoller({
    redis,
    logger,
    lifecycle,
    metrics,
    timers: systemTimers,
    executor,
    directory,
    mappings: createMappingStore(redis),
    endpoints: sourceEndpoints(config, { ...config, gateway: config.gatewayUrl }),
    timeScale: config.timeScale,
    pollerId: randomUUID(),
    handOverMs: config.stopSeconds * 1_000,
  });
  await poller.start();
  const healthy = async (): Promise<void> => void (await redis.ping());
  const status = await serveStatus({ host: config.host, port: config.port, registry: metrics.registry, healthy });
  logger.info("started", { port: status.port, executor: config.executorUrl, timeScale: config.timeScale });

  const stop = async (): Promise<void> => {
    await poller.stop(config.stopSeconds * 1_000);
    await status.close();
    changes.close();
    await executor.close();
    await lifecycle.close();
    redis.disconnect();
  };
  return { logger, stop };
}

runProcess("The poller's", main);
