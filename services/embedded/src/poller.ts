import { randomUUID } from "node:crypto";
import type { FunctionDirectory } from "@lambdock/directory/function-directory";
import type { Executor } from "@lambdock/executor-client/port";
import { systemTimers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import { sourceEndpoints } from "@lambdock/poller/config";
import type { MappingMetrics } from "@lambdock/poller/metrics";
import { createPoller } from "@lambdock/poller/service";
import { createMappingStore } from "@lambdock/store/event-source-mappings";
import { createLifecycleStream } from "@lambdock/store/lifecycle-stream";
import type { RedisClient } from "@lambdock/store/redis";
import type { EmbeddedConfig } from "./config.ts";
import type { StopList } from "./stop-list.ts";

export interface PollerNeeds {
  readonly config: EmbeddedConfig;
  readonly logger: Logger;
  readonly stops: StopList;
  readonly redis: RedisClient;
  readonly executor: Pick<Executor, "invoke">;
  readonly directory: FunctionDirectory;
  readonly metrics: MappingMetrics;
  /** Lambdock's own, where the sources are that no setting names. */
  readonly endpoint: string;
}

/** Starts the poller in this process. */
export async function startPoller({ config, stops, endpoint, ...needs }: PollerNeeds): Promise<void> {
  const { redis, logger } = needs;
  const lifecycle = createLifecycleStream({ redis, maxEvents: config.lifecycleEvents, logger });
  stops.add("lifecycle stream of the poller", () => lifecycle.close());
  const poller = createPoller({
    ...needs,
    lifecycle,
    timers: systemTimers,
    mappings: createMappingStore(redis),
    endpoints: sourceEndpoints(config, { gateway: endpoint }),
    timeScale: config.timeScale,
    pollerId: randomUUID(),
    handOverMs: config.stopSeconds * 1_000,
  });
  await poller.start();
  stops.add("poller", (deadlineMs) => poller.stop(deadlineMs));
}
