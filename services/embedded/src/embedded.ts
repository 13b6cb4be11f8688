import { join } from "node:path";
import { createAsyncMetrics, type AsyncMetrics } from "@lambdock/async-queue/metrics";
import { createAsyncQueue } from "@lambdock/async-queue/service";
import { createCodeStore } from "@lambdock/code-store/code-store";
import { deliveryEndpoints } from "@lambdock/delivery/config";
import type { FunctionDirectory } from "@lambdock/directory/function-directory";
import { qualifiedStores } from "@lambdock/directory/qualified-specs";
import { startCodeSweep } from "@lambdock/executor/code-sweep";
import { limitsOf } from "@lambdock/executor/limits/config";
import { environmentParts } from "@lambdock/executor/environments/config";
import { RuntimeApiServer } from "@lambdock/executor/runtime-api/server";
import { createExecutor } from "@lambdock/executor/service";
import { createControlPlane, type ControlPlane } from "@lambdock/gateway/control-plane";
import { registrySource, type MetricsSource } from "@lambdock/gateway/http/metrics-sources";
import { createMetrics } from "@lambdock/gateway/metrics";
import type { SourceService } from "@lambdock/gateway/http/source-services";
import { createGateway, type Gateway } from "@lambdock/gateway/service";
import { systemTimers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { Service } from "@lambdock/kernel/service";
import { createRedisLogSink } from "@lambdock/logs/log-sink";
import { createLogsOperations } from "@lambdock/logs/logs-operations";
import { createEventAdmin } from "@lambdock/queue/event-admin";
import { createEventProducer, type EventProducer } from "@lambdock/queue/event-producer";
import { createEventInvokeConfigStore } from "@lambdock/store/event-invoke-configs";
import { createLifecycleFeed } from "@lambdock/store/lifecycle-feed";
import { createLifecycleStream } from "@lambdock/store/lifecycle-stream";
import { createRecursionConfigStore } from "@lambdock/store/recursion-configs";
import { createMappingMetrics } from "@lambdock/poller/metrics";
import { createMappingStore } from "@lambdock/store/event-source-mappings";
import { createMappingStatusStore } from "@lambdock/store/mapping-statuses";
import { createReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";
import { openRedis, redisFailure, type RedisClient } from "@lambdock/store/redis";
import type { EmbeddedConfig } from "./config.ts";
import { createLazyConsole } from "./console.ts";
import { lockDataDirectory } from "./data-lock.ts";
import { openFunctionDoor } from "./function-door.ts";
import { chooseInstances, type Instances } from "./instances.ts";
import type { OwnRedis } from "./private-redis.ts";
import { startPoller } from "./poller.ts";
import { chooseRedis } from "./redis-choice.ts";
import { startSources } from "./sources.ts";
import { createStopList, type StopList } from "./stop-list.ts";

/** All services in one process. */
export interface Embedded extends Service {
  /** After `start`. */
  readonly endpoint: string;
  readonly instances: string;
  readonly redis: string;
}

/** Composes gateway and executor as `docker compose` would, with direct calls in place of HTTP. */
export function createEmbedded(config: EmbeddedConfig, logger: Logger): Embedded {
  const stops = createStopList(logger);
  let facts: { readonly endpoint: string; readonly instances: string; readonly redis: string };
  return {
    async start() {
      try {
        facts = await start({ config, logger, stops });
      } catch (error) {
        await stops.run(0);
        throw error;
      }
    },
    stop: (deadlineMs) => stops.run(deadlineMs),
    get endpoint() {
      return facts.endpoint;
    },
    get instances() {
      return facts.instances;
    },
    get redis() {
      return facts.redis;
    },
  };
}

interface Parts {
  readonly config: EmbeddedConfig;
  readonly logger: Logger;
  readonly stops: StopList;
}

/** Starts leaves first; every step registers how it is stopped, which happens in reverse order. */
async function start(parts: Parts): Promise<{ endpoint: string; instances: string; redis: string }> {
  const { config, logger, stops } = parts;
  stops.add("data directory", await lockDataDirectory(config.dataDirectory));
  const runtimeApi = new RuntimeApiServer();
  const [ownRedis, instances] = await both(chooseRedis(config, logger), chooseInstances(config, { runtimeApi, logger }), stops);
  const redis = await openRedis({ url: ownRedis.url, name: "lambdock", logger });
  stops.add("redis connection", () => redis.disconnect());
  const metrics = createMetrics({ config, redis, logger });
  await metrics.aggregator.start();
  stops.add("metrics", (deadlineMs) => metrics.aggregator.stop(deadlineMs));
  const executor = await startExecutor(parts, { redis, runtimeApi, instances });
  const asyncMetrics = createAsyncMetrics();
  const mappingMetrics = createMappingMetrics();
  const registries = [registrySource("async-queue", asyncMetrics.registry), registrySource("poller", mappingMetrics.registry)];
  const metricsSources = [metrics.source, ...registries];
  const { endpoint, controlPlane, events } = await startGateway(parts, { redis, executor, metricsSources, monitoring: metrics.monitoring });
  const directory = controlPlane.directory;
  await startAsyncQueue(parts, { redis, executor, directory, producer: events, endpoint, metrics: asyncMetrics });
  await startPoller({ ...parts, redis, executor, directory, endpoint, metrics: mappingMetrics });
  if (instances.host.listen !== "127.0.0.1" && config.port !== 0) {
    const door = await openFunctionDoor(instances.host.listen, config.port);
    if (door === undefined)
      logger.warn("functions cannot call Lambdock: its port is taken on their network", {
        address: instances.host.listen,
        port: config.port,
      });
    else stops.add("function door", () => void door.close());
  }
  return { endpoint, instances: instances.description, redis: ownRedis.description };
}

/** Both at once, because each takes its time; when one fails the other is still stopped. */
async function both(redis: Promise<OwnRedis>, instances: Promise<Instances>, stops: StopList): Promise<[OwnRedis, Instances]> {
  const [own] = await Promise.allSettled([redis, instances]);
  if (own.status === "fulfilled") stops.add("redis", () => own.value.stop());
  return [await redis, await instances];
}

async function startExecutor(
  parts: Parts,
  needs: { readonly redis: RedisClient; readonly runtimeApi: RuntimeApiServer; readonly instances: Instances },
): Promise<ReturnType<typeof createExecutor>> {
  const { config, logger, stops } = parts;
  const { redis, runtimeApi, instances } = needs;
  const lifecycle = createLifecycleStream({ redis, maxEvents: config.lifecycleEvents, logger });
  stops.add("lifecycle stream", () => lifecycle.close());
  const codeStore = createCodeStore({ directory: join(config.dataDirectory, "code") });
  const executor = createExecutor({
    limits: limitsOf(config),
    ...(await environmentParts(config)),
    logger,
    driver: instances.driver,
    codeStore,
    logSink: createRedisLogSink({ redis, logger }),
    lifecycle,
    timers: systemTimers,
    runtimeApi,
    ...(config.port === 0 ? {} : { functionEndpoint: `http://${instances.host.name}:${config.port}` }),
  });
  await executor.start();
  stops.add("code sweep", startCodeSweep({ codeStore, timers: systemTimers, logger }));
  stops.add("executor", (deadlineMs) => executor.stop(deadlineMs));
  return executor;
}

interface StartedGateway {
  readonly endpoint: string;
  readonly controlPlane: ControlPlane;
  readonly events: EventProducer;
}

async function startGateway(
  parts: Parts,
  needs: {
    readonly redis: RedisClient;
    readonly executor: ReturnType<typeof createExecutor>;
    readonly metricsSources: readonly MetricsSource[];
    readonly monitoring: SourceService;
  },
): Promise<StartedGateway> {
  const { config, logger, stops } = parts;
  const { redis, executor, metricsSources, monitoring } = needs;
  const controlPlane = createControlPlane({
    config,
    logger,
    redis,
    executor,
    codeStore: createCodeStore({ directory: join(config.dataDirectory, "code") }),
    clock: systemTimers,
  });
  const events = createEventProducer(redis);
  stops.add("event producer", () => events.close());
  const eventAdmin = createEventAdmin(redis, Date.now);
  stops.add("event admin", () => eventAdmin.close());
  const sources = await startSources(parts, redis);
  const lifecycle = createLifecycleStream({ redis, maxEvents: config.lifecycleEvents, logger });
  stops.add("lifecycle stream of the gateway", () => lifecycle.close());
  const console = createLazyConsole(config, () => gateway.address);
  stops.add("console", () => console.close());
  const gateway: Gateway = createGateway({
    config,
    logger,
    executor,
    directory: controlPlane.directory,
    events,
    operations: controlPlane.operations,
    logsOperations: createLogsOperations({ redis }),
    downloads: controlPlane.downloads,
    eventAdmin,
    sources: { ...sources, monitoring },
    lifecycle,
    console: console.handle,
    mappingStores: { mappings: createMappingStore(redis), statuses: createMappingStatusStore(redis) },
    lifecycleFeed: createLifecycleFeed(redis),
    recursionConfigs: createRecursionConfigStore(redis),
    metricsSources,
    health: () => redisHealth(redis),
    explain: (error) => redisFailure(error, redis)?.message,
  });
  await controlPlane.start();
  stops.add("control plane", () => controlPlane.stop());
  await gateway.start();
  stops.add("gateway", (deadlineMs) => gateway.stop(deadlineMs));
  return { endpoint: gateway.address, controlPlane, events };
}

interface AsyncQueueNeeds {
  readonly redis: RedisClient;
  readonly executor: ReturnType<typeof createExecutor>;
  readonly directory: FunctionDirectory;
  readonly producer: EventProducer;
  readonly endpoint: string;
  readonly metrics: AsyncMetrics;
}

async function startAsyncQueue({ config, logger, stops }: Parts, needs: AsyncQueueNeeds): Promise<void> {
  const { redis } = needs;
  const lifecycle = createLifecycleStream({ redis, maxEvents: config.lifecycleEvents, logger });
  stops.add("lifecycle stream of the async queue", () => lifecycle.close());
  const queue = createAsyncQueue({
    ...needs,
    logger,
    lifecycle,
    timers: systemTimers,
    stores: qualifiedStores(redis),
    configs: createEventInvokeConfigStore(redis),
    recursionConfigs: createRecursionConfigStore(redis),
    reservedConcurrency: createReservedConcurrencyStore(redis),
    endpoints: deliveryEndpoints(config, needs.endpoint),
    timeScale: config.timeScale,
    dispatchMax: config.dispatchMax,
  });
  await queue.start();
  stops.add("async queue", (deadlineMs) => queue.stop(deadlineMs));
}

async function redisHealth(redis: RedisClient): Promise<{ readonly ok: true } | { readonly ok: false; readonly message: string }> {
  try {
    await redis.ping();
    return { ok: true };
  } catch (error) {
    return { ok: false, message: redisFailure(error, redis)?.message ?? String(error) };
  }
}
