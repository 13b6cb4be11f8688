/** The async queue's settings. */
import type { DeliveryEndpoints } from "./destinations/endpoints.ts";
import { integer, oneOf, readConfig, text, type Setting } from "@lambdock/kernel/config";

/** A factor of at least 1. */
function factor(variable: string, fallback: number, meaning: string): Setting<number> {
  return {
    variable,
    fallback: String(fallback),
    meaning,
    expected: "a number of 1 or more",
    parse: (value) => (/^\d+(\.\d+)?$/.test(value) && Number(value) >= 1 ? Number(value) : undefined),
  };
}

/** Settings of the queue itself, also used where the services run in one process. */
export const asyncSettings = {
  timeScale: factor("LAMBDOCK_TIME_SCALE", 1, "Retry delays and event ages pass so many times faster"),
  dispatchMax: integer(
    "LAMBDOCK_ASYNC_DISPATCH_MAX",
    1_000,
    { min: 1, max: 100_000 },
    "Asynchronous events of one function tried at once, at most",
  ),
  sqsEndpoint: text("LAMBDOCK_SQS_ENDPOINT", "", "SQS for destinations and dead letters; empty: Lambdock's own"),
  snsEndpoint: text("LAMBDOCK_SNS_ENDPOINT", "", "SNS for destinations and dead letters; empty: Lambdock's own"),
  eventBridgeEndpoint: text("LAMBDOCK_EVENTBRIDGE_ENDPOINT", "", "EventBridge for destinations; empty: Lambdock's own"),
  s3Endpoint: text("LAMBDOCK_S3_ENDPOINT", "", "S3 for destinations and for code in S3; empty: Lambdock's own"),
} as const;

/** Every variable of the async-queue service. */
export const settings = {
  ...asyncSettings,
  host: text("LAMBDOCK_ASYNC_HOST", "127.0.0.1", "Address of the service's own HTTP server (health and metrics)"),
  port: integer("LAMBDOCK_ASYNC_PORT", 4_571, { min: 0, max: 65_535 }, "Port of the service's own HTTP server"),
  executorUrl: text("LAMBDOCK_EXECUTOR_URL", "http://127.0.0.1:4570", "Where the executor's API is"),
  gatewayUrl: text("LAMBDOCK_GATEWAY_URL", "http://127.0.0.1:4566", "Lambdock's own endpoint, where destinations are by default"),
  redisUrl: text("REDIS_URL", "redis://127.0.0.1:6379", "Redis"),
  lifecycleEvents: integer("LAMBDOCK_LIFECYCLE_EVENTS", 100_000, { min: 1, max: 10_000_000 }, "Lifecycle events kept in Redis"),
  stopSeconds: integer("LAMBDOCK_STOP_SECONDS", 10, { min: 0, max: 900 }, "Time that running events have to finish on stop"),
  logLevel: oneOf("LAMBDOCK_LOG_LEVEL", "info", ["debug", "info", "warn", "error", "silent"], "Least level of the service's own log"),
} as const;

/** Where deliveries go: the given endpoints, and Lambdock's own for the rest. */
export function endpointsOf(
  config: Pick<AsyncQueueConfig, "sqsEndpoint" | "snsEndpoint" | "eventBridgeEndpoint" | "s3Endpoint">,
  own: string,
): DeliveryEndpoints {
  return {
    own,
    ...(config.sqsEndpoint === "" ? {} : { sqs: config.sqsEndpoint }),
    ...(config.snsEndpoint === "" ? {} : { sns: config.snsEndpoint }),
    ...(config.eventBridgeEndpoint === "" ? {} : { eventBridge: config.eventBridgeEndpoint }),
    ...(config.s3Endpoint === "" ? {} : { s3: config.s3Endpoint }),
  };
}

/** The configuration, read once at start. */
export type AsyncQueueConfig = ReturnType<typeof readAsyncQueueConfig>;

/** Reads the table; throws ConfigurationError with every rejection. */
export function readAsyncQueueConfig(env: Readonly<Record<string, string | undefined>>) {
  return readConfig(settings, env);
}

/** The configuration of this process. */
export function asyncQueueConfig(): AsyncQueueConfig {
  return readAsyncQueueConfig(process.env);
}
