/** Settings of Kinesis. */
import { integer, oneOf, readConfig, text } from "@lambdock/kernel/config";

/** Every variable of the Kinesis service. */
export const settings = {
  host: text("LAMBDOCK_KINESIS_HOST", "127.0.0.1", "Address on which Kinesis listens"),
  port: integer("LAMBDOCK_KINESIS_PORT", 4_577, { min: 0, max: 65_535 }, "Port on which Kinesis listens; 0: any free one"),
  dataDirectory: text("LAMBDOCK_DATA_DIR", "/var/lib/lambdock", "Directory of everything that is kept"),
  region: text("LAMBDOCK_REGION", "us-east-1", "Region of requests that name none"),
  stopSeconds: integer("LAMBDOCK_STOP_SECONDS", 10, { min: 0, max: 900 }, "Time that running requests have to finish on stop"),
  logLevel: oneOf("LAMBDOCK_LOG_LEVEL", "info", ["debug", "info", "warn", "error", "silent"], "Least level of the service's own log"),
} as const;

/** The configuration of the Kinesis service, read once at start. */
export type KinesisServiceConfig = ReturnType<typeof readKinesisConfig>;

/** Parses the environment; throws ConfigurationError with every rejection. */
export function readKinesisConfig(env: Readonly<Record<string, string | undefined>>) {
  return readConfig(settings, env);
}

/** The configuration of this process. */
export function kinesisConfig(): KinesisServiceConfig {
  return readKinesisConfig(process.env);
}
