import { deadLetterAttributes, destinationRecord, type Ended } from "@lambdock/async-invoke/destination-record";
import type { DeliveryTarget } from "@lambdock/async-invoke/targets";
import { DeliveryFailed } from "./delivery-failed.ts";
import type { TargetArn } from "./target-arn.ts";

/** One delivery: what ended, and where it shall be told. */
export interface Parcel {
  readonly kind: DeliveryTarget["kind"];
  readonly arn: TargetArn;
  readonly ended: Ended;
}

/** Delivers to the targets of one service. */
export interface Carrier {
  send(parcel: Parcel): Promise<void>;
  close(): void;
}

/** A destination receives the record, a dead-letter queue the event itself. */
export function bodyOf({ kind, ended }: Parcel, bytesMax: number, arn: string): string {
  const body = kind === "dead-letter" ? ended.event.payload : destinationRecord(ended);
  const bytes = Buffer.byteLength(body);
  if (bytes > bytesMax) throw new DeliveryFailed(`The message for ${arn} has ${bytes} bytes, more than the ${bytesMax} it takes.`, true);
  return body;
}

/** A dead letter's three attributes, as SQS and SNS take them; a destination's message has none. */
export function attributesOf({ kind, ended }: Parcel): {
  readonly MessageAttributes?: Record<string, { DataType: string; StringValue: string }>;
} {
  if (kind !== "dead-letter") return {};
  const { RequestID, ErrorCode, ErrorMessage } = deadLetterAttributes(ended);
  return {
    MessageAttributes: {
      RequestID: { DataType: "String", StringValue: RequestID },
      ErrorCode: { DataType: "Number", StringValue: ErrorCode },
      // An attribute must not be empty.
      ErrorMessage: { DataType: "String", StringValue: ErrorMessage === "" ? " " : ErrorMessage },
    },
  };
}

/** FIFO queues and topics are accepted in configurations and fail here, as on AWS. */
export function refuseFifo({ arn, resource }: TargetArn): void {
  if (resource.endsWith(".fifo")) throw new DeliveryFailed(`${arn} is FIFO, which asynchronous invocation does not deliver to.`, true);
}
