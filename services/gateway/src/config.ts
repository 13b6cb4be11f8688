/** The gateway's settings. */
import { flag, integer, oneOf, readConfig, text, type Setting } from "@lambdock/kernel/config";
import { credentialPairs } from "@lambdock/kernel/credential-pairs";
import { targetCredentials } from "@lambdock/kernel/target-credentials";
import { UNRESERVED_MINIMUM } from "@lambdock/model/reserved-concurrency";

/** A region's name. */
function region(variable: string): Setting<string> {
  return {
    variable,
    fallback: "us-east-1",
    meaning: "Region of requests that name none",
    expected: "a region such as us-east-1",
    parse: (value) => (/^[a-z]{2}(-[a-z]+)+-\d$/.test(value) ? value : undefined),
  };
}

/** An `http://` address. */
function httpUrl(variable: string, fallback: string, meaning: string): Setting<string> {
  return {
    variable,
    fallback,
    meaning,
    expected: "an address such as http://127.0.0.1:4570",
    parse: (value) => (/^http:\/\/[^/\s]+\/?$/.test(value) ? value.replace(/\/$/, "") : undefined),
  };
}

/** `http://` addresses, separated by commas. */
function httpUrls(variable: string, meaning: string): Setting<readonly string[]> {
  return {
    variable,
    fallback: "",
    meaning,
    expected: "addresses such as http://127.0.0.1:4571/metrics, separated by commas",
    parse: (value) => {
      const urls = value.split(",").flatMap((url) => (url.trim() === "" ? [] : [url.trim()]));
      return urls.every((url) => /^http:\/\/[^/\s]+(\/\S*)?$/.test(url)) ? urls : undefined;
    },
  };
}

/** Where a service is that the gateway passes requests on to. */
function sourceUrl(variable: string, meaning: string): Setting<string> {
  return {
    variable,
    fallback: "",
    meaning,
    expected: "an address such as http://127.0.0.1:4577 or https://kinesis.{region}.amazonaws.com",
    parse: (value) => (value === "" || /^https?:\/\/[^/\s]+\/?$/.test(value) ? value.replace(/\/$/, "") : undefined),
  };
}

/** Where services beside Lambda are, if they are not in the same process. */
export const sourceSettings = {
  sqsUrl: sourceUrl("LAMBDOCK_SQS_URL", "Where SQS is"),
  kinesisUrl: sourceUrl("LAMBDOCK_KINESIS_URL", "Where Kinesis is"),
  dynamoDbUrl: sourceUrl("LAMBDOCK_DYNAMODB_URL", "Where DynamoDB and its streams are"),
  targetCredentials: targetCredentials(
    "LAMBDOCK_TARGET_CREDENTIALS",
    "Keys with which requests for these services are signed anew behind https",
  ),
} as const;

/** Settings of the HTTP server itself, also used where the services run in one process. */
export const serverSettings = {
  host: text("LAMBDOCK_HOST", "127.0.0.1", "Address on which the gateway listens"),
  port: integer("LAMBDOCK_PORT", 4_566, { min: 0, max: 65_535 }, "Port on which the gateway listens; 0: any free one"),
  region: region("LAMBDOCK_REGION"),
  requireSignature: flag("LAMBDOCK_REQUIRE_SIGNATURE", false, "Refuse requests without a valid AWS signature"),
  consoleToken: text("LAMBDOCK_CONSOLE_TOKEN", "", "What users of the console and of Lambdock's own API must know; empty: nothing"),
  unreservedMinimum: integer(
    "LAMBDOCK_UNRESERVED_MINIMUM",
    UNRESERVED_MINIMUM,
    { min: 0, max: 1_000_000 },
    "Concurrent executions that no function can reserve or have provisioned, so that functions without a reservation keep them",
  ),
  credentials: credentialPairs("LAMBDOCK_CREDENTIALS", "Access keys that may sign requests when LAMBDOCK_REQUIRE_SIGNATURE is set"),
} as const;

/** How much is remembered of what happened. */
export const historySettings = {
  lifecycleEvents: integer("LAMBDOCK_LIFECYCLE_EVENTS", 100_000, { min: 1, max: 10_000_000 }, "Lifecycle events kept in Redis"),
  metricsDays: integer("LAMBDOCK_METRICS_DAYS", 15, { min: 1, max: 455 }, "Days that CloudWatch metrics are kept"),
} as const;

/** Where the queues and streams of event source mappings are, as the gateway looks at them when a mapping is made. */
export const mappingSourceSettings = {
  sqsEndpoint: sourceUrl("LAMBDOCK_SQS_ENDPOINT", "SQS of event source mappings; empty: Lambdock's own endpoint"),
  kinesisEndpoint: sourceUrl("LAMBDOCK_KINESIS_ENDPOINT", "Kinesis of event source mappings; empty: Lambdock's own endpoint"),
  dynamodbEndpoint: sourceUrl("LAMBDOCK_DYNAMODB_ENDPOINT", "DynamoDB Streams of event source mappings; empty: Lambdock's own endpoint"),
} as const;

/** Every variable of the gateway service. */
export const settings = {
  ...serverSettings,
  ...sourceSettings,
  ...mappingSourceSettings,
  ...historySettings,
  executorUrl: httpUrl("LAMBDOCK_EXECUTOR_URL", "http://127.0.0.1:4570", "Where the executor's API is"),
  consoleUrl: sourceUrl("LAMBDOCK_CONSOLE_URL", "Where the console is that the gateway serves; empty: nowhere"),
  metricsUrls: httpUrls("LAMBDOCK_METRICS_URLS", "Other services' metrics, shown with the gateway's own"),
  redisUrl: text("REDIS_URL", "redis://127.0.0.1:6379", "Redis"),
  dataDirectory: text("LAMBDOCK_DATA_DIR", "/var/lib/lambdock", "Directory of function code, shared with the executor"),
  s3Endpoint: text("LAMBDOCK_S3_ENDPOINT", "", "Where code given as S3Bucket and S3Key is fetched from; empty: nowhere"),
  accountConcurrency: integer(
    "LAMBDOCK_CONCURRENCY",
    1_000,
    { min: 1, max: 1_000_000 },
    "Concurrent executions of the account, as GetAccountSettings tells them",
  ),
  stopSeconds: integer("LAMBDOCK_STOP_SECONDS", 10, { min: 0, max: 900 }, "Time that running requests have to finish on stop"),
  logLevel: oneOf("LAMBDOCK_LOG_LEVEL", "info", ["debug", "info", "warn", "error", "silent"], "Least level of the service's own log"),
} as const;

/** The gateway's configuration, read once at start. */
export type GatewayConfig = ReturnType<typeof readGatewayConfig>;

/** Reads the table; throws ConfigurationError with every rejection. */
export function readGatewayConfig(env: Readonly<Record<string, string | undefined>>) {
  return readConfig(settings, env);
}

/** The configuration of this process. */
export function gatewayConfig(): GatewayConfig {
  return readGatewayConfig(process.env);
}
