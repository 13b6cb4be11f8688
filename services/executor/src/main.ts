import { findOwnContainer } from "@lambdock/containers/docker/host-paths";
import { createEngine, type EngineConnection } from "@lambdock/containers/docker/engine";
import { createLogger } from "@lambdock/kernel/logger";
import { runProcess, type Running } from "@lambdock/kernel/process";
import { createStopList } from "@lambdock/kernel/stop-list";
import { createLifecycleStream } from "@lambdock/store/lifecycle-stream";
import { openRedis } from "@lambdock/store/redis";
import { startExecutor } from "./composition.ts";
import { executorConfig } from "./config.ts";
import { createDockerSandboxes } from "./docker-sandboxes.ts";
import { addressOf, serveExecutor } from "./http-server.ts";
import { RuntimeApiServer } from "./runtime-api/server.ts";

/** The executor service of `docker compose up`: environment variables in, a listening service out. */
async function main(): Promise<Running> {
  const config = executorConfig();
  const { functionEndpoint, host, port } = config;
  const logger = createLogger("executor", config.logLevel);
  const stops = createStopList(logger);
  const runtimeApi = new RuntimeApiServer();
  const runtimeApiHost = await addressOf(config.runtimeApiHost);
  await runtimeApi.listen([runtimeApiHost], config.runtimeApiPort);
  const redis = await openRedis({ url: config.redisUrl, name: "executor", logger });
  stops.add("redis connection", () => redis.disconnect());
  const driver = createDockerSandboxes({ config, logger, runtimeApi, runtimeApiHost, ...(await hostPaths(config.engine)) });
  const lifecycle = createLifecycleStream({ redis, maxEvents: config.lifecycleEvents, logger });
  stops.add("lifecycle stream", () => lifecycle.close());
  const { executor, stop } = await startExecutor({ config, logger, redis, lifecycle, driver, runtimeApi, functionEndpoint });
  const api = await serveExecutor(executor, { host, port, logger });
  // It answers for what still runs until that has ended.
  stops.add("API", () => api.close());
  stops.add("executor", stop);
  logger.info("started", { port: api.port, runtimeApi: `${runtimeApiHost}:${runtimeApi.port}`, engine: driver.engine.address });
  return { logger, stops, stopSeconds: config.stopSeconds };
}

/** How paths are translated when the executor runs in a container itself. */
async function hostPaths(connection: EngineConnection): Promise<{ readonly toHostPath?: (path: string) => string }> {
  const probe = createEngine(connection, 1);
  const own = await findOwnContainer(probe);
  probe.close();
  return own === undefined ? {} : { toHostPath: own.toHostPath };
}

runProcess("The executor's", main);
