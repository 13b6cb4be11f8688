/**
 * Tells a target how an event ended: a destination receives the record, a dead-letter queue the
 * event itself with three attributes (async.md sections 3.1 and 4).
 */
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { PublishCommand } from "@aws-sdk/client-sns";
import { GetQueueUrlCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { deadLetterAttributes, destinationRecord, qualifiedArn, type Ended } from "@lambdock/async-invoke/destination-record";
import type { DeliveryTarget } from "@lambdock/async-invoke/targets";
import { createClients, type Clients, type DeliveryEndpoints } from "./clients.ts";
import { DeliveryFailed } from "./delivery-failed.ts";
import { parseTarget, type TargetArn } from "./target-arn.ts";

export interface DeliveryOptions {
  readonly endpoints: DeliveryEndpoints;
  /** Makes the payload an asynchronous event of that function. */
  readonly invokeAsync: (functionArn: string, payload: string, traceId: string) => Promise<void>;
}

/** The delivering end. */
export interface Delivery {
  /** Resolves once the target has it; rejects with DeliveryFailed. */
  deliver(target: DeliveryTarget, ended: Ended): Promise<void>;
  close(): void;
}

/** Bytes that one message may have. https://docs.aws.amazon.com/general/latest/gr/sns.html */
const SNS_BYTES_MAX = 262_144;
const SQS_BYTES_MAX = 1_048_576;
const EVENTS_BYTES_MAX = 1_048_576;

/** A delivery over the AWS SDK. */
export function createDelivery({ endpoints, invokeAsync }: DeliveryOptions): Delivery {
  const clients = createClients(endpoints);
  const queueUrls = new Map<string, string>();
  return {
    async deliver(target, ended) {
      const arn = parseTarget(target.arn);
      try {
        await send({ clients, queueUrls, invokeAsync }, { kind: target.kind, arn, ended });
      } catch (error) {
        queueUrls.delete(target.arn);
        throw asFailure(error, target.arn);
      }
    },
    close: () => clients.close(),
  };
}

interface Tools {
  readonly clients: Clients;
  readonly queueUrls: Map<string, string>;
  readonly invokeAsync: DeliveryOptions["invokeAsync"];
}

interface Parcel {
  readonly kind: DeliveryTarget["kind"];
  readonly arn: TargetArn;
  readonly ended: Ended;
}

async function send(tools: Tools, parcel: Parcel): Promise<void> {
  switch (parcel.arn.service) {
    case "sqs":
      return sendToQueue(tools, parcel);
    case "sns":
      return publish(tools, parcel);
    case "lambda":
      return tools.invokeAsync(parcel.arn.arn, destinationRecord(parcel.ended), parcel.ended.event.traceId);
    case "events":
      return putEvent(tools, parcel);
    case "s3":
      return putObject(tools, parcel);
  }
}

async function sendToQueue({ clients, queueUrls }: Tools, { kind, arn, ended }: Parcel): Promise<void> {
  refuseFifo(arn);
  const client = clients.sqs(arn);
  let url = queueUrls.get(arn.arn);
  if (url === undefined) {
    url = (await client.send(new GetQueueUrlCommand({ QueueName: arn.resource, QueueOwnerAWSAccountId: arn.accountId }))).QueueUrl!;
    queueUrls.set(arn.arn, url);
  }
  const body = bodyOf(kind, ended);
  requireSize(body, SQS_BYTES_MAX, arn.arn);
  await client.send(
    new SendMessageCommand({
      QueueUrl: url,
      MessageBody: body,
      MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: ended.event.traceId } },
      ...(kind === "dead-letter" ? { MessageAttributes: attributesOf(ended) } : {}),
    }),
  );
}

async function publish({ clients }: Tools, { kind, arn, ended }: Parcel): Promise<void> {
  refuseFifo(arn);
  const message = bodyOf(kind, ended);
  requireSize(message, SNS_BYTES_MAX, arn.arn);
  await clients.sns(arn).send(new PublishCommand({ TopicArn: arn.arn, Message: message, ...(kind === "dead-letter" ? { MessageAttributes: attributesOf(ended) } : {}) }));
}

async function putEvent({ clients }: Tools, { arn, ended }: Parcel): Promise<void> {
  const detail = destinationRecord(ended);
  requireSize(detail, EVENTS_BYTES_MAX, arn.arn);
  const entry = {
    EventBusName: arn.arn,
    Source: "lambda",
    DetailType: `Lambda Function Invocation Result - ${ended.condition === "Success" ? "Success" : "Failure"}`,
    Resources: [arn.arn, qualifiedArn(ended.event)],
    Detail: detail,
  };
  const { FailedEntryCount: failed = 0, Entries: entries = [] } = await clients.events(arn).send(new PutEventsCommand({ Entries: [entry] }));
  if (failed > 0) throw new DeliveryFailed(`${arn.arn} refused the record: ${entries[0]?.ErrorMessage ?? entries[0]?.ErrorCode ?? "no reason given"}.`, false);
}

async function putObject({ clients }: Tools, { arn, ended }: Parcel): Promise<void> {
  const { event, endedAt } = ended;
  const stamp = new Date(endedAt).toISOString();
  const day = stamp.slice(0, 10);
  const key = `aws/lambda/async/${event.functionName}/${day.replaceAll("-", "/")}/${stamp.slice(0, 19).replaceAll(":", ".")}-${event.requestId}`;
  // A bucket's ARN names neither region nor account: those of the function are taken.
  await clients.s3(event).send(new PutObjectCommand({ Bucket: arn.resource, Key: key, Body: destinationRecord(ended), ContentType: "application/json" }));
}

function bodyOf(kind: DeliveryTarget["kind"], ended: Ended): string {
  return kind === "dead-letter" ? ended.event.payload : destinationRecord(ended);
}

function attributesOf(ended: Ended): Record<string, { DataType: string; StringValue: string }> {
  const { RequestID, ErrorCode, ErrorMessage } = deadLetterAttributes(ended);
  return {
    RequestID: { DataType: "String", StringValue: RequestID },
    ErrorCode: { DataType: "Number", StringValue: ErrorCode },
    // An attribute must not be empty.
    ErrorMessage: { DataType: "String", StringValue: ErrorMessage === "" ? " " : ErrorMessage },
  };
}

function refuseFifo({ arn, resource }: TargetArn): void {
  if (resource.endsWith(".fifo")) throw new DeliveryFailed(`${arn} is FIFO, which asynchronous invocation does not deliver to.`, true);
}

function requireSize(text: string, bytesMax: number, arn: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > bytesMax) throw new DeliveryFailed(`The message for ${arn} has ${bytes} bytes, more than the ${bytesMax} it takes.`, true);
}

function asFailure(error: unknown, arn: string): DeliveryFailed {
  if (error instanceof DeliveryFailed) return error;
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new DeliveryFailed(`${arn} could not be reached: ${reason}`, false, { cause: error });
}
