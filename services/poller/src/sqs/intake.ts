import { backlogSize, emptyBacklog, enqueue, finishBatch, takeBatch } from "@lambdock/polling/sqs/fifo-backlog";
import { gather, regather, type BatchRules, type Gathered, type OpenBatch } from "@lambdock/polling/sqs/gathering";
import type { QueueMessage } from "./queue-message.ts";

type Batch = readonly QueueMessage[];

/** Messages between their receipt and their batch. */
export interface Intake {
  add(messages: Batch, now: number): void;
  /** The next batch that may be handed over now, without messages that the queue may have given to somebody else meanwhile. */
  take(now: number): Batch | undefined;
  /** A batch has ended; `failed` of it stay in the queue. */
  finish(batch: Batch, failed: Batch): void;
  /** Settings changed. */
  setRules(rules: BatchRules): void;
  /** Gives up all that waits here. */
  clear(): Batch;
  /** Batches that wait for a place. */
  readonly ready: number;
  /** Messages gathered for the next batch. */
  readonly gathered: number;
  /** When the window of the next batch is over. Epoch milliseconds. */
  readonly dueAt: number | undefined;
  /** Messages that wait here, and since when the oldest of them is in its queue. */
  readonly waiting: number;
  readonly oldestSentAt: number | undefined;
}

/** Standard queues: batches by size and window, in any order. */
export function createStandardIntake(initial: BatchRules): Intake {
  const ready: Batch[] = [];
  let rules = initial;
  let open: OpenBatch<QueueMessage> | undefined;
  const keep = (gathered: Gathered<QueueMessage>): void => {
    ready.push(...gathered.closed);
    open = gathered.open;
  };
  const apply = (arrived: Batch, now: number): void => keep(gather(open, arrived, { rules, now }));
  const waiting = (): Batch => [...ready.flat(), ...(open?.messages ?? [])];
  return {
    add: apply,
    take(now) {
      if (ready.length === 0 && open !== undefined && open.dueAt <= now) apply([], now);
      for (let batch = ready.shift(); batch !== undefined; batch = ready.shift()) {
        const held = batch.filter(({ visibleAt }) => visibleAt > now);
        if (held.length > 0) return held;
      }
      return undefined;
    },
    finish: () => undefined,
    setRules(changed) {
      rules = changed;
      if (open !== undefined) keep(regather(open, rules));
    },
    clear() {
      const left = waiting();
      ready.length = 0;
      open = undefined;
      return left;
    },
    get ready() {
      return ready.length;
    },
    get gathered() {
      return open?.messages.length ?? 0;
    },
    get dueAt() {
      return open?.dueAt;
    },
    get waiting() {
      return waiting().length;
    },
    get oldestSentAt() {
      return oldest(waiting());
    },
  };
}

/** FIFO queues: batches of groups that are not at work; there is no window. */
export function createFifoIntake(initial: BatchRules): Intake {
  const backlog = emptyBacklog<QueueMessage>();
  let rules = initial;
  return {
    add: (messages) => enqueue(backlog, messages),
    take: (now) => takeBatch(backlog, { batchSize: rules.batchSize, now }),
    finish: (batch, failed) => finishBatch(backlog, batch, failed),
    setRules(changed) {
      rules = changed;
    },
    clear() {
      const left = [...backlog.waiting.values()].flat();
      backlog.waiting.clear();
      return left;
    },
    // What waits belongs to groups at work, whose batches are counted already.
    ready: 0,
    gathered: 0,
    dueAt: undefined,
    get waiting() {
      return backlogSize(backlog);
    },
    get oldestSentAt() {
      return oldest([...backlog.waiting.values()].flat());
    },
  };
}

function oldest(messages: Batch): number | undefined {
  let least: number | undefined;
  for (const { sentAt } of messages) if (least === undefined || sentAt < least) least = sentAt;
  return least;
}
