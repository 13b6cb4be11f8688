/** Bytes held for a slow reader before the sender is asked to pause. */
const HELD_BYTES_MAX = 1_048_576;

/** The flow of whoever pushes. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/** Chunks between a pushing sender and a pulling reader, with backpressure. Read it once: whole, or chunk by chunk. */
export class ChunkQueue {
  readonly #flow: Flow;
  readonly #held: Uint8Array[] = [];
  #heldBytes = 0;
  #paused = false;
  #ended = false;
  #failure: Error | undefined;
  #collecting = false;
  #wake: (() => void) | undefined;

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  push(chunk: Uint8Array): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.byteLength;
    if (this.#collecting) return;
    if (this.#heldBytes > HELD_BYTES_MAX && !this.#paused) {
      this.#paused = true;
      this.#flow.pause();
    }
    this.#notify();
  }

  end(): void {
    this.#ended = true;
    this.#notify();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.end();
  }

  /** Everything in one piece; rejects with the sender's failure. */
  async whole(): Promise<Uint8Array> {
    this.#collecting = true;
    this.#resume();
    if (!this.#ended) await this.#change();
    if (this.#failure !== undefined) throw this.#failure;
    return this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
  }

  /** Chunks as they come; throws the sender's failure after what came before it. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      for (let chunk = this.#held.shift(); chunk !== undefined; chunk = this.#held.shift()) {
        this.#heldBytes -= chunk.byteLength;
        yield chunk;
      }
      this.#resume();
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return;
      await this.#change();
    }
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#flow.resume();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
