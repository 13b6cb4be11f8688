/**
 * Messages of a FIFO queue between their receipt and their batch (esm.md 3.2, 3.3): one invocation
 * per message group at a time, order kept within a group, several groups to a batch. SQS holds a
 * group back while some of it is in flight, so the backlog is mostly empty; it matters when a
 * visibility timeout ends during an invocation and the same messages arrive again.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html#fifo-queue-scaling
 */
import { SYNC_PAYLOAD_BYTES_MAX } from "@lambdock/model/limits";
import type { Sized } from "./gathering.ts";

export interface Grouped extends Sized {
  readonly group: string;
  /** Epoch milliseconds from which SQS may give it to somebody else. */
  readonly visibleAt: number;
}

/** Messages that wait, by group, and the groups at work. Changed in place. */
export interface FifoBacklog<Message extends Grouped> {
  readonly waiting: Map<string, Message[]>;
  readonly busy: Set<string>;
}

const FRAME_BYTES = 14;

/** Nothing waits, nothing is at work. */
export function emptyBacklog<Message extends Grouped>(): FifoBacklog<Message> {
  return { waiting: new Map(), busy: new Set() };
}

/** Adds what a receive brought, in its order. */
export function enqueue<Message extends Grouped>({ waiting }: FifoBacklog<Message>, arrived: readonly Message[]): void {
  for (const message of arrived) {
    const queue = waiting.get(message.group);
    if (queue === undefined) waiting.set(message.group, [message]);
    else queue.push(message);
  }
}

/**
 * Takes the next batch of groups that are not at work, and marks them busy; `undefined` when there
 * is none. Messages whose visibility has ended are given up, and with them all that wait behind in
 * their group: SQS hands them out again, in order.
 */
export function takeBatch<Message extends Grouped>(
  backlog: FifoBacklog<Message>,
  { batchSize, now }: { readonly batchSize: number; readonly now: number },
): readonly Message[] | undefined {
  const batch: Message[] = [];
  let bytes = FRAME_BYTES;
  for (const [group, queue] of backlog.waiting) {
    if (batch.length >= batchSize) break;
    if (backlog.busy.has(group)) continue;
    const fresh = untilExpired(queue, now);
    const fitting = countFitting(fresh, { places: batchSize - batch.length, bytes, empty: batch.length === 0 });
    const taken = fresh.slice(0, fitting);
    for (const message of taken) bytes += message.bytes + 1;
    batch.push(...taken);
    keep(backlog, group, fresh.slice(fitting));
    if (taken.length > 0) backlog.busy.add(group);
  }
  return batch.length === 0 ? undefined : batch;
}

/** How a batch ended: its groups are free. What failed blocks its group until SQS gives it out again, so all that waits behind it is given up. */
export function finishBatch<Message extends Grouped>(
  backlog: FifoBacklog<Message>,
  batch: readonly Message[],
  failed: readonly Message[],
): void {
  for (const { group } of batch) backlog.busy.delete(group);
  for (const { group } of failed) backlog.waiting.delete(group);
}

/** Messages that wait. */
export function backlogSize<Message extends Grouped>({ waiting }: FifoBacklog<Message>): number {
  let size = 0;
  for (const queue of waiting.values()) size += queue.length;
  return size;
}

function untilExpired<Message extends Grouped>(queue: readonly Message[], now: number): readonly Message[] {
  const expired = queue.findIndex((message) => message.visibleAt <= now);
  return expired === -1 ? queue : queue.slice(0, expired);
}

function countFitting<Message extends Grouped>(
  queue: readonly Message[],
  { places, bytes, empty }: { readonly places: number; readonly bytes: number; readonly empty: boolean },
): number {
  let sum = bytes;
  for (let count = 0; count < queue.length; count += 1) {
    if (count === places) return count;
    sum += queue[count]!.bytes + 1;
    if (sum > SYNC_PAYLOAD_BYTES_MAX && !(empty && count === 0)) return count;
  }
  return queue.length;
}

function keep<Message extends Grouped>({ waiting }: FifoBacklog<Message>, group: string, rest: readonly Message[]): void {
  if (rest.length === 0) waiting.delete(group);
  else waiting.set(group, [...rest]);
}
