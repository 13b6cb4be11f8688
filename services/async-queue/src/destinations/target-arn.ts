import { DeliveryFailed } from "./delivery-failed.ts";

/** A target's ARN, taken apart. */
export interface TargetArn {
  readonly arn: string;
  readonly service: "sqs" | "sns" | "lambda" | "events" | "s3";
  /** The bucket's ARN has neither region nor account. */
  readonly region: string;
  readonly accountId: string;
  /** What follows the account: a queue's name, `event-bus/name`, `function:name`, a bucket. */
  readonly resource: string;
}

const SERVICES = ["sqs", "sns", "lambda", "events", "s3"] as const;

/** Reads a target; throws a permanent DeliveryFailed for one that can't be. */
export function parseTarget(arn: string): TargetArn {
  const [prefix, , service, region = "", accountId = "", ...rest] = arn.split(":");
  const known = SERVICES.find((name) => name === service);
  if (prefix !== "arn" || known === undefined)
    throw new DeliveryFailed(`Lambdock can't deliver to ${arn}: it is no queue, topic, function, event bus or bucket.`, true);
  return { arn, service: known, region, accountId, resource: rest.join(":") };
}
