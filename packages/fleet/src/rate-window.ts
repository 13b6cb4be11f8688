/**
 * How many requests began within the last second, exactly: a sliding window and not one that
 * begins anew each second, so that no second anywhere holds more than its limit.
 */
export interface RateWindow {
  /** True when so many requests have begun within the second up to now. */
  full(limit: number, now: number): boolean;
  /** A request begins. */
  add(now: number): void;
  /** Milliseconds until the request that began first is out of the window; 0 when there is none. */
  waitMs(now: number): number;
}

const WINDOW_MS = 1_000;
const SMALLEST = 16;

/** A window in which nothing has begun. It takes as much memory as the busiest second needed. */
export function createRateWindow(): RateWindow {
  return new RingWindow();
}

class RingWindow implements RateWindow {
  /** Instants in the order in which they came, around the end. The length is a power of two. */
  #ring = new Float64Array(SMALLEST);
  #head = 0;
  #size = 0;

  full(limit: number, now: number): boolean {
    // Whatever is old enough has to go only when it is in the way.
    if (this.#size < limit) return false;
    this.#forget(now);
    return this.#size >= limit;
  }

  add(now: number): void {
    if (this.#size === this.#ring.length) {
      this.#forget(now);
      if (this.#size * 2 > this.#ring.length) this.#grow();
    }
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = now;
    this.#size += 1;
  }

  waitMs(now: number): number {
    this.#forget(now);
    return this.#size === 0 ? 0 : this.#ring[this.#head]! + WINDOW_MS - now;
  }

  #forget(now: number): void {
    const ring = this.#ring;
    while (this.#size > 0 && ring[this.#head]! <= now - WINDOW_MS) {
      this.#head = (this.#head + 1) & (ring.length - 1);
      this.#size -= 1;
    }
  }

  #grow(): void {
    const { length } = this.#ring;
    const grown = new Float64Array(length * 2);
    for (let index = 0; index < this.#size; index += 1) grown[index] = this.#ring[(this.#head + index) & (length - 1)]!;
    this.#ring = grown;
    this.#head = 0;
  }
}
