/** DeleteMessage, ChangeMessageVisibility and their batches: what a receiver does with receipt handles. */
import { integer, requiredText, type Input } from "../input.ts";
import { decodeReceipt, type Receipt } from "../message/receipt-handle.ts";
import { isFifo, type QueueRef } from "../queue-ref.ts";
import { SqsError, invalidValue, missingParameter } from "../sqs-error.ts";
import { HELD_SECONDS_MAX, type MessageStore, type ReceiptOutcome } from "../store/message-store.ts";
import { attempt, batchEntries, batchResult, type BatchEntry, type EntryOutcome } from "./batch.ts";
import { present, queueOf, type Call, type Operation } from "./call.ts";

/** Builds the operations on receipts. */
export function createReceiptOperations({ messages }: { readonly messages: MessageStore }): Readonly<Record<string, Operation>> {
  const deletion: Deed<Held> = {
    read: (queue, input) => held(queue, input),
    run: (queue, { now }, all) =>
      messages.remove(
        queue,
        now,
        all.map(({ receipt }) => receipt),
      ),
    judge: refusedDeletion,
  };
  const change: Deed<Change> = {
    read: (queue, input) => ({ ...held(queue, input), seconds: secondsOf(input) }),
    run: (queue, { now }, all) => messages.changeVisibility(queue, now, all),
    judge: refusedChange,
  };
  return {
    DeleteMessage: (input, call) => one(deletion, input, call),
    DeleteMessageBatch: (input, call) => many(deletion, { input, call, shape: "DeleteMessageBatchRequestEntry" }),
    ChangeMessageVisibility: (input, call) => one(change, input, call),
    ChangeMessageVisibilityBatch: (input, call) => many(change, { input, call, shape: "ChangeMessageVisibilityBatchRequestEntry" }),
  };
}

interface Held {
  readonly handle: string;
  readonly receipt: Receipt;
}

interface Change extends Held {
  readonly seconds: number;
}

/** What is done with a receipt: alone or with others, in one script. */
interface Deed<Item> {
  read(queue: QueueRef, input: Input): Item;
  run(queue: QueueRef, call: Call, items: readonly Item[]): Promise<"missing" | readonly ReceiptOutcome[]>;
  /** The error of an outcome; `undefined` when it is well. */
  judge(queue: QueueRef, item: Item, outcome: ReceiptOutcome): SqsError | undefined;
}

async function one<Item>(deed: Deed<Item>, input: Input, call: Call): Promise<object> {
  const queue = queueOf(input, call);
  const item = deed.read(queue, input);
  const [outcome] = present(await deed.run(queue, call, [item]));
  const error = deed.judge(queue, item, outcome!);
  if (error !== undefined) throw error;
  return {};
}

async function many<Item extends Held>(
  deed: Deed<Item>,
  { input, call, shape }: { readonly input: Input; readonly call: Call; readonly shape: string },
): Promise<object> {
  const queue = queueOf(input, call);
  const read = batchEntries(input, shape).map((entry) => ({ id: entry.id, item: readEntry(deed, queue, entry) }));
  const good = read.filter((entry): entry is { id: string; item: Item } => !(entry.item instanceof SqsError));
  const outcomes = present(
    await deed.run(
      queue,
      call,
      good.map(({ item }) => item),
    ),
  );
  const results = new Map(good.map(({ id, item }, index) => [id, deed.judge(queue, item, outcomes[index]!)]));
  return batchResult(
    read.map(({ id, item }): EntryOutcome => {
      const error = item instanceof SqsError ? item : results.get(id);
      return error === undefined ? { id, result: {} } : { id, error };
    }),
  );
}

function readEntry<Item>(deed: Deed<Item>, queue: QueueRef, { input }: BatchEntry): Item | SqsError {
  return attempt(() => deed.read(queue, input));
}

function held(queue: QueueRef, input: Input): Held {
  const handle = requiredText(input, "ReceiptHandle");
  const receipt = decodeReceipt(handle);
  if (receipt === undefined || receipt.queue !== queue.name)
    throw new SqsError("ReceiptHandleIsInvalid", `The input receipt handle "${handle}" is not a valid receipt handle.`);
  return { handle, receipt };
}

function secondsOf(input: Input): number {
  const seconds = integer(input, "VisibilityTimeout");
  if (seconds === undefined) throw missingParameter("VisibilityTimeout");
  if (seconds < 0 || seconds > HELD_SECONDS_MAX)
    throw invalidValue(seconds, "VisibilityTimeout", `VisibilityTimeout must be an integer between 0 and ${HELD_SECONDS_MAX}.`);
  return seconds;
}

/** A standard queue says yes to an old handle and leaves the message [docs]; a FIFO queue refuses it [recorded]. */
function refusedDeletion(queue: QueueRef, { handle }: Held, outcome: ReceiptOutcome): SqsError | undefined {
  return outcome === "stale" && isFifo(queue.name) ? invalidValue(handle, "ReceiptHandle", "The receipt handle has expired.") : undefined;
}

function refusedChange(_queue: QueueRef, { handle, seconds }: Change, outcome: ReceiptOutcome): SqsError | undefined {
  if (outcome === "held") return undefined;
  if (outcome === "beyond")
    return invalidValue(
      seconds,
      "VisibilityTimeout",
      `Total VisibilityTimeout for the message is beyond the limit [${HELD_SECONDS_MAX} seconds].`,
    );
  return invalidValue(handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change.");
}
