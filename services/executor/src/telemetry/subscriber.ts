import type { Timers } from "@lambdock/kernel/clock";
import type { Receiver } from "./destination.ts";
import type { Buffering } from "./subscription.ts";

/** A subscriber that does not answer may be asked again after this, milliseconds. */
const DELIVERY_TIMEOUT_MS = 5_000;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5_000;

/** What a subscriber is made of. */
export interface SubscriberParts {
  readonly buffering: Buffering;
  readonly receiver: Receiver;
  readonly timers: Timers;
  /** The document that tells of documents that were dropped; `undefined` for one who did not subscribe to such. */
  readonly tellDropped: (dropped: { readonly records: number; readonly bytes: number }) => string | undefined;
}

/**
 * Collects one subscriber's documents and hands them over in batches: when there are enough, or
 * after a while. One batch is under way at a time and is repeated until it is taken; of what comes
 * meanwhile a batch is kept, the rest is dropped and counted. A frozen subscriber is left in peace.
 */
export class Subscriber {
  readonly #parts: SubscriberParts;
  #documents: string[] = [];
  #bytes = 0;
  #dropped = { records: 0, bytes: 0 };
  /** The batch that is under way, until it is taken. */
  #batch: readonly string[] | undefined;
  #sending = false;
  #attempts = 0;
  /** When what is buffered must go out. */
  #dueAt: number | undefined;
  #paused = false;
  #closed = false;
  #cancelDue: () => void = () => {};
  /** Of the attempt that is under way, or of the next. */
  #cancelAttempt: () => void = () => {};

  constructor(parts: SubscriberParts) {
    this.#parts = parts;
  }

  /** A batch is on its way and may be answered any moment. */
  get busy(): boolean {
    return this.#sending;
  }

  push(document: string): void {
    if (this.#closed) return;
    const { maxItems, maxBytes, timeoutMs } = this.#parts.buffering;
    const bytes = Buffer.byteLength(document);
    if (this.#documents.length > 0 && (this.#documents.length >= maxItems || this.#bytes + bytes > maxBytes)) {
      this.#send();
      if (this.#documents.length > 0) {
        this.#dropped = { records: this.#dropped.records + 1, bytes: this.#dropped.bytes + bytes };
        return;
      }
    }
    this.#documents.push(document);
    this.#bytes += bytes;
    if (this.#documents.length >= maxItems || this.#bytes >= maxBytes) this.#send();
    else if (this.#dueAt === undefined) this.#sendAt(this.#parts.timers.now() + timeoutMs);
  }

  /** Sends what there is without waiting for more. */
  flush(): void {
    if (this.#documents.length > 0) this.#dueAt = 0;
    this.#send();
  }

  /** The subscriber is about to be frozen: nothing is begun any more. */
  pause(): void {
    this.#paused = true;
    this.#cancelDue();
    if (!this.#sending) this.#cancelAttempt();
  }

  /** It goes on: what became due meanwhile is sent at once. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#batch !== undefined && !this.#sending) this.#attempt();
    else if (this.#dueAt !== undefined) this.#sendAt(this.#dueAt);
  }

  close(): void {
    this.#closed = true;
    this.#cancelDue();
    this.#cancelAttempt();
    this.#parts.receiver.reset();
  }

  #sendAt(dueAt: number): void {
    this.#dueAt = dueAt;
    this.#cancelDue();
    const { timers } = this.#parts;
    if (!this.#paused) this.#cancelDue = timers.after(Math.max(0, dueAt - timers.now()), () => this.#send());
  }

  #send(): void {
    if (this.#batch !== undefined || this.#paused || this.#closed || this.#documents.length === 0) return;
    this.#cancelDue();
    this.#dueAt = undefined;
    const told = this.#dropped.records === 0 ? undefined : this.#parts.tellDropped(this.#dropped);
    this.#batch = told === undefined ? this.#documents : [told, ...this.#documents];
    this.#dropped = { records: 0, bytes: 0 };
    this.#documents = [];
    this.#bytes = 0;
    this.#attempts = 0;
    this.#attempt();
  }

  #attempt(): void {
    this.#attempts += 1;
    this.#sending = true;
    let settled = false;
    const settle = (taken: boolean): void => {
      if (settled || this.#closed) return;
      settled = true;
      this.#cancelAttempt();
      this.#sending = false;
      if (taken) this.#taken();
      else this.#retryLater();
    };
    const { timers, receiver } = this.#parts;
    this.#cancelAttempt = timers.after(DELIVERY_TIMEOUT_MS, () => receiver.reset());
    receiver.send(this.#batch!).then(
      () => settle(true),
      () => settle(false),
    );
  }

  #retryLater(): void {
    if (this.#paused) return; // resume() tries again
    const delayMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** (this.#attempts - 1));
    this.#cancelAttempt = this.#parts.timers.after(delayMs, () => this.#attempt());
  }

  #taken(): void {
    this.#batch = undefined;
    const { maxItems, maxBytes } = this.#parts.buffering;
    const overdue = this.#dueAt !== undefined && this.#dueAt <= this.#parts.timers.now();
    if (overdue || this.#documents.length >= maxItems || this.#bytes >= maxBytes || this.#dropped.records > 0) this.#send();
    else if (this.#dueAt !== undefined) this.#sendAt(this.#dueAt);
  }
}
