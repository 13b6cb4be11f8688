import { DeliveryFailed } from "./delivery-failed.ts";

/** Services that something can be delivered to. */
export type TargetService = "sqs" | "sns" | "lambda" | "events" | "s3";

/** A target's ARN, taken apart. */
export interface TargetArn {
  readonly arn: string;
  readonly service: TargetService;
  /** Empty for buckets, as is the account. */
  readonly region: string;
  readonly accountId: string;
  /** What follows the account: a queue's name, `event-bus/name`, `function:name`, a bucket. */
  readonly resource: string;
}

const NAMES: Readonly<Record<TargetService, string>> = {
  sqs: "queue",
  sns: "topic",
  lambda: "function",
  events: "event bus",
  s3: "bucket",
};
const PARTITION = /^aws(-[a-z0-9-]+)?$/;

/** Reads a target of one of these services; throws a permanent DeliveryFailed for one that can't be. */
export function parseTargetArn(arn: string, services: readonly TargetService[]): TargetArn {
  const [prefix, partition = "", service, region = "", accountId = "", ...rest] = arn.split(":");
  const known = services.find((name) => name === service);
  const resource = rest.join(":");
  const complete = resource !== "" && (known === "s3" || (region !== "" && accountId !== ""));
  if (prefix !== "arn" || !PARTITION.test(partition) || known === undefined || !complete)
    throw new DeliveryFailed(`${arn} can't be delivered to: it is no ${oneOf(services.map((name) => NAMES[name]))}.`, true);
  return { arn, service: known, region, accountId, resource };
}

function oneOf(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} or ${last}`;
}
