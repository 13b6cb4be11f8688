import { createHttpExecutor } from "@lambdock/executor-client/http-client";
import { createLogger } from "@lambdock/kernel/logger";
import { runProcess, type Running } from "@lambdock/kernel/process";
import { createStopList } from "@lambdock/kernel/stop-list";
import { createLifecycleStream } from "@lambdock/store/lifecycle-stream";
import { createReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";
import { openRedis } from "@lambdock/store/redis";
import { startGateway } from "./composition.ts";
import { gatewayConfig } from "./config.ts";
import { connectConsole } from "./http/console-front.ts";
import { remoteSource } from "./http/metrics-sources.ts";
import { connectSources } from "./http/source-services.ts";
import { createMetrics } from "./metrics.ts";

/** The gateway service of `docker compose up`: environment variables in, a listening service out. */
async function main(): Promise<Running> {
  const config = gatewayConfig();
  const logger = createLogger("gateway", config.logLevel);
  const stops = createStopList(logger);
  const redis = await openRedis({ url: config.redisUrl, name: "gateway", logger });
  stops.add("redis connection", () => redis.disconnect());
  const executor = createHttpExecutor(config.executorUrl, createReservedConcurrencyStore(redis).table);
  stops.add("executor client", () => executor.close());
  const console = connectConsole(config.consoleUrl);
  stops.add("console", () => console.close());
  const sources = connectSources(config);
  stops.add("sources", () => sources.close());
  const metrics = createMetrics({ config, redis, logger });
  await metrics.aggregator.start();
  stops.add("metrics", (deadlineMs) => metrics.aggregator.stop(deadlineMs));
  const lifecycle = createLifecycleStream({ redis, maxEvents: config.lifecycleEvents, logger });
  stops.add("lifecycle stream", () => lifecycle.close());
  const { endpoint } = await startGateway({
    config,
    logger,
    redis,
    stops,
    executor,
    lifecycle,
    metrics,
    metricsSources: config.metricsUrls.map(remoteSource),
    sources: sources.services,
    console: console.handle,
  });
  logger.info("started", { endpoint, executor: config.executorUrl });
  return { logger, stops, stopSeconds: config.stopSeconds };
}

runProcess("The gateway's", main);
