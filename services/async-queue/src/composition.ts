import { deliveryEndpoints } from "@lambdock/delivery/config";
import { qualifiedStores } from "@lambdock/directory/qualified-specs";
import { systemTimers } from "@lambdock/kernel/clock";
import type { Service } from "@lambdock/kernel/service";
import { createEventInvokeConfigStore } from "@lambdock/store/event-invoke-configs";
import { createRecursionConfigStore } from "@lambdock/store/recursion-configs";
import { createReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";
import type { AsyncQueueConfig, asyncSettings } from "./config.ts";
import { createAsyncQueue, type AsyncQueueDependencies } from "./service.ts";

/** What the async queue is handed, whether it has a process of its own or shares one with the other services. */
export interface AsyncQueueParts extends Pick<
  AsyncQueueDependencies,
  "redis" | "logger" | "lifecycle" | "metrics" | "executor" | "directory" | "producer"
> {
  readonly config: Pick<AsyncQueueConfig, keyof typeof asyncSettings>;
  /** Lambdock's own endpoint, where destinations are that no setting has elsewhere. */
  readonly endpoint: string;
}

/** Starts the async queue over that Redis. */
export async function startAsyncQueue({ config, endpoint, ...parts }: AsyncQueueParts): Promise<Service> {
  const { redis } = parts;
  const queue = createAsyncQueue({
    ...parts,
    timers: systemTimers,
    stores: qualifiedStores(redis),
    configs: createEventInvokeConfigStore(redis),
    recursionConfigs: createRecursionConfigStore(redis),
    reservedConcurrency: createReservedConcurrencyStore(redis),
    endpoints: deliveryEndpoints(config, endpoint),
    timeScale: config.timeScale,
    dispatchMax: config.dispatchMax,
  });
  await queue.start();
  return queue;
}
