import { startAsyncQueue } from "@lambdock/async-queue/composition";
import { createAsyncMetrics } from "@lambdock/async-queue/metrics";
import { startExecutor, type StartedExecutor } from "@lambdock/executor/composition";
import { RuntimeApiServer } from "@lambdock/executor/runtime-api/server";
import { startGateway, type GatewayParts, type StartedGateway } from "@lambdock/gateway/composition";
import { registrySource } from "@lambdock/gateway/http/metrics-sources";
import { createMetrics } from "@lambdock/gateway/metrics";
import type { Logger } from "@lambdock/kernel/logger";
import type { Service } from "@lambdock/kernel/service";
import { createStopList, type StopList } from "@lambdock/kernel/stop-list";
import { startPoller } from "@lambdock/poller/composition";
import { createMappingMetrics } from "@lambdock/poller/metrics";
import { createLifecycleStream, type LifecycleStream } from "@lambdock/store/lifecycle-stream";
import { openRedis, type RedisClient } from "@lambdock/store/redis";
import type { EmbeddedConfig } from "./config.ts";
import { createLazyConsole } from "./console.ts";
import { lockDataDirectory } from "./data-lock.ts";
import { openFunctionDoor } from "./function-door.ts";
import { chooseInstances, type Instances } from "./instances.ts";
import type { OwnRedis } from "./private-redis.ts";
import { chooseRedis } from "./redis-choice.ts";
import { startSources } from "./sources.ts";

/** All services in one process. */
export interface Embedded extends Service {
  /** After `start`. */
  readonly endpoint: string;
  readonly instances: string;
  readonly redis: string;
}

/** All services as `docker compose` starts them, with direct calls in place of HTTP. */
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
  const { endpoint } = await startServices({ ...parts, redis, instances, runtimeApi });
  await openDoor(parts, instances);
  return { endpoint, instances: instances.description, redis: ownRedis.description };
}

/** Both at once, because each takes its time; when one fails the other is still stopped. */
async function both(redis: Promise<OwnRedis>, instances: Promise<Instances>, stops: StopList): Promise<[OwnRedis, Instances]> {
  const [own] = await Promise.allSettled([redis, instances]);
  if (own.status === "fulfilled") stops.add("redis", () => own.value.stop());
  return [await redis, await instances];
}

interface Foundations extends Parts {
  readonly redis: RedisClient;
  readonly instances: Instances;
  readonly runtimeApi: RuntimeApiServer;
}

async function startServices(foundations: Foundations): Promise<StartedGateway> {
  const { config, logger, stops, redis } = foundations;
  const metrics = createMetrics({ config, redis, logger });
  await metrics.aggregator.start();
  stops.add("metrics", (deadlineMs) => metrics.aggregator.stop(deadlineMs));
  const executor = await startOwnExecutor(foundations);
  const asyncMetrics = createAsyncMetrics();
  const mappingMetrics = createMappingMetrics();
  const metricsSources = [registrySource("async-queue", asyncMetrics.registry), registrySource("poller", mappingMetrics.registry)];
  const gateway = await startOwnGateway(foundations, { executor, metrics, metricsSources });

  const { endpoint, directory, events: producer } = gateway;
  const shared = { config, logger, redis, executor, directory };
  const queueLifecycle = openLifecycle(foundations, "async queue");
  const queue = await startAsyncQueue({ ...shared, lifecycle: queueLifecycle, metrics: asyncMetrics, producer, endpoint });
  stops.add("async queue", (deadlineMs) => queue.stop(deadlineMs));
  const pollerLifecycle = openLifecycle(foundations, "poller");
  const poller = await startPoller({ ...shared, lifecycle: pollerLifecycle, metrics: mappingMetrics, own: { gateway: endpoint } });
  stops.add("poller", (deadlineMs) => poller.stop(deadlineMs));
  return gateway;
}

async function startOwnExecutor(foundations: Foundations): Promise<StartedExecutor["executor"]> {
  const { config, logger, stops, redis, instances, runtimeApi } = foundations;
  const lifecycle = openLifecycle(foundations, "executor");
  const { driver, host } = instances;
  const functionEndpoint = config.port === 0 ? "" : `http://${host.name}:${config.port}`;
  const { executor, stop } = await startExecutor({ config, logger, redis, lifecycle, driver, runtimeApi, functionEndpoint });
  stops.add("executor", stop);
  return executor;
}

async function startOwnGateway(
  foundations: Foundations,
  needs: Pick<GatewayParts, "executor" | "metrics" | "metricsSources">,
): Promise<StartedGateway> {
  const { config, logger, stops, redis } = foundations;
  const sources = await startSources(foundations, redis);
  const lifecycle = openLifecycle(foundations, "gateway");
  const console = createLazyConsole(config, () => gateway.endpoint);
  stops.add("console", () => console.close());
  const gateway: StartedGateway = await startGateway({
    config,
    logger,
    redis,
    stops,
    lifecycle,
    sources,
    console: console.handle,
    ...needs,
  });
  return gateway;
}

/** Where a service tells what happens in it. */
function openLifecycle({ config, logger, stops, redis }: Foundations, service: string): LifecycleStream {
  const stream = createLifecycleStream({ redis, maxEvents: config.lifecycleEvents, logger });
  stops.add(`lifecycle stream of the ${service}`, () => stream.close());
  return stream;
}

/** Lets functions in containers reach the gateway. */
async function openDoor({ config, logger, stops }: Parts, { host }: Instances): Promise<void> {
  if (host.listen === "127.0.0.1" || config.port === 0) return;
  const door = await openFunctionDoor(host.listen, config.port);
  if (door !== undefined) return stops.add("function door", () => void door.close());
  logger.warn("functions cannot call Lambdock: its port is taken on their network", { address: host.listen, port: config.port });
}
