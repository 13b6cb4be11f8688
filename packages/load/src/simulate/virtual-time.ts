import { EventHeap } from "./event-heap.ts";

/** Called with the subject that its event was pushed with. */
export type Handler = (subject: number) => void;

/** Time that passes from event to event. Milliseconds from the begin. */
export class VirtualTime {
  readonly #heap = new EventHeap();
  readonly #handlers: Handler[] = [];
  readonly #calls: ((() => void) | undefined)[] = [];
  readonly #freeCalls: number[] = [];
  readonly #callKind: number;
  /** Events that keep a run going: what only repeats itself does not. */
  #pending = 0;
  now: number;
  /** Events so far. */
  events = 0;

  constructor(beginMs = 0) {
    this.now = beginMs;
    this.#callKind = this.handle((slot) => this.#call(slot));
  }

  /** Registers what happens at events of a kind; answers the kind. */
  handle(handler: Handler): number {
    this.#handlers.push(handler);
    return this.#handlers.length - 1;
  }

  /** An event of a kind; costs no object. */
  push(delayMs: number, kind: number, subject: number): void {
    this.#pending += 1;
    this.#heap.push(this.now + delayMs, kind, subject);
  }

  /** Calls after so long; the returned function cancels. */
  after(delayMs: number, run: () => void): () => void {
    const slot = this.#freeCalls.pop() ?? this.#calls.length;
    let cancelled = false;
    this.#calls[slot] = () => (cancelled ? undefined : run());
    this.push(delayMs, this.#callKind, slot);
    return () => void (cancelled = true);
  }

  /** Calls again and again for as long as anything else is due. */
  every(intervalMs: number, run: () => void): void {
    this.aside(intervalMs, () => {
      run();
      if (this.#pending > 0) this.every(intervalMs, run);
    });
  }

  /** Calls after so long, if the run goes on until then: it is nothing to wait for. The returned function cancels. */
  aside(delayMs: number, run: () => void): () => void {
    let cancelled = false;
    this.after(delayMs, () => {
      // It is counted out when it is taken from the heap, and was never counted in.
      this.#pending += 1;
      if (!cancelled) run();
    });
    this.#pending -= 1;
    return () => void (cancelled = true);
  }

  /** Lets everything happen that is due until then, in its order. */
  runUntil(endMs: number): void {
    const heap = this.#heap;
    while (this.#pending > 0 && heap.nextAt <= endMs) {
      heap.pop();
      this.#pending -= 1;
      this.events += 1;
      this.now = heap.at;
      this.#handlers[heap.kind]!(heap.subject);
    }
  }

  #call(slot: number): void {
    const run = this.#calls[slot]!;
    this.#calls[slot] = undefined;
    this.#freeCalls.push(slot);
    run();
  }
}
