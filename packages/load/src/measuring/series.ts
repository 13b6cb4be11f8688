/** Growing series of one value per interval. */
import type { GaugeSeries } from "./run-result.ts";

/** A series of numbers that grows as far as it is written to. */
export class Counts {
  #values: Float64Array = new Float64Array(256);
  #length = 0;

  add(interval: number, amount = 1): void {
    this.#reach(interval);
    this.#values[interval] = this.#values[interval]! + amount;
  }

  raise(interval: number, value: number): void {
    this.#reach(interval);
    if (value > this.#values[interval]!) this.#values[interval] = value;
  }

  get length(): number {
    return this.#length;
  }

  get total(): number {
    let sum = 0;
    for (let index = 0; index < this.#length; index += 1) sum += this.#values[index]!;
    return sum;
  }

  /** So many values; those never written to are 0. */
  toArray(length: number): number[] {
    return Array.from({ length }, (_, index) => (index < this.#length ? this.#values[index]! : 0));
  }

  #reach(interval: number): void {
    if (interval < this.#length) return;
    this.#length = interval + 1;
    if (interval < this.#values.length) return;
    const larger = new Float64Array(Math.max(interval + 1, this.#values.length * 2));
    larger.set(this.#values);
    this.#values = larger;
  }
}

/** A quantity that rises and falls, such as concurrency. Instants must not go back. */
export class Gauge {
  readonly #intervalMs: number;
  readonly #max = new Counts();
  readonly #integral = new Counts();
  #value = 0;
  #at = 0;
  #peak = 0;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  get value(): number {
    return this.#value;
  }

  get peak(): number {
    return this.#peak;
  }

  change(amount: number, atMs: number): void {
    this.passTo(atMs);
    this.#value += amount;
    if (this.#value > this.#peak) this.#peak = this.#value;
    this.#max.raise(Math.floor(this.#at / this.#intervalMs), this.#value);
  }

  /** Time has passed without a change. */
  passTo(atMs: number): void {
    // Clocks of several processes differ by a little: what comes late counts from now on.
    if (atMs <= this.#at) return;
    let from = this.#at;
    for (let interval = Math.floor(from / this.#intervalMs); from < atMs; interval += 1) {
      const until = Math.min(atMs, (interval + 1) * this.#intervalMs);
      if (this.#value !== 0) {
        this.#integral.add(interval, this.#value * (until - from));
        this.#max.raise(interval, this.#value);
      }
      from = until;
    }
    this.#at = atMs;
  }

  toSeries(length: number): GaugeSeries {
    return { max: this.#max.toArray(length), mean: this.#integral.toArray(length).map((area) => area / this.#intervalMs) };
  }
}

const STEPS_MS = [250, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000];
const INTERVALS_WANTED = 200;

/** Interval that shows a run of this length in at most 200 steps, and none shorter than a quarter of a second. */
export function intervalFor(lengthMs: number): number {
  return STEPS_MS.find((step) => step >= lengthMs / INTERVALS_WANTED) ?? STEPS_MS.at(-1)!;
}
