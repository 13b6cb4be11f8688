import { backoffMs } from "@lambdock/polling/backoff";
import type { Timers } from "@lambdock/kernel/clock";
import type { QueueClient } from "./queue-client.ts";
import type { QueueMessage } from "./queue-message.ts";

/** Deletes messages without anybody waiting for it. */
export interface Deleter {
  /** `onDeleted` hears how many are gone, perhaps in several parts. */
  add(messages: readonly QueueMessage[], onDeleted?: (messages: number) => void): void;
  /** Resolves when nothing is left to delete. */
  drained(): Promise<void>;
  /** Gives up what is left; it appears again in the queue. */
  close(): void;
}

export interface DeleterOptions {
  readonly client: Pick<QueueClient, "delete">;
  readonly timers: Timers;
  readonly random: () => number;
  /** A message could not be deleted before its visibility timeout ended: it will be handed over again. */
  readonly onGivenUp: (messages: number, error: unknown) => void;
}

/** DeleteMessageBatch takes so many [docs]. */
const PER_CALL = 10;
/** Calls at a time; what else succeeds meanwhile is gathered, so that small batches share a call. */
const CALLS = 4;
const RETRY = { firstMs: 100, mostMs: 5_000 };

/** What is to be deleted, and how often that failed. */
interface Doomed {
  readonly message: QueueMessage;
  readonly attempts: number;
  readonly onDeleted: ((messages: number) => void) | undefined;
}

/** Deletes in tens, and tries again until a message's visibility timeout ends. */
export function createDeleter(options: DeleterOptions): Deleter {
  return new DeletingDeleter(options);
}

class DeletingDeleter implements Deleter {
  readonly #options: DeleterOptions;
  readonly #waiting: Doomed[] = [];
  /** Cancels of what waits for its next try. */
  readonly #sleeping = new Set<() => void>();
  readonly #awaiting: (() => void)[] = [];
  #calls = 0;
  #closed = false;

  constructor(options: DeleterOptions) {
    this.#options = options;
  }

  add(messages: readonly QueueMessage[], onDeleted?: (messages: number) => void): void {
    for (const message of messages) this.#waiting.push({ message, attempts: 0, onDeleted });
    this.#pump();
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#awaiting.push(resolve);
      this.#settle();
    });
  }

  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
    for (const cancel of this.#sleeping) cancel();
    this.#sleeping.clear();
    this.#settle();
  }

  #pump(): void {
    while (!this.#closed && this.#calls < CALLS && this.#waiting.length > 0) {
      this.#calls += 1;
      void this.#run(this.#waiting.splice(0, PER_CALL)).then(() => {
        this.#calls -= 1;
        this.#pump();
      });
    }
    this.#settle();
  }

  #settle(): void {
    if (this.#calls === 0 && this.#waiting.length === 0 && this.#sleeping.size === 0)
      for (const resolve of this.#awaiting.splice(0)) resolve();
  }

  async #run(doomed: readonly Doomed[]): Promise<void> {
    try {
      const failed = new Set(await this.#options.client.delete(doomed.map(({ message }) => message.receiptHandle)));
      if (failed.size === 0) return tell(doomed);
      tell(doomed.filter(({ message }) => !failed.has(message.receiptHandle)));
      this.#again(
        doomed.filter(({ message }) => failed.has(message.receiptHandle)),
        undefined,
      );
    } catch (error) {
      this.#again(doomed, error);
    }
  }

  #again(doomed: readonly Doomed[], error: unknown): void {
    const { timers, random, onGivenUp } = this.#options;
    const now = timers.now();
    const alive = this.#closed ? [] : doomed.filter(({ message }) => message.visibleAt > now);
    if (alive.length < doomed.length) onGivenUp(doomed.length - alive.length, error);
    if (alive.length === 0) return;
    const cancel = timers.after(backoffMs(alive[0]!.attempts, RETRY, random()), () => {
      this.#sleeping.delete(cancel);
      for (const each of alive) this.#waiting.push({ ...each, attempts: each.attempts + 1 });
      this.#pump();
    });
    this.#sleeping.add(cancel);
  }
}

function tell(deleted: readonly Doomed[]): void {
  const counts = new Map<(messages: number) => void, number>();
  for (const { onDeleted } of deleted) if (onDeleted !== undefined) counts.set(onDeleted, (counts.get(onDeleted) ?? 0) + 1);
  for (const [onDeleted, messages] of counts) onDeleted(messages);
}
