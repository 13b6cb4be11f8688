/**
 * How a queue is named: a name in an account and region, its ARN, its URL. AWS: "Queue and message
 * identifiers" of the SQS developer guide.
 */
import { partitionOf, type Scope } from "@lambdock/model/arn";

/** One queue. */
export interface QueueRef extends Scope {
  readonly name: string;
}

/** Whether the name is that of a FIFO queue. */
export function isFifo(name: string): boolean {
  return name.endsWith(".fifo");
}

/** `arn:aws:sqs:R:ACC:NAME`. */
export function queueArn(queue: QueueRef): string {
  return `arn:${partitionOf(queue.region)}:sqs:${queue.region}:${queue.accountId}:${queue.name}`;
}

/** `http://host/ACC/NAME`, on the host that the caller used. */
export function queueUrl(endpoint: string, queue: QueueRef): string {
  return `${endpoint}/${queue.accountId}/${queue.name}`;
}

const ARN = /^arn:aws[a-z-]*:sqs:([a-z0-9-]+):(\d{12}):([a-zA-Z0-9_-]{1,80}(?:\.fifo)?)$/;

/** The queue that an ARN names; `undefined` when it is not one of SQS. */
export function parseQueueArn(arn: string): QueueRef | undefined {
  const match = ARN.exec(arn);
  return match === null ? undefined : { region: match[1]!, accountId: match[2]!, name: match[3]! };
}

const URL_END = /^(?:[a-z]+:\/\/[^/]+)?\/(?:queue\/[a-z0-9-]+\/)?(\d{12})\/([a-zA-Z0-9_.-]+)\/?$/;
const BARE_NAME = /^[a-zA-Z0-9_.-]+$/;

/**
 * The queue that a `QueueUrl` (or the path of one) names, whatever its host; a bare name is a queue
 * of the caller's account [recorded]. The region is the caller's. `undefined`: no such address.
 */
export function parseQueueUrl(url: string, scope: Scope): QueueRef | undefined {
  const match = URL_END.exec(url);
  if (match !== null) return { region: scope.region, accountId: match[1]!, name: match[2]! };
  return BARE_NAME.test(url) ? { ...scope, name: url } : undefined;
}
