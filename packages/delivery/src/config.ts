/** Where deliveries go, as settings: the same for every service that delivers. */
import { text, type Setting } from "@lambdock/kernel/config";
import { targetCredentials, type TargetCredentials } from "@lambdock/kernel/target-credentials";
import type { DeliveryEndpoints } from "./endpoints.ts";

/** An address; `{region}` in it stands for the target's region, where the service has one. */
export function endpoint(variable: string, meaning: string): Setting<string> {
  return {
    variable,
    fallback: "",
    meaning,
    expected: "an address such as http://127.0.0.1:4566 or https://sqs.{region}.amazonaws.com",
    parse: (value) => (value === "" || /^https?:\/\/[^/\s]+(\/\S*)?$/.test(value) ? value.replace(/\/$/, "") : undefined),
  };
}

/** Variables of every service that delivers. */
export const deliverySettings = {
  sqsEndpoint: endpoint("LAMBDOCK_SQS_ENDPOINT", "SQS for destinations and dead letters; empty: Lambdock's own"),
  snsEndpoint: endpoint("LAMBDOCK_SNS_ENDPOINT", "SNS for destinations and dead letters; empty: Lambdock's own"),
  eventBridgeEndpoint: endpoint("LAMBDOCK_EVENTBRIDGE_ENDPOINT", "EventBridge for destinations; empty: Lambdock's own"),
  s3Endpoint: text("LAMBDOCK_S3_ENDPOINT", "", "S3 for destinations and for code in S3; empty: Lambdock's own"),
  targetCredentials: targetCredentials(
    "LAMBDOCK_TARGET_CREDENTIALS",
    "Keys for these endpoints; empty: the target's account is the access key",
  ),
} as const;

/** What {@link deliverySettings} were read as. */
export interface DeliveryConfig {
  readonly sqsEndpoint: string;
  readonly snsEndpoint: string;
  readonly eventBridgeEndpoint: string;
  readonly s3Endpoint: string;
  readonly targetCredentials: TargetCredentials | null;
}

/** Where deliveries go: the given endpoints, and Lambdock's own for the rest. */
export function deliveryEndpoints(config: DeliveryConfig, own: string): DeliveryEndpoints {
  return {
    own,
    ...(config.sqsEndpoint === "" ? {} : { sqs: config.sqsEndpoint }),
    ...(config.snsEndpoint === "" ? {} : { sns: config.snsEndpoint }),
    ...(config.eventBridgeEndpoint === "" ? {} : { eventBridge: config.eventBridgeEndpoint }),
    ...(config.s3Endpoint === "" ? {} : { s3: config.s3Endpoint }),
    ...(config.targetCredentials === null ? {} : { credentials: config.targetCredentials }),
  };
}
