/** Settings of SQS. */
import { integer, oneOf, readConfig, text } from "@lambdock/kernel/config";

/** What SQS itself acts on, wherever it runs. */
export const sqsSettings = {
  nameReservedSeconds: integer(
    "LAMBDOCK_SQS_NAME_RESERVED_SECONDS",
    0,
    { min: 0, max: 3_600 },
    "Seconds for which the name of a deleted queue may not be used again; AWS: 60",
  ),
} as const;

/** Every variable of the SQS service. */
export const settings = {
  ...sqsSettings,
  host: text("LAMBDOCK_SQS_HOST", "127.0.0.1", "Address on which SQS listens"),
  port: integer("LAMBDOCK_SQS_PORT", 4_576, { min: 0, max: 65_535 }, "Port on which SQS listens; 0: any free one"),
  redisUrl: text("REDIS_URL", "redis://127.0.0.1:6379", "Redis"),
  region: text("LAMBDOCK_REGION", "us-east-1", "Region of requests that name none"),
  stopSeconds: integer("LAMBDOCK_STOP_SECONDS", 10, { min: 0, max: 900 }, "Time that running requests have to finish on stop"),
  logLevel: oneOf("LAMBDOCK_LOG_LEVEL", "info", ["debug", "info", "warn", "error", "silent"], "Least level of the service's own log"),
} as const;

/** The configuration of the SQS service, read once at start. */
export type SqsServiceConfig = ReturnType<typeof readSqsConfig>;
/** What {@link sqsSettings} read. */
export type SqsConfig = Pick<SqsServiceConfig, keyof typeof sqsSettings>;

/** Parses the environment; throws ConfigurationError with every rejection. */
export function readSqsConfig(env: Readonly<Record<string, string | undefined>>) {
  return readConfig(settings, env);
}

/** The configuration of this process. */
export function sqsConfig(): SqsServiceConfig {
  return readSqsConfig(process.env);
}
