import { randomUUID } from "node:crypto";
import { DEFAULT_RETRY_POLICY, type AsyncEvent } from "@lambdock/async-invoke/async-event";
import type { Ended } from "@lambdock/async-invoke/destination-record";
import { INITIAL_DISPATCH_LIMIT } from "@lambdock/async-invoke/dispatch-limit";
import { targetsOf, type DeliveryTarget } from "@lambdock/async-invoke/targets";
import type { FunctionDirectory } from "@lambdock/directory/function-directory";
import { versionsBehind, type QualifiedStores } from "@lambdock/directory/qualified-specs";
import type { Executor } from "@lambdock/executor-client/port";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { Service } from "@lambdock/kernel/service";
import { parseFunctionName, type FunctionId } from "@lambdock/model/arn";
import type { Lifecycle } from "@lambdock/model/lifecycle";
import { createEventConsumer } from "@lambdock/queue/event-consumer";
import type { EventProducer } from "@lambdock/queue/event-producer";
import type { EventInvokeConfigStore } from "@lambdock/store/event-invoke-configs";
import type { RecursionConfigStore } from "@lambdock/store/recursion-configs";
import type { ReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";
import type { RedisClient } from "@lambdock/store/redis";
import { attempt } from "./attempt.ts";
import type { DeliveryEndpoints } from "@lambdock/delivery/endpoints";
import { createDelivery } from "./destinations/delivery.ts";
import { createPatience } from "./destinations/patience.ts";
import { createDispatch } from "./dispatch.ts";
import { DeliveryFailed } from "@lambdock/delivery/delivery-failed";
import type { AsyncMetrics } from "./metrics.ts";
import { createRecently } from "./recently.ts";
import { work, type WorkParts } from "./work.ts";

export interface AsyncQueueDependencies {
  readonly redis: RedisClient;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  readonly metrics: AsyncMetrics;
  readonly timers: Timers;
  readonly executor: Pick<Executor, "invoke">;
  readonly directory: FunctionDirectory;
  /** Where the dead-letter queue of an event's version is read. */
  readonly stores: QualifiedStores;
  readonly configs: Pick<EventInvokeConfigStore, "get">;
  readonly recursionConfigs: Pick<RecursionConfigStore, "get">;
  readonly reservedConcurrency: Pick<ReservedConcurrencyStore, "get">;
  /** Events that destinations of kind Lambda cause. */
  readonly producer: EventProducer;
  readonly endpoints: DeliveryEndpoints;
  /** Delays and ages pass so many times faster; 1 is real time. */
  readonly timeScale: number;
  /** Events of one function tried at once, at most. */
  readonly dispatchMax: number;
}

/** A change of a function's settings is seen by its events so much later. */
const SETTINGS_KEPT_MS = 200;

/** The async-queue service: accepted events until success, destination, dead letter or expiry. */
export function createAsyncQueue(deps: AsyncQueueDependencies): Service {
  const dispatch = createDispatch(deps.dispatchMax, (id, limit) => consumer.setConcurrency(id, limit));
  const patience = createPatience(() => deps.timers.monotonic(), deps.timeScale);
  const delivery = createDelivery({
    endpoints: deps.endpoints,
    invokeAsync: (functionArn, payload, traceId) => invokeAsync(deps, { functionArn, payload, traceId }),
  });
  const settings = settingsOf(deps);
  const parts: WorkParts = {
    logger: deps.logger,
    lifecycle: deps.lifecycle,
    metrics: deps.metrics,
    now: () => deps.timers.now(),
    timeScale: deps.timeScale,
    random: Math.random,
    policyOf: async (event) => {
      const config = await settings.config(event);
      return {
        maximumRetryAttempts: config?.MaximumRetryAttempts ?? DEFAULT_RETRY_POLICY.maximumRetryAttempts,
        maximumEventAgeSeconds: config?.MaximumEventAgeInSeconds ?? DEFAULT_RETRY_POLICY.maximumEventAgeSeconds,
      };
    },
    targetsOf: (ended) => targetsOfEnded(settings, ended),
    attempt: (event) =>
      attempt(event, {
        ...deps,
        executor: dispatch.watching(deps.executor),
        mayRecurse: async (id) => (await deps.recursionConfigs.get(id)) === "Allow",
        isBlocked: async (id) => (await deps.reservedConcurrency.get(id)) === 0,
      }),
    deliver: (target, ended) => patience.send(target.arn, () => delivery.deliver(target, ended)),
  };
  const consumer = createEventConsumer({
    redis: deps.redis,
    logger: deps.logger,
    initialConcurrency: Math.min(deps.dispatchMax, INITIAL_DISPATCH_LIMIT.limit),
    onIdle: (id) => dispatch.forget(id),
    work: (item, save) => work(item, save, parts),
  });
  return {
    start: () => consumer.start(),
    async stop(deadlineMs) {
      await consumer.close(deadlineMs);
      delivery.close();
    },
  };
}

/** What users have set for an event's function. */
interface EventSettings {
  config(event: AsyncEvent): ReturnType<EventInvokeConfigStore["get"]>;
  deadLetterArn(event: AsyncEvent): Promise<string | undefined>;
}

function settingsOf({ configs, stores, timers }: AsyncQueueDependencies): EventSettings {
  const recently = createRecently(SETTINGS_KEPT_MS, () => timers.monotonic());
  const keyOf = ({ accountId, region, functionName, qualifier }: AsyncEvent): string =>
    `${accountId}:${region}:${functionName}:${qualifier}`;
  return {
    config: (event) => recently.get(`config ${keyOf(event)}`, () => configs.get(idOf(event), event.qualifier)),
    deadLetterArn: (event) =>
      recently.get(`function ${keyOf(event)}`, async () => {
        // Both versions of an alias with routing have the same dead-letter queue.
        const behind = await versionsBehind(stores, idOf(event), event.qualifier);
        return behind?.[0].content.DeadLetterConfig?.TargetArn;
      }),
  };
}

async function targetsOfEnded(settings: EventSettings, ended: Ended): Promise<readonly DeliveryTarget[]> {
  const [config, deadLetterArn] = await Promise.all([settings.config(ended.event), settings.deadLetterArn(ended.event)]);
  return targetsOf(ended, {
    ...(config?.DestinationConfig === undefined ? {} : { destinationConfig: config.DestinationConfig }),
    ...(deadLetterArn === undefined || deadLetterArn === "" ? {} : { deadLetterArn }),
  });
}

/** A destination of kind Lambda: the record becomes an event of that function, with retries of its own. */
async function invokeAsync(
  deps: AsyncQueueDependencies,
  call: { readonly functionArn: string; readonly payload: string; readonly traceId: string },
): Promise<void> {
  const parsed = parseFunctionName(call.functionArn);
  if (parsed?.accountId === undefined || parsed.region === undefined)
    throw new DeliveryFailed(`The destination ARN ${call.functionArn} names no function.`, true);
  const scope = { accountId: parsed.accountId, region: parsed.region };
  const { spec, invokedFunctionArn } = await deps.directory.resolve(scope, parsed.name, parsed.qualifier);
  const event = {
    requestId: randomUUID(),
    ...scope,
    functionName: parsed.name,
    qualifier: parsed.qualifier ?? "$LATEST",
    functionArn: spec.functionArn,
    invokedFunctionArn,
    payload: call.payload,
    traceId: call.traceId,
    acceptedAt: Math.floor(deps.timers.now()),
    attempts: 0,
    setbacks: 0,
  };
  await deps.producer.enqueue(event);
  deps.metrics.eventReceived(parsed.name);
  const { functionArn, qualifier, requestId, attempts } = event;
  deps.lifecycle.emit({ type: "async-event", at: deps.timers.now(), functionArn, qualifier, requestId, state: "queued", attempts });
}

function idOf(event: AsyncEvent): FunctionId {
  return { accountId: event.accountId, region: event.region, name: event.functionName };
}
