/** One message of a SendMessage or SendMessageBatch: checked, summed, ready for Redis. */
import { hash, randomUUID } from "node:crypto";
import { integer, text, type Input } from "../input.ts";
import { isFifo, type QueueRef } from "../queue-ref.ts";
import { SqsError, invalidParameter, invalidValue, missingParameter } from "../sqs-error.ts";
import type { Outgoing } from "../store/message-store.ts";
import { md5OfAttributes, md5OfText } from "./md5.ts";
import { attributesBytes, readAttributes, type MessageAttributes } from "./message-attributes.ts";
import { encodeMessage } from "./message-record.ts";
import { invalidCharacters } from "./message-text.ts";

/** What the caller is told of a message, but for its sequence number. */
export interface SentSums {
  readonly MessageId: string;
  readonly MD5OfMessageBody: string;
  readonly MD5OfMessageAttributes?: string;
  readonly MD5OfMessageSystemAttributes?: string;
}

export interface NewMessage {
  readonly outgoing: Outgoing;
  readonly sums: SentSums;
}

export interface Sender {
  readonly queue: QueueRef;
  readonly accountId: string;
  readonly traceHeader?: string | undefined;
}

const DELAY_SECONDS_MAX = 900;
const TOKEN = /^[0-9a-zA-Z!"#$%&'()*+,./:;<=>?@[\\\]^_`{|}~-]{1,128}$/;

/** Reads a message; the queue's own limits are checked when it is stored. Throws {@link SqsError}. */
export function readMessage(input: Input, { queue, accountId, traceHeader }: Sender): NewMessage {
  const fifo = isFifo(queue.name);
  const body = text(input, "MessageBody");
  if (!body) throw missingParameter("MessageBody");
  if (invalidCharacters(body))
    throw new SqsError(
      "InvalidMessageContents",
      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
    );
  const attributes = readAttributes(input, "MessageAttributes", "user");
  const system = readAttributes(input, "MessageSystemAttributes", "system");
  const trace = traceOf(system) ?? traceHeader;
  const group = token(input, "MessageGroupId");
  if (fifo && group === undefined) throw missingParameter("MessageGroupId");
  const deduplicationId = deduplicationOf(input, fifo);
  const contentHash = fifo && deduplicationId === undefined ? hash("sha256", body, "hex") : undefined;
  const md5 = md5OfText(body);
  const messageId = randomUUID();
  const delaySeconds = delayOf(input, fifo);
  const record = {
    messageId,
    body,
    md5,
    sender: accountId,
    ...optional("group", group),
    ...optional("deduplicationId", deduplicationId ?? contentHash),
    ...optional("traceHeader", trace),
    ...optional("attributes", attributes),
  };
  return {
    outgoing: {
      message: encodeMessage(record, fifo),
      bytes: Buffer.byteLength(body) + attributesBytes(attributes),
      ...optional("delaySeconds", delaySeconds),
      ...optional("deduplicationId", deduplicationId),
      ...optional("contentHash", contentHash),
    },
    sums: {
      MessageId: messageId,
      MD5OfMessageBody: md5,
      ...optional("MD5OfMessageAttributes", attributes === undefined ? undefined : md5OfAttributes(attributes)),
      ...optional("MD5OfMessageSystemAttributes", system === undefined ? undefined : md5OfAttributes(system)),
    },
  };
}

/** 400: an id is needed where the queue does not make one from the content. */
export function deduplicationNeeded(): SqsError {
  return invalidParameter("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");
}

/** Reads a group, deduplication or attempt id. Throws InvalidParameterValue. */
export function token(input: Input, name: string): string | undefined {
  const value = text(input, name);
  if (value !== undefined && !TOKEN.test(value))
    throw invalidValue(value, name, `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`);
  return value;
}

function deduplicationOf(input: Input, fifo: boolean): string | undefined {
  const id = token(input, "MessageDeduplicationId");
  if (id !== undefined && !fifo)
    throw invalidValue(id, "MessageDeduplicationId", "The request includes a parameter that is not valid for this queue type.");
  return id;
}

/** A FIFO queue delays all of its messages alike; zero is taken for absent [recorded]. */
function delayOf(input: Input, fifo: boolean): number | undefined {
  const seconds = integer(input, "DelaySeconds");
  if (seconds === undefined || (fifo && seconds === 0)) return undefined;
  if (fifo) throw invalidValue(seconds, "DelaySeconds", "The request include parameter that is not valid for this queue type.");
  if (seconds < 0 || seconds > DELAY_SECONDS_MAX)
    throw invalidValue(seconds, "DelaySeconds", `DelaySeconds must be >= 0 and <= ${DELAY_SECONDS_MAX}.`);
  return seconds;
}

function traceOf(system: MessageAttributes | undefined): string | undefined {
  if (system === undefined) return undefined;
  const stranger = Object.keys(system).find((name) => name !== "AWSTraceHeader");
  if (stranger !== undefined)
    throw invalidParameter(`Message system attribute name '${stranger}' is invalid: only AWSTraceHeader can be sent.`);
  const { DataType, StringValue } = system["AWSTraceHeader"]!;
  if (DataType !== "String" || StringValue === undefined)
    throw invalidParameter("Message (system) attribute 'AWSTraceHeader' must contain a non-empty value of type 'String'.");
  return StringValue;
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [key in Name]?: Value });
}
