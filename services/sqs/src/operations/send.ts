/** SendMessage, SendMessageBatch. */
import { deduplicationNeeded, readMessage, type NewMessage } from "../message/new-message.ts";
import { isFifo, type QueueRef } from "../queue-ref.ts";
import { SqsError, invalidParameter, missingParameter } from "../sqs-error.ts";
import { text } from "../input.ts";
import type { MessageStore, SendOutcome } from "../store/message-store.ts";
import { attempt, batchEntries, batchResult, type BatchEntry } from "./batch.ts";
import { present, queueOf, type Call, type Operation } from "./call.ts";

/** Bytes of all messages of a batch together [recorded]. */
const BATCH_BYTES_MAX = 1_048_576;

/** Builds the operations that send. */
export function createSendOperations({ messages }: { readonly messages: MessageStore }): Readonly<Record<string, Operation>> {
  return {
    async SendMessage(input, call) {
      const queue = queueOf(input, call);
      const message = readMessage(input, senderOf(queue, call));
      const [outcome] = await send(messages, queue, call.now, [message]);
      if (outcome!.kind === "too long")
        throw invalidParameter(`One or more parameters are invalid. Reason: Message must be shorter than ${outcome!.bytesMax} bytes.`);
      return resultOf(queue, message, outcome!);
    },
    async SendMessageBatch(input, call) {
      const queue = queueOf(input, call);
      const entries = batchEntries(input, "SendMessageBatchRequestEntry");
      checkWhole(queue, entries);
      const read = entries.map(({ id, input: entry }) => ({ id, message: attempt(() => readMessage(entry, senderOf(queue, call))) }));
      const good = read.filter((entry): entry is { id: string; message: NewMessage } => !(entry.message instanceof SqsError));
      checkBytes(good.map(({ message }) => message));
      const outcomes =
        good.length === 0
          ? []
          : await send(
              messages,
              queue,
              call.now,
              good.map(({ message }) => message),
            );
      const sent = new Map(good.map(({ id }, index) => [id, outcomes[index]!]));
      return batchResult(
        read.map(({ id, message }) =>
          message instanceof SqsError ? { id, error: message } : entryOutcome(queue, id, message, sent.get(id)!),
        ),
      );
    },
  };
}

function senderOf(
  queue: QueueRef,
  { scope, traceHeader }: Call,
): { readonly queue: QueueRef; readonly accountId: string; readonly traceHeader: string | undefined } {
  return { queue, accountId: scope.accountId, traceHeader };
}

async function send(store: MessageStore, queue: QueueRef, now: number, messages: readonly NewMessage[]): Promise<readonly SendOutcome[]> {
  const outcomes = present(
    await store.send(
      queue,
      now,
      messages.map(({ outgoing }) => outgoing),
    ),
  );
  if (outcomes === "deduplication") throw deduplicationNeeded();
  return outcomes;
}

function resultOf(queue: QueueRef, { sums }: NewMessage, outcome: Exclude<SendOutcome, { kind: "too long" }>): object {
  const known = outcome.kind === "duplicate" ? { MessageId: outcome.messageId } : {};
  return { ...sums, ...known, ...(isFifo(queue.name) ? { SequenceNumber: outcome.id } : {}) };
}

function entryOutcome(queue: QueueRef, id: string, message: NewMessage, outcome: SendOutcome) {
  if (outcome.kind !== "too long") return { id, result: resultOf(queue, message, outcome) };
  return {
    id,
    error: invalidParameter(`One or more parameters cannot be validated. Reason: Message must be shorter than ${outcome.bytesMax} bytes.`),
  };
}

/** What fails a batch as a whole although one entry alone is wrong [recorded]. */
function checkWhole(queue: QueueRef, entries: readonly BatchEntry[]): void {
  entries.forEach(({ input }, index) => {
    if (!text(input, "MessageBody")) throw missingParameter(`SendMessageBatchRequestEntry.${index + 1}.MessageBody`);
    if (isFifo(queue.name) && text(input, "MessageGroupId") === undefined)
      throw invalidParameter("The request must contain the parameter MessageGroupId.");
  });
}

function checkBytes(messages: readonly NewMessage[]): void {
  const bytes = messages.reduce((sum, { outgoing }) => sum + outgoing.bytes, 0);
  if (bytes > BATCH_BYTES_MAX)
    throw new SqsError(
      "BatchRequestTooLong",
      `Batch requests cannot be longer than ${BATCH_BYTES_MAX} bytes. You have sent ${bytes} bytes.`,
    );
}
