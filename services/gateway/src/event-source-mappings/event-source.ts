import { AwsError, invalidParameter } from "@lambdock/model/errors/aws-error";
import type { SourceKind } from "@lambdock/model/event-source-mapping";
import { validationError, violation } from "@lambdock/wire/constraints";
import type { CreateMappingInput } from "./mapping-inputs.ts";

/** A source that Lambdock reads. */
export interface EventSource {
  readonly kind: SourceKind;
  readonly arn: string;
  readonly fifo: boolean;
}

/** As in the API model, and the region that a DynamoDB of Lambdock's (dynoxide) writes into the ARNs of its streams. */
const ARN = /^arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1}|dynoxide)?:(\d{12})?:(.*)$/;
const ARN_IN_MODEL = "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}(-gov)?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)";

const RESOURCES: readonly { readonly kind: SourceKind; readonly service: string; readonly resource: RegExp }[] = [
  { kind: "sqs", service: "sqs", resource: /^[\w-]{1,80}(\.fifo)?$/ },
  { kind: "kinesis", service: "kinesis", resource: /^stream\/[\w.-]{1,128}(\/consumer\/[\w.-]{1,128}:\d+)?$/ },
  { kind: "dynamodb", service: "dynamodb", resource: /^table\/[\w.-]{3,255}\/stream\/.+$/ },
];

/** Sources of AWS that Lambdock has no poller for. */
const UNSUPPORTED: Readonly<Partial<Record<string, string>>> = {
  kafka: "Amazon MSK",
  mq: "Amazon MQ",
  rds: "Amazon DocumentDB",
};

/** Throws ValidationException, as the front end would, for what is no ARN. */
export function checkArn(arn: string): void {
  if (ARN.test(arn)) return;
  const constraint = `Member must satisfy regular expression pattern: ${ARN_IN_MODEL}`;
  throw validationError([violation({ path: "eventSourceArn", value: arn }, constraint)]);
}

/** The source that a creation names. Throws for none, for an unknown one, and 501 for Kafka, MQ and DocumentDB. */
export function eventSourceOf(input: CreateMappingInput): EventSource {
  const { EventSourceArn: arn, SelfManagedEventSource, SourceAccessConfigurations } = input;
  if (SelfManagedEventSource !== undefined) {
    if (SourceAccessConfigurations === undefined) throw invalidParameter("Required 'sourceAccessConfigurations' parameter is missing.");
    throw notPolled("self-managed Apache Kafka");
  }
  if (arn === undefined) throw unrecognized();
  checkArn(arn);
  const [, , service = "", , , ...rest] = arn.split(":");
  const unsupported = Object.hasOwn(UNSUPPORTED, service) ? UNSUPPORTED[service] : undefined;
  if (unsupported !== undefined) throw notPolled(unsupported);
  const resource = rest.join(":");
  const found = RESOURCES.find((each) => each.service === service && each.resource.test(resource));
  if (found === undefined) throw unrecognized();
  return { kind: found.kind, arn, fifo: found.kind === "sqs" && resource.endsWith(".fifo") };
}

/** The stored source of a mapping. */
export function sourceOfMapping({ source, eventSourceArn }: { readonly source: SourceKind; readonly eventSourceArn: string }): EventSource {
  return { kind: source, arn: eventSourceArn, fifo: source === "sqs" && eventSourceArn.endsWith(".fifo") };
}

function unrecognized(): AwsError {
  return invalidParameter("Unrecognized event source.");
}

function notPolled(source: string): AwsError {
  return new AwsError(
    "NotImplementedException",
    `Lambdock does not implement event source mappings for ${source}: it polls Amazon SQS, Kinesis and DynamoDB Streams.`,
  );
}
