/** The poller's settings. */
import { deliveryEndpoints, deliverySettings, endpoint } from "@lambdock/delivery/config";
import type { ServiceAddress } from "@lambdock/delivery/endpoints";
import { factor, integer, oneOf, readConfig, text } from "@lambdock/kernel/config";
import type { SourceEndpoints } from "./port.ts";

/** Settings of polling itself, also used where the services run in one process. */
export const pollerSettings = {
  ...deliverySettings,
  kinesisEndpoint: endpoint("LAMBDOCK_KINESIS_ENDPOINT", "Kinesis that mappings poll; empty: Lambdock's own"),
  dynamodbEndpoint: endpoint("LAMBDOCK_DYNAMODB_ENDPOINT", "DynamoDB and its streams that mappings poll; empty: Lambdock's own"),
  timeScale: factor("LAMBDOCK_TIME_SCALE", 1, "Batching windows, scaling, retry delays and record ages pass so many times faster"),
} as const;

/** Every variable of the poller service. */
export const settings = {
  ...pollerSettings,
  host: text("LAMBDOCK_POLLER_HOST", "127.0.0.1", "Address of the service's own HTTP server (health and metrics)"),
  port: integer("LAMBDOCK_POLLER_PORT", 4_572, { min: 0, max: 65_535 }, "Port of the service's own HTTP server"),
  executorUrl: text("LAMBDOCK_EXECUTOR_URL", "http://127.0.0.1:4570", "Where the executor's API is"),
  gatewayUrl: text(
    "LAMBDOCK_GATEWAY_URL",
    "http://127.0.0.1:4566",
    "Lambdock's own endpoint, where sources and destinations are by default",
  ),
  sqsUrl: endpoint("LAMBDOCK_SQS_URL", "Lambdock's own SQS without the way through the gateway; empty: through it"),
  kinesisUrl: endpoint("LAMBDOCK_KINESIS_URL", "Lambdock's own Kinesis without the way through the gateway; empty: through it"),
  dynamoDbUrl: endpoint("LAMBDOCK_DYNAMODB_URL", "Lambdock's own DynamoDB without the way through the gateway; empty: through it"),
  redisUrl: text("REDIS_URL", "redis://127.0.0.1:6379", "Redis"),
  lifecycleEvents: integer("LAMBDOCK_LIFECYCLE_EVENTS", 100_000, { min: 1, max: 10_000_000 }, "Lifecycle events kept in Redis"),
  stopSeconds: integer("LAMBDOCK_STOP_SECONDS", 10, { min: 0, max: 900 }, "Time that running batches have to finish on stop"),
  logLevel: oneOf("LAMBDOCK_LOG_LEVEL", "info", ["debug", "info", "warn", "error", "silent"], "Least level of the service's own log"),
} as const;

/** The configuration, read once at start. */
export type PollerConfig = ReturnType<typeof readPollerConfig>;

/** Reads the table; throws ConfigurationError with every rejection. */
export function readPollerConfig(env: Readonly<Record<string, string | undefined>>) {
  return readConfig(settings, env);
}

/** The configuration of this process. */
export function pollerConfig(): PollerConfig {
  return readPollerConfig(process.env);
}

/** Where sources and destinations are: what is set, and Lambdock's own for the rest. */
export function sourceEndpoints(config: Pick<PollerConfig, keyof typeof pollerSettings>, own: OwnEndpoints): SourceEndpoints {
  const { targetCredentials } = config;
  const at = (given: string, ours = ""): ServiceAddress => {
    const endpoint = [given, ours, own.gateway].find((address) => address !== "")!;
    // As for the gateway, what is reached by https is elsewhere.
    const elsewhere = given !== "" || endpoint.startsWith("https:");
    return { endpoint, ...(elsewhere && targetCredentials !== null ? { credentials: targetCredentials } : {}) };
  };
  return {
    sqs: at(config.sqsEndpoint, own.sqsUrl),
    kinesis: at(config.kinesisEndpoint, own.kinesisUrl),
    dynamodb: at(config.dynamodbEndpoint, own.dynamoDbUrl),
    delivery: deliveryEndpoints(config, own.gateway),
  };
}

/** Lambdock's own services as the poller reaches them; what is absent or empty is reached through the gateway. */
export interface OwnEndpoints {
  readonly gateway: string;
  readonly sqsUrl?: string;
  readonly kinesisUrl?: string;
  readonly dynamoDbUrl?: string;
}
