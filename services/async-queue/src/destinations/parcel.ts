import { deadLetterAttributes, destinationRecord, type Ended } from "@lambdock/async-invoke/destination-record";
import type { DeliveryTarget } from "@lambdock/async-invoke/targets";
import { DeliveryFailed } from "./delivery-failed.ts";
import type { TargetArn } from "./target-arn.ts";

/** One delivery: what ended, and where it shall be told. */
export interface Parcel {
  readonly kind: DeliveryTarget["kind"];
  readonly arn: TargetArn;
  readonly ended: Ended;
  /** Ends the try when it has taken too long. */
  readonly abortSignal: AbortSignal;
}

/** Delivers to the targets of one service. */
export interface Carrier {
  send(parcel: Parcel): Promise<void>;
  close(): void;
}

/** An attribute as SQS and SNS take it. */
export interface MessageAttribute {
  readonly DataType: "String" | "Number";
  readonly StringValue: string;
}

/** A destination receives the record, a dead-letter queue the event itself. */
export function bodyOf({ kind, ended }: Parcel): string {
  return kind === "dead-letter" ? ended.event.payload : destinationRecord(ended);
}

/** A dead letter's three attributes [recorded]; a destination's message has none. An error without a message has no ErrorMessage, because attributes must not be empty. */
export function attributesOf({ kind, ended }: Parcel): Record<string, MessageAttribute> {
  if (kind !== "dead-letter") return {};
  const { RequestID, ErrorCode, ErrorMessage } = deadLetterAttributes(ended);
  const message = acceptable(ErrorMessage);
  return {
    RequestID: { DataType: "String", StringValue: RequestID },
    ErrorCode: { DataType: "Number", StringValue: ErrorCode },
    ...(message === "" ? {} : { ErrorMessage: { DataType: "String", StringValue: message } }),
  };
}

/** What attributes add to a message's size. */
export function textsOf(attributes: Readonly<Record<string, MessageAttribute>>): string[] {
  return Object.entries(attributes).flatMap(([name, { DataType, StringValue }]) => [name, DataType, StringValue]);
}

/** Throws a permanent DeliveryFailed when the texts together are larger than the target takes; nothing is split or cut [docs]. */
export function requireSize({ arn }: TargetArn, texts: readonly string[], bytesMax: number): void {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > bytesMax) throw new DeliveryFailed(`The message for ${arn} has ${bytes} bytes, more than the ${bytesMax} it takes.`, true);
}

/** FIFO queues and topics are accepted in configurations and fail here, as on AWS. */
export function refuseFifo({ arn, resource }: TargetArn): void {
  if (resource.endsWith(".fifo")) throw new DeliveryFailed(`${arn} is FIFO, which asynchronous invocation does not deliver to.`, true);
}

/** SQS and SNS refuse what XML can't hold, and functions put anything into their errors. */
function acceptable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the characters
  return text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
}
