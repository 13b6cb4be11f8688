import { createCodeStore } from "@lambdock/code-store/code-store";
import { createHttpExecutor } from "@lambdock/executor-client/http-client";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import { runProcess, type Running } from "@lambdock/kernel/process";
import { createEventAdmin } from "@lambdock/queue/event-admin";
import { createEventProducer } from "@lambdock/queue/event-producer";
import { createLogsOperations } from "@lambdock/logs/logs-operations";
import { createMappingStore } from "@lambdock/store/event-source-mappings";
import { createLifecycleFeed } from "@lambdock/store/lifecycle-feed";
import { createLifecycleStream } from "@lambdock/store/lifecycle-stream";
import { createMappingStatusStore } from "@lambdock/store/mapping-statuses";
import { createRecursionConfigStore } from "@lambdock/store/recursion-configs";
import { createReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";
import { openRedis, redisFailure, type RedisClient } from "@lambdock/store/redis";
import { gatewayConfig } from "./config.ts";
import { createControlPlane } from "./control-plane.ts";
import { connectConsole } from "./http/console-front.ts";
import type { Health } from "./http/health.ts";
import { remoteSource } from "./http/metrics-sources.ts";
import { connectSources } from "./http/source-services.ts";
import { createMetrics } from "./metrics.ts";
import { createGateway } from "./service.ts";

/** The gateway service of `docker compose up`: environment variables in, a listening service out. */
async function main(): Promise<Running> {
  const config = gatewayConfig();
  const logger = createLogger("gateway", config.logLevel);
  const redis = await openRedis({ url: config.redisUrl, name: "gateway", logger });
  const executor = createHttpExecutor(config.executorUrl, createReservedConcurrencyStore(redis).table);
  const controlPlane = createControlPlane({
    config,
    logger,
    redis,
    executor,
    codeStore: createCodeStore({ directory: `${config.dataDirectory}/code` }),
    clock: systemTimers,
  });
  const events = createEventProducer(redis);
  const eventAdmin = createEventAdmin(redis, Date.now);
  const sources = connectSources(config);
  const lifecycle = createLifecycleStream({ redis, maxEvents: config.lifecycleEvents, logger });
  const metrics = createMetrics({ config, redis, logger });
  const console = connectConsole(config.consoleUrl);
  const gateway = createGateway({
    config,
    logger,
    executor,
    directory: controlPlane.directory,
    events,
    operations: controlPlane.operations,
    logsOperations: createLogsOperations({ redis }),
    downloads: controlPlane.downloads,
    eventAdmin,
    mappingStores: { mappings: createMappingStore(redis), statuses: createMappingStatusStore(redis) },
    lifecycleFeed: createLifecycleFeed(redis),
    lifecycle,
    sources: { ...sources.services, monitoring: metrics.monitoring },
    ...(console.handle === undefined ? {} : { console: console.handle }),
    recursionConfigs: createRecursionConfigStore(redis),
    metricsSources: [metrics.source, ...config.metricsUrls.map(remoteSource)],
    health: () => redisHealth(redis),
    explain: (error) => redisFailure(error, redis)?.message,
  });
  await controlPlane.start();
  await metrics.aggregator.start();
  await gateway.start();
  logger.info("started", { endpoint: gateway.address, executor: config.executorUrl });

  const stop = async (): Promise<void> => {
    await gateway.stop(config.stopSeconds * 1_000);
    await controlPlane.stop();
    await lifecycle.close();
    await metrics.aggregator.stop(0);
    await events.close();
    await eventAdmin.close();
    sources.close();
    console.close();
    await executor.close();
    redis.disconnect();
  };
  return { logger, stop };
}

async function redisHealth(redis: RedisClient): Promise<Health> {
  try {
    await redis.ping();
    return { ok: true };
  } catch (error) {
    return { ok: false, message: redisFailure(error, redis)?.message ?? String(error) };
  }
}

runProcess("The gateway's", main);
