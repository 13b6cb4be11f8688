/** The async queue's settings. */
import { deliverySettings } from "@lambdock/delivery/config";
import { factor, integer, oneOf, readConfig, text } from "@lambdock/kernel/config";

/** Settings of the queue itself, also used where the services run in one process. */
export const asyncSettings = {
  timeScale: factor("LAMBDOCK_TIME_SCALE", 1, "Retry delays and event ages pass so many times faster"),
  dispatchMax: integer(
    "LAMBDOCK_ASYNC_DISPATCH_MAX",
    1_000,
    { min: 1, max: 100_000 },
    "Asynchronous events of one function tried at once, at most",
  ),
  ...deliverySettings,
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
