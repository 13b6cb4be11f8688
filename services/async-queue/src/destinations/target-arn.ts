import type { DeliveryTarget } from "@lambdock/async-invoke/targets";
import { DeliveryFailed } from "./delivery-failed.ts";

/** A target's ARN, taken apart. */
export interface TargetArn {
  readonly arn: string;
  readonly service: "sqs" | "sns" | "lambda" | "events" | "s3";
  /** Empty for buckets, as is the account. */
  readonly region: string;
  readonly accountId: string;
  /** What follows the account: a queue's name, `event-bus/name`, `function:name`, a bucket. */
  readonly resource: string;
}

const SERVICES = {
  destination: ["sqs", "sns", "lambda", "events", "s3"],
  "dead-letter": ["sqs", "sns"],
} as const;

/** Reads a target; throws a permanent DeliveryFailed for one that can't be. */
export function parseTarget(arn: string, kind: DeliveryTarget["kind"]): TargetArn {
  const [prefix, , service, region = "", accountId = "", ...rest] = arn.split(":");
  const known = SERVICES[kind].find((name) => name === service);
  const resource = rest.join(":");
  const complete = resource !== "" && (known === "s3" || (region !== "" && accountId !== ""));
  if (prefix !== "arn" || known === undefined || !complete) {
    const possible = kind === "destination" ? "queue, topic, function, event bus or bucket" : "queue or topic";
    throw new DeliveryFailed(`${arn} can't be delivered to: it is no ${possible}.`, true);
  }
  return { arn, service: known, region, accountId, resource };
}
