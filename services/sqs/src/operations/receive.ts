/** ReceiveMessage. */
import { randomUUID } from "node:crypto";
import type { Logger } from "@lambdock/kernel/logger";
import { integer, texts, type Input } from "../input.ts";
import { decodeMessage, type MessageRecord } from "../message/message-record.ts";
import { md5OfAttributes } from "../message/md5.ts";
import { token } from "../message/new-message.ts";
import { encodeReceipt, type Receipt } from "../message/receipt-handle.ts";
import { pickAttributes, selectMessageAttributes, selectSystemAttributes, type Selection } from "../message/selected-attributes.ts";
import { isFifo, type QueueRef } from "../queue-ref.ts";
import { SqsError, invalidValue, queueDoesNotExist } from "../sqs-error.ts";
import { queueKey } from "../sqs-keys.ts";
import { HELD_SECONDS_MAX, type Incoming, type MessageStore } from "../store/message-store.ts";
import type { Receiver, Taken, WaitingLines } from "../waiting-lines.ts";
import { queueOf, type Call, type Operation } from "./call.ts";

export interface ReceiveDependencies {
  readonly messages: MessageStore;
  readonly lines: WaitingLines;
  /** Epoch milliseconds, whole. */
  readonly now: () => number;
  readonly logger: Logger;
}

const MESSAGES_MAX = 10;
const WAIT_SECONDS_MAX = 20;

interface ReceiveOptions {
  readonly count: number;
  readonly visibilitySeconds: number | undefined;
  readonly waitSeconds: number | undefined;
  readonly attemptId: string | undefined;
  readonly system: Selection;
  readonly attributes: Selection;
}

/** Builds ReceiveMessage. */
export function createReceiveOperation(deps: ReceiveDependencies): Operation {
  return async (input, call) => {
    const queue = queueOf(input, call);
    const options = readOptions(input, isFifo(queue.name));
    const outcome = await deps.lines.receive(queueKey(queue), receiverOf(deps, { queue, options, call }));
    if (outcome.kind === "missing") throw queueDoesNotExist();
    if (outcome.kind === "full" && !isFifo(queue.name))
      throw new SqsError(
        "OverLimit",
        "The maximum number of messages in flight is reached: delete messages that were received, or wait until they are visible again.",
      );
    if (outcome.kind !== "some") return {};
    // An answer that never left this process was not received by anybody.
    call.live.onGone(() => {
      putBack(deps, queue, outcome).catch((error: unknown) =>
        deps.logger.warn("messages for a client that went away come back after their visibility timeout", {
          queue: queue.name,
          cause: error,
        }),
      );
    });
    return { Messages: outcome.messages.map((message) => present(queue, { message, nonce: outcome.nonce, options })) };
  };
}

function readOptions(input: Input, fifo: boolean): ReceiveOptions {
  const count = integer(input, "MaxNumberOfMessages") ?? 1;
  if (count < 1 || count > MESSAGES_MAX)
    throw invalidValue(count, "MaxNumberOfMessages", `Must be between 1 and ${MESSAGES_MAX}, if provided.`);
  const waitSeconds = integer(input, "WaitTimeSeconds");
  if (waitSeconds !== undefined && (waitSeconds < 0 || waitSeconds > WAIT_SECONDS_MAX))
    throw invalidValue(waitSeconds, "WaitTimeSeconds", `Must be >= 0 and <= ${WAIT_SECONDS_MAX}, if provided.`);
  const visibilitySeconds = integer(input, "VisibilityTimeout");
  if (visibilitySeconds !== undefined && (visibilitySeconds < 0 || visibilitySeconds > HELD_SECONDS_MAX))
    throw invalidValue(visibilitySeconds, "VisibilityTimeout", `Must be >= 0 and <= ${HELD_SECONDS_MAX}, if provided.`);
  const attemptId = token(input, "ReceiveRequestAttemptId");
  if (attemptId !== undefined && !fifo)
    throw invalidValue(attemptId, "ReceiveRequestAttemptId", "The request includes a parameter that is not valid for this queue type.");
  return {
    count,
    visibilitySeconds,
    waitSeconds,
    attemptId,
    system: selectSystemAttributes(texts(input, "AttributeNames"), texts(input, "MessageSystemAttributeNames")),
    attributes: selectMessageAttributes(texts(input, "MessageAttributeNames")),
  };
}

function receiverOf(
  deps: ReceiveDependencies,
  { queue, options, call }: { readonly queue: QueueRef; readonly options: ReceiveOptions; readonly call: Call },
): Receiver {
  const { count, visibilitySeconds, waitSeconds, attemptId } = options;
  return {
    take: (waitUntil) =>
      deps.messages.receive(queue, {
        now: deps.now(),
        count,
        nonce: randomUUID().slice(0, 8),
        ...(visibilitySeconds === undefined ? {} : { visibilitySeconds }),
        ...(waitUntil === undefined ? {} : { waitUntil: Math.ceil(waitUntil) }),
        ...(attemptId === undefined ? {} : { attemptId }),
      }),
    putBack: (taken) => putBack(deps, queue, taken),
    waitUntil: waitSeconds === undefined ? undefined : call.now + 1_000 * waitSeconds,
    live: call.live,
    repeats: attemptId !== undefined,
  };
}

async function putBack({ messages, now }: ReceiveDependencies, queue: QueueRef, { nonce, messages: taken }: Taken): Promise<void> {
  await messages.putBack(
    queue,
    now(),
    taken.map(({ id, message }) => receiptOf(queue, { id, nonce, group: decodeMessage(message).group })),
  );
}

function receiptOf(queue: QueueRef, { id, nonce, group }: Omit<Receipt, "queue">): Receipt {
  return { queue: queue.name, id, nonce, group };
}

/** A message as its receiver sees it. */
function present(
  queue: QueueRef,
  { message, nonce, options }: { readonly message: Incoming; readonly nonce: string; readonly options: ReceiveOptions },
): object {
  const { record, group } = decodeMessage(message.message);
  const attributes = pickAttributes(record.attributes, options.attributes);
  const system = systemAttributes(queue, { message, record }, options.system);
  return {
    MessageId: record.messageId,
    ReceiptHandle: encodeReceipt(receiptOf(queue, { id: message.id, nonce, group })),
    MD5OfBody: record.md5,
    Body: record.body,
    ...(system === undefined ? {} : { Attributes: system }),
    // The sum is that of the attributes which are told [recorded].
    ...(attributes === undefined ? {} : { MD5OfMessageAttributes: md5OfAttributes(attributes), MessageAttributes: attributes }),
  };
}

function systemAttributes(
  { name }: QueueRef,
  { message, record }: { readonly message: Incoming; readonly record: MessageRecord },
  wanted: Selection,
): object | undefined {
  if (wanted === undefined) return undefined;
  const all: readonly (readonly [string, string | undefined])[] = [
    ["SenderId", record.sender],
    ["SentTimestamp", String(message.sentAt)],
    ["ApproximateReceiveCount", String(message.receiveCount)],
    ["ApproximateFirstReceiveTimestamp", String(message.firstReceivedAt)],
    ["SequenceNumber", isFifo(name) ? message.id : undefined],
    ["MessageDeduplicationId", record.deduplicationId],
    ["MessageGroupId", record.group],
    ["AWSTraceHeader", record.traceHeader],
    ["DeadLetterQueueSourceArn", message.deadLetterSource === "" ? undefined : message.deadLetterSource],
  ];
  const told = all.filter(([each, value]) => value !== undefined && wanted(each));
  return told.length === 0 ? undefined : Object.fromEntries(told);
}
