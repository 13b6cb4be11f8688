import { join } from "node:path";
import { createCodeStore } from "@lambdock/code-store/code-store";
import type { FunctionDirectory } from "@lambdock/directory/function-directory";
import { systemTimers } from "@lambdock/kernel/clock";
import type { StopList } from "@lambdock/kernel/stop-list";
import { createLogsOperations } from "@lambdock/logs/logs-operations";
import { createEventAdmin } from "@lambdock/queue/event-admin";
import { createEventProducer, type EventProducer } from "@lambdock/queue/event-producer";
import { createMappingStore } from "@lambdock/store/event-source-mappings";
import { createLifecycleFeed } from "@lambdock/store/lifecycle-feed";
import { createMappingStatusStore } from "@lambdock/store/mapping-statuses";
import { createRecursionConfigStore } from "@lambdock/store/recursion-configs";
import { redisFailure, requireRedis, type RedisClient } from "@lambdock/store/redis";
import { createControlPlane, type ControlPlaneConfig } from "./control-plane.ts";
import type { ConsoleHandler } from "./http/console-front.ts";
import type { Health } from "./http/health.ts";
import type { MetricsSource } from "./http/metrics-sources.ts";
import type { SourceServices } from "./http/source-services.ts";
import type { Metrics } from "./metrics.ts";
import { createGateway, type GatewayDependencies } from "./service.ts";

/** What the gateway is handed, whether it has a process of its own or shares one with the other services. */
export interface GatewayParts extends Pick<GatewayDependencies, "logger" | "executor" | "lifecycle"> {
  readonly config: ControlPlaneConfig & GatewayDependencies["config"] & { readonly dataDirectory: string };
  readonly redis: RedisClient;
  /** Told how what is started here is stopped. */
  readonly stops: StopList;
  readonly metrics: Pick<Metrics, "monitoring" | "source">;
  /** Other services' figures. */
  readonly metricsSources: readonly MetricsSource[];
  readonly sources: SourceServices;
  /** Absent: there is no console. */
  readonly console: ConsoleHandler | undefined;
}

/** A gateway that listens. */
export interface StartedGateway {
  /** Its URL. */
  readonly endpoint: string;
  /** Functions as its control plane last wrote them. */
  readonly directory: FunctionDirectory;
  /** Where it queues asynchronous events. */
  readonly events: EventProducer;
}

/** Starts the control plane, then the gateway in front of it. Rejects when the port is taken, or Redis is away. */
export async function startGateway(parts: GatewayParts): Promise<StartedGateway> {
  const { config, logger, redis, stops, executor, lifecycle, metrics, console } = parts;
  const codeStore = createCodeStore({ directory: join(config.dataDirectory, "code") });
  const controlPlane = createControlPlane({ config, logger, redis, executor, codeStore, clock: systemTimers });
  const { directory, operations, downloads } = controlPlane;
  const eventAdmin = createEventAdmin(redis, Date.now);
  stops.add("event admin", () => eventAdmin.close());
  const events = createEventProducer(redis);
  stops.add("event producer", () => events.close());
  const gateway = createGateway({
    config,
    logger,
    executor,
    directory,
    events,
    operations,
    logsOperations: createLogsOperations({ redis }),
    downloads,
    sources: { ...parts.sources, monitoring: metrics.monitoring },
    eventAdmin,
    mappingStores: { mappings: createMappingStore(redis), statuses: createMappingStatusStore(redis) },
    lifecycleFeed: createLifecycleFeed(redis),
    lifecycle,
    recursionConfigs: createRecursionConfigStore(redis),
    ...(console === undefined ? {} : { console }),
    metricsSources: [metrics.source, ...parts.metricsSources],
    health: () => redisHealth(redis),
    explain: (error) => redisFailure(error, redis)?.message,
  });
  await controlPlane.start();
  stops.add("control plane", () => controlPlane.stop());
  await gateway.start();
  stops.add("gateway", (deadlineMs) => gateway.stop(deadlineMs));
  return { endpoint: gateway.address, directory, events };
}

async function redisHealth(redis: RedisClient): Promise<Health> {
  try {
    await requireRedis(redis);
    return { ok: true };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}
