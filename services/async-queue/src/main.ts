import { createCachedDirectory } from "@lambdock/directory/cached-directory";
import { qualifiedStores } from "@lambdock/directory/qualified-specs";
import { createHttpExecutor } from "@lambdock/executor-client/http-client";
import { createLogger } from "@lambdock/kernel/logger";
import { runProcess, type Running } from "@lambdock/kernel/process";
import { serveStatus } from "@lambdock/kernel/status-server";
import { createStopList } from "@lambdock/kernel/stop-list";
import { createEventProducer } from "@lambdock/queue/event-producer";
import { subscribeToFunctionChanges } from "@lambdock/store/function-changes";
import { createLifecycleStream } from "@lambdock/store/lifecycle-stream";
import { createReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";
import { openRedis, requireRedis } from "@lambdock/store/redis";
import { startAsyncQueue } from "./composition.ts";
import { asyncQueueConfig } from "./config.ts";
import { createAsyncMetrics } from "./metrics.ts";

/** The async-queue service of `docker compose up`: environment variables in, a working service out. */
async function main(): Promise<Running> {
  const config = asyncQueueConfig();
  const logger = createLogger("async-queue", config.logLevel);
  const stops = createStopList(logger);
  const redis = await openRedis({ url: config.redisUrl, name: "async-queue", logger });
  stops.add("redis connection", () => redis.disconnect());
  const lifecycle = createLifecycleStream({ redis, maxEvents: config.lifecycleEvents, logger });
  stops.add("lifecycle stream", () => lifecycle.close());
  const executor = createHttpExecutor(config.executorUrl, createReservedConcurrencyStore(redis).table);
  stops.add("executor client", () => executor.close());
  const producer = createEventProducer(redis);
  stops.add("event producer", () => producer.close());
  const directory = createCachedDirectory(qualifiedStores(redis));
  const changes = await subscribeToFunctionChanges(redis, { onChange: (id) => directory.forget(id), onGap: () => directory.forgetAll() });
  stops.add("function changes", () => changes.close());
  const metrics = createAsyncMetrics();
  const endpoint = config.gatewayUrl;
  const queue = await startAsyncQueue({ config, logger, redis, lifecycle, metrics, executor, directory, producer, endpoint });
  const status = await serveStatus({ registry: metrics.registry, healthy: () => requireRedis(redis) }, config);
  // It tells of the queue until that has stopped.
  stops.add("status server", () => status.close(0));
  stops.add("async queue", (deadlineMs) => queue.stop(deadlineMs));
  logger.info("started", { port: status.port, executor: config.executorUrl, timeScale: config.timeScale });
  return { logger, stops, stopSeconds: config.stopSeconds };
}

runProcess("The async queue's", main);
