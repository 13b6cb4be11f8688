/**
 * Counts of durations in buckets whose width grows with the duration, as in HdrHistogram
 * (http://hdrhistogram.org): every percentile is exact to a constant fraction, in constant memory.
 */

/** Histogram of milliseconds; kept in whole microseconds. */
export interface Histogram {
  record(milliseconds: number): void;
  /** At a percentile of 0-100: milliseconds; 0 of an empty one. Never below the true value by more than the bucket's width. */
  percentile(percentile: number): number;
  /** Adds another's counts; both must have the same precision. */
  add(other: Histogram): void;
  readonly count: number;
  /** Milliseconds; exact. */
  readonly max: number;
  readonly mean: number;
  /** For `add`. */
  readonly counts: Uint32Array;
}

/** Buckets per doubling: percentiles are exact to 1/512 and, for one interval of a run, to 1/32. */
export const FINE = 512;
export const COARSE = 32;
/** A day and a half in microseconds; what is longer counts as that. */
const DOUBLINGS = 37;
const MICROSECONDS_MAX = 2 ** DOUBLINGS - 1;
const SMALL_MAX = 2 ** 31;

/** An empty one with so many buckets per doubling, a power of two. */
export function createHistogram(precision: number = FINE): Histogram {
  return new BucketHistogram(precision);
}

class BucketHistogram implements Histogram {
  readonly counts: Uint32Array;
  readonly #precision: number;
  readonly #bits: number;
  #count = 0;
  #sum = 0;
  #max = 0;

  constructor(precision: number) {
    this.#precision = precision;
    this.#bits = Math.log2(precision);
    this.counts = new Uint32Array((DOUBLINGS - this.#bits + 1) * precision);
  }

  get count(): number {
    return this.#count;
  }

  get max(): number {
    return this.#max;
  }

  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  record(milliseconds: number): void {
    const duration = milliseconds > 0 ? milliseconds : 0;
    this.#count += 1;
    this.#sum += duration;
    if (duration > this.#max) this.#max = duration;
    const index = this.#indexOf(Math.min(MICROSECONDS_MAX, Math.round(duration * 1_000)));
    this.counts[index] = this.counts[index]! + 1;
  }

  percentile(percentile: number): number {
    if (this.#count === 0) return 0;
    const wanted = Math.max(1, Math.ceil((percentile / 100) * this.#count));
    if (wanted >= this.#count) return this.#max;
    let seen = 0;
    for (let index = 0; index < this.counts.length; index += 1) {
      seen += this.counts[index]!;
      if (seen >= wanted) return Math.min(this.#max, this.#endOf(index) / 1_000);
    }
    return this.#max;
  }

  add(other: Histogram): void {
    for (let index = 0; index < this.counts.length; index += 1) this.counts[index] = this.counts[index]! + other.counts[index]!;
    this.#count += other.count;
    this.#sum += other.mean * other.count;
    this.#max = Math.max(this.#max, other.max);
  }

  #indexOf(microseconds: number): number {
    if (microseconds < this.#precision) return microseconds;
    const doubling = microseconds < SMALL_MAX ? 31 - Math.clz32(microseconds) : Math.floor(Math.log2(microseconds));
    const shift = doubling - this.#bits;
    return shift * this.#precision + Math.floor(microseconds / 2 ** shift);
  }

  /** The largest duration of a bucket. */
  #endOf(index: number): number {
    if (index < 2 * this.#precision) return index;
    const shift = Math.floor(index / this.#precision) - 1;
    return (index - shift * this.#precision + 1) * 2 ** shift - 1;
  }
}
