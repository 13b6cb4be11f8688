import { deliveryEndpoints } from "@lambdock/delivery/config";
import { createCachedDirectory } from "@lambdock/directory/cached-directory";
import { qualifiedStores } from "@lambdock/directory/qualified-specs";
import { createHttpExecutor } from "@lambdock/executor-client/http-client";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import { runProcess, type Running } from "@lambdock/kernel/process";
import { serveStatus } from "@lambdock/kernel/status-server";
import { createEventProducer } from "@lambdock/queue/event-producer";
import { createEventInvokeConfigStore } from "@lambdock/store/event-invoke-configs";
import { subscribeToFunctionChanges } from "@lambdock/store/function-changes";
import { createLifecycleStream } from "@lambdock/store/lifecycle-stream";
import { createRecursionConfigStore } from "@lambdock/store/recursion-configs";
import { createReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";
import { openRedis } from "@lambdock/store/redis";
import { asyncQueueConfig } from "./config.ts";
import { createAsyncMetrics } from "./metrics.ts";
import { createAsyncQueue } from "./service.ts";

/** The async-queue service of `docker compose up`: environment variables in, a working service out. */
async function main(): Promise<Running> {
  const config = asyncQueueConfig();
  const logger = createLogger("async-queue", config.logLevel);
  const redis = await openRedis({ url: config.redisUrl, name: "async-queue", logger });
  const stores = qualifiedStores(redis);
  const directory = createCachedDirectory(stores);
  const changes = await subscribeToFunctionChanges(redis, { onChange: (id) => directory.forget(id), onGap: () => directory.forgetAll() });
  const reservedConcurrency = createReservedConcurrencyStore(redis);
  const executor = createHttpExecutor(config.executorUrl, reservedConcurrency.table);
  const lifecycle = createLifecycleStream({ redis, maxEvents: config.lifecycleEvents, logger });
  const producer = createEventProducer(redis);
  const metrics = createAsyncMetrics();
  const queue = createAsyncQueue({
    redis,
    logger,
    lifecycle,
    metrics,
    timers: systemTimers,
    executor,
    directory,
    stores,
    configs: createEventInvokeConfigStore(redis),
    recursionConfigs: createRecursionConfigStore(redis),
    reservedConcurrency,
    producer,
    endpoints: deliveryEndpoints(config, config.gatewayUrl),
    timeScale: config.timeScale,
    dispatchMax: config.dispatchMax,
  });
  await queue.start();
  const status = await serveStatus({
    host: config.host,
    port: config.port,
    registry: metrics.registry,
    healthy: async () => void (await redis.ping()),
  });
  logger.info("started", { port: status.port, executor: config.executorUrl, timeScale: config.timeScale });

  const stop = async (): Promise<void> => {
    await queue.stop(config.stopSeconds * 1_000);
    await status.close();
    changes.close();
    await producer.close();
    await executor.close();
    await lifecycle.close();
    redis.disconnect();
  };
  return { logger, stop };
}

runProcess("The async queue's", main);
