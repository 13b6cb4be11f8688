/**
 * A received message: its record in the function's event, and what the poller needs besides. The
 * record's shape is AWS's, as recorded (esm.md 3.5).
 */
import type { Message, MessageAttributeValue } from "@aws-sdk/client-sqs";
import type { Grouped } from "@lambdock/polling/sqs/fifo-backlog";

export interface QueueMessage extends Grouped {
  readonly id: string;
  readonly receiptHandle: string;
  /** Epoch milliseconds. */
  readonly sentAt: number;
  readonly traceHeader?: string;
  readonly record: SqsRecord;
  /** The record as JSON: it is written once, for its size and for the event. */
  readonly json: string;
}

/** One of the event's `Records`. */
export interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, RecordAttribute>>;
  /** `null` only for mappings with a batching window. */
  readonly md5OfMessageAttributes?: string | null;
  readonly md5OfBody: string;
  readonly eventSource: "aws:sqs";
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

export interface RecordAttribute {
  readonly stringValue?: string;
  /** Base64. */
  readonly binaryValue?: string;
  readonly stringListValues: readonly [];
  readonly binaryListValues: readonly [];
  readonly dataType: string;
}

/** What a message is read with. */
export interface ReceiptFacts {
  readonly queueArn: string;
  readonly region: string;
  /** The mapping has a batching window. */
  readonly hasWindow: boolean;
  /** Epoch milliseconds from which SQS may give it to somebody else. */
  readonly visibleAt: number;
}

/** Reads what ReceiveMessage answered. */
export function queueMessage(message: Message, facts: ReceiptFacts): QueueMessage {
  const record = recordOf(message, facts);
  const { MessageGroupId: group = "", SentTimestamp: sent, AWSTraceHeader: traceHeader } = record.attributes;
  const json = JSON.stringify(record);
  return {
    id: record.messageId,
    receiptHandle: record.receiptHandle,
    group,
    sentAt: Number(sent ?? 0),
    visibleAt: facts.visibleAt,
    bytes: Buffer.byteLength(json),
    record,
    json,
    ...(traceHeader === undefined ? {} : { traceHeader }),
  };
}

/** The event of a batch. */
export function eventOf(batch: readonly QueueMessage[]): string {
  return `{"Records":[${batch.map(({ json }) => json).join(",")}]}`;
}

function recordOf(message: Message, { queueArn, region, hasWindow }: ReceiptFacts): SqsRecord {
  const md5 = message.MD5OfMessageAttributes ?? (hasWindow ? null : undefined);
  return {
    messageId: message.MessageId ?? "",
    receiptHandle: message.ReceiptHandle ?? "",
    body: message.Body ?? "",
    attributes: (message.Attributes ?? {}) as Readonly<Record<string, string>>,
    messageAttributes: attributesOf(message.MessageAttributes),
    ...(md5 === undefined ? {} : { md5OfMessageAttributes: md5 }),
    md5OfBody: message.MD5OfBody ?? "",
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}

function attributesOf(given: Readonly<Record<string, MessageAttributeValue>> | undefined): Record<string, RecordAttribute> {
  const attributes: Record<string, RecordAttribute> = {};
  for (const [name, { StringValue, BinaryValue, DataType }] of Object.entries(given ?? {})) {
    attributes[name] = {
      ...(StringValue === undefined ? {} : { stringValue: StringValue }),
      ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString("base64") }),
      stringListValues: [],
      binaryListValues: [],
      dataType: DataType ?? "String",
    };
  }
  return attributes;
}
