import type { RedisClient } from "@lambdock/store/redis";
import { runScript } from "@lambdock/store/script";
import { changeVisibility, deleteMessages, putBack } from "../lua/change-messages.ts";
import { receiveFifo, receiveStandard } from "../lua/receive-messages.ts";
import { sendMessages } from "../lua/send-messages.ts";
import type { Receipt } from "../message/receipt-handle.ts";
import { isFifo, type QueueRef } from "../queue-ref.ts";
import { queueKey } from "../sqs-keys.ts";

/** A message on its way into a queue. */
export interface Outgoing {
  /** As message-record.ts writes it. */
  readonly message: string;
  /** Bytes of body and attributes. */
  readonly bytes: number;
  /** Absent: as the queue says. */
  readonly delaySeconds?: number;
  readonly deduplicationId?: string;
  /** Identifies the content, for a FIFO queue with content-based deduplication. */
  readonly contentHash?: string;
}

export type SendOutcome =
  | { readonly kind: "sent"; readonly id: string }
  | { readonly kind: "duplicate"; readonly id: string; readonly messageId: string }
  | { readonly kind: "too long"; readonly bytesMax: number };

/** Who takes messages, and how many. */
export interface ReceiveRequest {
  readonly now: number;
  readonly count: number;
  /** Absent: as the queue says. */
  readonly visibilitySeconds?: number;
  readonly nonce: string;
  /** Epoch ms until which the caller waits when there is nothing; absent: as the queue says. */
  readonly waitUntil?: number;
  readonly attemptId?: string;
}

export interface Incoming {
  readonly id: string;
  readonly message: string;
  readonly receiveCount: number;
  readonly firstReceivedAt: number;
  readonly sentAt: number;
  /** ARN of the queue that this dead letter came from, else empty. */
  readonly deadLetterSource: string;
}

export type ReceiveOutcome =
  | { readonly kind: "some"; readonly nonce: string; readonly messages: readonly Incoming[] }
  /** `dueAt`: when a message that is there becomes visible. `waitUntil`: when the caller gives up. */
  | { readonly kind: "none"; readonly dueAt?: number; readonly waitUntil: number }
  | { readonly kind: "full" }
  | { readonly kind: "missing" };

/** What a receipt was worth. `stale`: of an earlier receive; `gone`: no such message; `beyond`: longer than messages may be held. */
export type ReceiptOutcome = "held" | "stale" | "gone" | "beyond";

/** Messages in Redis; each call is one script. */
export interface MessageStore {
  send(queue: QueueRef, now: number, messages: readonly Outgoing[]): Promise<"missing" | "deduplication" | readonly SendOutcome[]>;
  receive(queue: QueueRef, request: ReceiveRequest): Promise<ReceiveOutcome>;
  remove(queue: QueueRef, now: number, receipts: readonly Receipt[]): Promise<"missing" | readonly ReceiptOutcome[]>;
  changeVisibility(
    queue: QueueRef,
    now: number,
    changes: readonly { readonly receipt: Receipt; readonly seconds: number }[],
  ): Promise<"missing" | readonly ReceiptOutcome[]>;
  /** Undoes a receive whose caller went away. */
  putBack(queue: QueueRef, now: number, receipts: readonly Receipt[]): Promise<void>;
}

/** Seconds that a message may be held in all, from its receive [docs]. */
export const HELD_SECONDS_MAX = 43_200;

/** A store on that connection; so many messages of a queue may be in flight. */
export function createMessageStore(redis: RedisClient, inFlightMax: number): MessageStore {
  return {
    async send(queue, now, messages) {
      const args: (string | number)[] = [now];
      for (const { message, bytes, delaySeconds, deduplicationId, contentHash } of messages)
        args.push(message, bytes, delaySeconds ?? "", deduplicationId ?? "", contentHash ?? "");
      const answer = (await runScript(redis, sendMessages, { keys: [queueKey(queue)], args })) as string | string[];
      return typeof answer === "string" ? (answer as "missing" | "deduplication") : answer.map(sendOutcome);
    },
    async receive(queue, { now, count, visibilitySeconds, nonce, waitUntil, attemptId }) {
      const args = [now, count, visibilitySeconds ?? "", nonce, waitUntil ?? "", inFlightMax, attemptId ?? ""];
      const answer = await runScript(redis, isFifo(queue.name) ? receiveFifo : receiveStandard, { keys: [queueKey(queue)], args });
      return receiveOutcome(answer as string | string[]);
    },
    async remove(queue, now, receipts) {
      const args = receipts.flatMap(({ id, nonce, group }) => [id, nonce, group]);
      return (await runScript(redis, deleteMessages, { keys: [queueKey(queue)], args: [now, ...args] })) as "missing" | ReceiptOutcome[];
    },
    async changeVisibility(queue, now, changes) {
      const args = changes.flatMap(({ receipt: { id, nonce, group }, seconds }) => [id, nonce, group, seconds]);
      return (await runScript(redis, changeVisibility, { keys: [queueKey(queue)], args: [now, HELD_SECONDS_MAX, ...args] })) as
        | "missing"
        | ReceiptOutcome[];
    },
    async putBack(queue, now, receipts) {
      const args = receipts.flatMap(({ id, group }) => [id, group]);
      await runScript(redis, putBack, { keys: [queueKey(queue)], args: [now, receipts[0]!.nonce, ...args] });
    },
  };
}

function sendOutcome(answer: string): SendOutcome {
  const [word, second, third] = answer.split(" ") as [string, string?, string?];
  if (word === "known") return { kind: "duplicate", id: second!, messageId: third! };
  return word === "long" ? { kind: "too long", bytesMax: Number(second) } : { kind: "sent", id: word };
}

const FIELDS = 6;

function receiveOutcome(answer: string | readonly string[]): ReceiveOutcome {
  if (typeof answer === "string") return { kind: "missing" };
  const [kind, second, third] = answer;
  if (kind === "full") return { kind };
  if (kind === "none") return { kind, waitUntil: Number(third), ...(second === "" ? {} : { dueAt: Number(second) }) };
  const messages: Incoming[] = [];
  for (let at = 2; at < answer.length; at += FIELDS) {
    const [id, message, count, first, sent, source] = answer.slice(at, at + FIELDS) as [string, string, string, string, string, string];
    messages.push({
      id,
      message,
      receiveCount: Number(count),
      firstReceivedAt: Number(first),
      sentAt: Number(sent),
      deadLetterSource: source,
    });
  }
  return { kind: "some", nonce: second!, messages };
}
