import { randomUUID } from "node:crypto";
import { systemTimers } from "@lambdock/kernel/clock";
import type { Service } from "@lambdock/kernel/service";
import { createMappingStore } from "@lambdock/store/event-source-mappings";
import { sourceEndpoints, type OwnEndpoints, type PollerConfig, type pollerSettings } from "./config.ts";
import { createPoller, type PollerDependencies } from "./service.ts";

/** What the poller is handed, whether it has a process of its own or shares one with the other services. */
export interface PollerParts extends Pick<PollerDependencies, "redis" | "logger" | "lifecycle" | "metrics" | "executor" | "directory"> {
  readonly config: Pick<PollerConfig, keyof typeof pollerSettings | "stopSeconds">;
  /** Where sources and destinations are that no setting has elsewhere. */
  readonly own: OwnEndpoints;
}

/** Starts a poller over that Redis. */
export async function startPoller({ config, own, ...parts }: PollerParts): Promise<Service> {
  const poller = createPoller({
    ...parts,
    timers: systemTimers,
    mappings: createMappingStore(parts.redis),
    endpoints: sourceEndpoints(config, own),
    timeScale: config.timeScale,
    pollerId: randomUUID(),
    handOverMs: config.stopSeconds * 1_000,
  });
  await poller.start();
  return poller;
}
