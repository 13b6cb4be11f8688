/** Dead letters. AWS: "Using dead-letter queues" of the developer guide. */
import { isFifo, parseQueueArn, queueArn, type QueueRef } from "../queue-ref.ts";
import { invalidParameter, invalidValue } from "../sqs-error.ts";

export interface RedrivePolicy {
  /** Where messages go that were received too often. */
  readonly target: QueueRef;
  readonly targetArn: string;
  readonly maxReceiveCount: number;
}

/** Reads a policy for a queue; the target's existence is checked elsewhere. Throws InvalidParameterValue. */
export function parseRedrivePolicy(text: string, source: QueueRef): RedrivePolicy {
  const refuse = (reason: string): Error => invalidValue(text, "RedrivePolicy", reason);
  const policy = parseObject(text);
  if (policy === undefined) throw refuse("Redrive policy is not a valid JSON map.");
  const { deadLetterTargetArn: arn, maxReceiveCount: count, ...others } = policy;
  const stranger = Object.keys(others)[0];
  if (stranger !== undefined) throw refuse(`Amazon SQS can't create the redrive policy. Unknown attribute: ${stranger}.`);
  if (arn === undefined || arn === "") throw refuse("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  if (count === undefined) throw refuse("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  const written = typeof count === "string" ? count : JSON.stringify(count);
  const maxReceiveCount = /^\d+$/.test(written) ? Number(written) : 0;
  if (maxReceiveCount < 1 || maxReceiveCount > 1000)
    throw refuse(`Invalid value for maxReceiveCount: ${written}, valid values are from 1 to 1000 both inclusive.`);
  const target = typeof arn === "string" ? parseQueueArn(arn) : undefined;
  if (target === undefined) throw refuse("Invalid value for deadLetterTargetArn.");
  if (target.accountId !== source.accountId || target.region !== source.region)
    throw refuse("Dead letter target must be in the same account and region as the source.");
  if (isFifo(target.name) !== isFifo(source.name)) throw refuse("Dead-letter queue must be same type of queue as the source.");
  return { target, targetArn: queueArn(target), maxReceiveCount };
}

const PERMISSIONS = ["allowAll", "denyAll", "byQueue"];
const SOURCES_MAX = 10;

/** Checks a RedriveAllowPolicy. Throws InvalidParameterValue. */
export function checkRedriveAllowPolicy(text: string): void {
  const refuse = (reason: string): Error => invalidValue(text, "RedriveAllowPolicy", reason);
  const policy = parseObject(text);
  if (policy === undefined) throw refuse("Redrive allow policy is not a valid JSON map.");
  const { redrivePermission: permission, sourceQueueArns: sources } = policy;
  if (typeof permission !== "string" || !PERMISSIONS.includes(permission))
    throw refuse(`Invalid value for redrivePermission: valid values are ${PERMISSIONS.join(", ")}.`);
  if (permission !== "byQueue") {
    if (sources !== undefined) throw refuse("sourceQueueArns can be given only when redrivePermission is byQueue.");
    return;
  }
  if (!Array.isArray(sources) || sources.length === 0 || sources.length > SOURCES_MAX)
    throw refuse(`sourceQueueArns must have 1 to ${SOURCES_MAX} entries.`);
  if (!sources.every((arn) => typeof arn === "string" && parseQueueArn(arn) !== undefined))
    throw refuse("sourceQueueArns must be ARNs of queues.");
}

/** Whether a queue with this RedriveAllowPolicy (`undefined`: none) takes dead letters of that source. */
export function allowsSource(allowPolicy: string | undefined, source: QueueRef): boolean {
  const policy = allowPolicy === undefined ? undefined : parseObject(allowPolicy);
  if (policy === undefined || policy["redrivePermission"] === "allowAll") return true;
  return (
    policy["redrivePermission"] === "byQueue" &&
    Array.isArray(policy["sourceQueueArns"]) &&
    policy["sourceQueueArns"].includes(queueArn(source))
  );
}

/** 400: the target of a RedrivePolicy is not there, or refuses. */
export function targetRefused(policy: string, reason: string): Error {
  return invalidParameter(`Value ${policy} for parameter RedrivePolicy is invalid. Reason: ${reason}`);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
