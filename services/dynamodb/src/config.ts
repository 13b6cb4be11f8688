/** Settings of DynamoDB. */
import { integer, oneOf, readConfig, text } from "@lambdock/kernel/config";

/** Every variable of the DynamoDB service. */
export const settings = {
  host: text("LAMBDOCK_DYNAMODB_HOST", "127.0.0.1", "Address on which DynamoDB listens"),
  port: integer("LAMBDOCK_DYNAMODB_PORT", 4_578, { min: 0, max: 65_535 }, "Port on which DynamoDB listens; 0: any free one"),
  dataDirectory: text("LAMBDOCK_DATA_DIR", "/var/lib/lambdock", "Directory of everything that is kept"),
  stopSeconds: integer("LAMBDOCK_STOP_SECONDS", 10, { min: 0, max: 900 }, "Time that running requests have to finish on stop"),
  logLevel: oneOf("LAMBDOCK_LOG_LEVEL", "info", ["debug", "info", "warn", "error", "silent"], "Least level of the service's own log"),
} as const;

/** The configuration of the DynamoDB service, read once at start. */
export type DynamoDbServiceConfig = ReturnType<typeof readDynamoDbConfig>;

/** Parses the environment; throws ConfigurationError with every rejection. */
export function readDynamoDbConfig(env: Readonly<Record<string, string | undefined>>) {
  return readConfig(settings, env);
}

/** The configuration of this process. */
export function dynamoDbConfig(): DynamoDbServiceConfig {
  return readDynamoDbConfig(process.env);
}
