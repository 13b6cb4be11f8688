/** What is sent when an event has ended; how it is sent is `@lambdock/delivery`'s. */
import { deadLetterAttributes, destinationRecord, qualifiedArn, type Ended } from "@lambdock/async-invoke/destination-record";
import type { DeliveryTarget } from "@lambdock/async-invoke/targets";
import type { BusEvent } from "@lambdock/delivery/event-bus-putter";
import { acceptableText, type MessageAttribute } from "@lambdock/delivery/message";
import type { BucketObject } from "@lambdock/delivery/s3-writer";

/** A destination receives the record, a dead-letter queue the event itself. */
export function bodyOf(kind: DeliveryTarget["kind"], ended: Ended): string {
  return kind === "dead-letter" ? ended.event.payload : destinationRecord(ended);
}

/** A dead letter's three attributes [recorded]; a destination's message has none. An error without a message has no ErrorMessage, because attributes must not be empty. */
export function attributesOf(kind: DeliveryTarget["kind"], ended: Ended): Record<string, MessageAttribute> {
  if (kind !== "dead-letter") return {};
  const { RequestID, ErrorCode, ErrorMessage } = deadLetterAttributes(ended);
  const message = acceptableText(ErrorMessage);
  return {
    RequestID: { DataType: "String", StringValue: RequestID },
    ErrorCode: { DataType: "Number", StringValue: ErrorCode },
    ...(message === "" ? {} : { ErrorMessage: { DataType: "String", StringValue: message } }),
  };
}

/** The record as an event; `source` is `lambda` as recorded, not `aws.lambda` as documented. */
export function busEventOf(busArn: string, ended: Ended): BusEvent {
  return {
    busArn,
    source: "lambda",
    detailType: `Lambda Function Invocation Result - ${ended.condition === "Success" ? "Success" : "Failure"}`,
    resources: [busArn, qualifiedArn(ended.event)],
    detail: destinationRecord(ended),
  };
}

/** The record as an object. */
export function objectOf(bucketArn: string, ended: Ended): BucketObject {
  return { bucketArn, key: keyOf(ended), body: destinationRecord(ended), place: ended.event };
}

/** `aws/lambda/async/<function-name>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>` [docs]; the request's id, so that a repeated delivery writes the same object. */
function keyOf({ event, endedAt }: Ended): string {
  const time = new Date(endedAt).toISOString().slice(0, 19);
  return `aws/lambda/async/${event.functionName}/${time.slice(0, 10).replaceAll("-", "/")}/${time.replaceAll(":", ".")}-${event.requestId}`;
}
