import { createCachedDirectory } from "@lambdock/directory/cached-directory";
import { qualifiedStores } from "@lambdock/directory/qualified-specs";
import { createHttpExecutor } from "@lambdock/executor-client/http-client";
import { createLogger } from "@lambdock/kernel/logger";
import { runProcess, type Running } from "@lambdock/kernel/process";
import { serveStatus } from "@lambdock/kernel/status-server";
import { createStopList } from "@lambdock/kernel/stop-list";
import { subscribeToFunctionChanges } from "@lambdock/store/function-changes";
import { createLifecycleStream } from "@lambdock/store/lifecycle-stream";
import { createReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";
import { openRedis, requireRedis } from "@lambdock/store/redis";
import { startPoller } from "./composition.ts";
import { pollerConfig } from "./config.ts";
import { createMappingMetrics } from "./metrics.ts";

/** The poller service of `docker compose up`: environment variables in, a working service out. */
async function main(): Promise<Running> {
  const config = pollerConfig();
  const logger = createLogger("poller", config.logLevel);
  const stops = createStopList(logger);
  const redis = await openRedis({ url: config.redisUrl, name: "poller", logger });
  stops.add("redis connection", () => redis.disconnect());
  const lifecycle = createLifecycleStream({ redis, maxEvents: config.lifecycleEvents, logger });
  stops.add("lifecycle stream", () => lifecycle.close());
  const executor = createHttpExecutor(config.executorUrl, createReservedConcurrencyStore(redis).table);
  stops.add("executor client", () => executor.close());
  const directory = createCachedDirectory(qualifiedStores(redis));
  const changes = await subscribeToFunctionChanges(redis, { onChange: (id) => directory.forget(id), onGap: () => directory.forgetAll() });
  stops.add("function changes", () => changes.close());
  const metrics = createMappingMetrics();
  const own = { ...config, gateway: config.gatewayUrl };
  const poller = await startPoller({ config, logger, redis, lifecycle, metrics, executor, directory, own });
  const status = await serveStatus({ registry: metrics.registry, healthy: () => requireRedis(redis) }, config);
  // It tells of the poller until that has stopped.
  stops.add("status server", () => status.close(0));
  stops.add("poller", (deadlineMs) => poller.stop(deadlineMs));
  logger.info("started", { port: status.port, executor: config.executorUrl, timeScale: config.timeScale });
  return { logger, stops, stopSeconds: config.stopSeconds };
}

runProcess("The poller's", main);
