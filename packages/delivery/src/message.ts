import { DeliveryFailed } from "./delivery-failed.ts";
import type { TargetArn } from "./target-arn.ts";

/** An attribute as SQS and SNS take it. */
export interface MessageAttribute {
  readonly DataType: "String" | "Number";
  readonly StringValue: string;
}

/** A message for a queue or a topic. */
export interface Message {
  /** Of the queue or topic. */
  readonly arn: string;
  readonly body: string;
  readonly attributes?: Readonly<Record<string, MessageAttribute>>;
  /** `X-Amzn-Trace-Id` of what caused it; absent or empty for none. */
  readonly traceHeader?: string;
}

/** A message whose ARN has been read, and the signal that ends its try. */
export type Addressed<Sent> = Sent & { readonly target: TargetArn; readonly abortSignal: AbortSignal };

/** What attributes add to a message's size. */
export function textsOf(attributes: Readonly<Record<string, MessageAttribute>> = {}): string[] {
  return Object.entries(attributes).flatMap(([name, { DataType, StringValue }]) => [name, DataType, StringValue]);
}

/** Throws a permanent DeliveryFailed when the texts together are larger than the target takes; nothing is split or cut [docs]. */
export function requireSize({ arn }: TargetArn, texts: readonly string[], bytesMax: number): void {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > bytesMax) throw new DeliveryFailed(`The message for ${arn} has ${bytes} bytes, more than the ${bytesMax} it takes.`, true);
}

/** FIFO queues and topics are accepted in configurations and fail here, as on AWS. */
export function refuseFifo({ arn, resource }: TargetArn): void {
  if (resource.endsWith(".fifo")) throw new DeliveryFailed(`${arn} is FIFO, which Lambda does not deliver to.`, true);
}

/** The text without what SQS and SNS refuse because XML can't hold it; functions put anything into their errors. */
export function acceptableText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the characters
  return text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
}
