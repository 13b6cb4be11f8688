import { createHash } from "node:crypto";
import { createCodeStore } from "@lambdock/code-store/code-store";
import { createDockerDriver, type DockerDriver } from "@lambdock/containers/docker/docker-driver";
import { findOwnContainer } from "@lambdock/containers/docker/host-paths";
import { createEngine } from "@lambdock/containers/docker/engine";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger, type Logger } from "@lambdock/kernel/logger";
import { runProcess, type Running } from "@lambdock/kernel/process";
import { createRedisLogSink } from "@lambdock/logs/log-sink";
import { createLifecycleStream } from "@lambdock/store/lifecycle-stream";
import { openRedis } from "@lambdock/store/redis";
import { startCodeSweep } from "./code-sweep.ts";
import { executorConfig, type ExecutorConfig } from "./config.ts";
import { addressOf, serveExecutor } from "./http-server.ts";
import { environmentParts } from "./environments/config.ts";
import { limitsOf } from "./limits/config.ts";
import { RuntimeApiServer } from "./runtime-api/server.ts";
import { createExecutor } from "./service.ts";

/** The executor service of `docker compose up`: environment variables in, a listening service out. */
async function main(): Promise<Running> {
  const config = executorConfig();
  const logger = createLogger("executor", config.logLevel);
  const runtimeApi = new RuntimeApiServer();
  const runtimeApiHost = await addressOf(config.runtimeApiHost);
  await runtimeApi.listen([runtimeApiHost], config.runtimeApiPort);
  const redis = await openRedis({ url: config.redisUrl, name: "executor", logger });
  const driver = await dockerDriver(config, { runtimeApi, runtimeApiHost, logger });
  const lifecycle = createLifecycleStream({ redis, maxEvents: config.lifecycleEvents, logger });
  const codeStore = createCodeStore({ directory: `${config.dataDirectory}/code` });
  const executor = createExecutor({
    limits: limitsOf(config),
    ...(await environmentParts(config)),
    logger,
    driver,
    codeStore,
    logSink: createRedisLogSink({ redis, logger }),
    lifecycle,
    timers: systemTimers,
    runtimeApi,
    ...(config.functionEndpoint === "" ? {} : { functionEndpoint: config.functionEndpoint }),
  });
  await executor.start();
  const stopSweep = startCodeSweep({ codeStore, timers: systemTimers, logger });
  const api = await serveExecutor(executor, { host: config.host, port: config.port, logger });
  logger.info("started", { port: api.port, runtimeApi: `${runtimeApiHost}:${runtimeApi.port}`, engine: driver.engine.address });

  const stop = async (): Promise<void> => {
    stopSweep();
    await executor.stop(config.stopSeconds * 1_000);
    await api.close();
    await lifecycle.close();
    redis.disconnect();
  };
  return { logger, stop };
}

/** The driver for the engine behind the socket; paths are translated when the executor runs in a container itself. */
async function dockerDriver(
  config: ExecutorConfig,
  parts: { readonly runtimeApi: RuntimeApiServer; readonly runtimeApiHost: string; readonly logger: Logger },
): Promise<DockerDriver> {
  const probe = createEngine(config.engine, 1);
  const own = await findOwnContainer(probe);
  probe.close();
  return createDockerDriver({
    connection: config.engine,
    // Two Lambdocks on one engine leave each other's containers alone.
    owner: createHash("sha256")
      .update(own === undefined ? config.dataDirectory : own.toHostPath(config.dataDirectory))
      .digest("hex")
      .slice(0, 16),
    dataDirectory: config.dataDirectory,
    runtimeApi: {
      host: parts.runtimeApiHost,
      get port() {
        return parts.runtimeApi.port;
      },
    },
    network: config.functionsNetwork,
    images: {
      registry: config.runtimeRegistry,
      overrides: config.runtimeImages,
      preferOwn: config.preferOwnRuntimes,
      ignoreArchitecture: config.ignoreArchitecture,
      region: config.region,
    },
    ...(own === undefined ? {} : { toHostPath: own.toHostPath }),
    cgroupRoot: config.cgroupRoot,
    transport: "auto",
    pidsMax: 1_024,
    requestsMax: config.engineRequests,
    logger: parts.logger,
    timers: systemTimers,
  });
}

runProcess("The executor's", main);
