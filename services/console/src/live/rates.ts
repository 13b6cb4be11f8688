/** What happened in each of the last seconds. One ring, overwritten in place: it never grows. */
import { BUCKETS, bucketOf, percentile } from "./histogram.ts";

/** One second's figures. */
export interface Second {
  /** Epoch seconds; a place of the ring that holds another second is empty. */
  at: number;
  started: number;
  ended: number;
  failed: number;
  throttled: number;
  cold: number;
  /** Most invocations at the same time. */
  peak: number;
  readonly durations: Uint16Array;
}

export type Rates = readonly Second[];

/** Seconds that are kept. */
export const SECONDS_KEPT = 330;

/** An empty ring. */
export function newRates(): Rates {
  return Array.from({ length: SECONDS_KEPT }, () => ({ at: 0, ...zero(), durations: new Uint16Array(BUCKETS) }));
}

/** The place of a time (epoch milliseconds), emptied if it held an older second; `undefined` for what is too old. */
export function secondOf(rates: Rates, atMs: number): Second | undefined {
  const at = Math.floor(atMs / 1_000);
  const second = rates[at % rates.length]!;
  if (second.at > at) return undefined;
  if (second.at < at) {
    Object.assign(second, zero(), { at });
    second.durations.fill(0);
  }
  return second;
}

/** Reads a second without touching it; `undefined` when nothing happened in it. */
export function peekSecond(rates: Rates, at: number): Second | undefined {
  const second = rates[at % rates.length]!;
  return second.at === at ? second : undefined;
}

/** Counts a duration in milliseconds. */
export function countDuration(second: Second, ms: number): void {
  second.durations[bucketOf(ms)]! += 1;
}

/** Percentiles over the seconds of a span of time, both ends included; `undefined` where nothing ended. */
export function percentilesOf(
  rates: Rates,
  [from, to]: readonly [number, number],
  shares: readonly number[],
): readonly (number | undefined)[] {
  const sum = new Uint32Array(BUCKETS);
  for (let at = from; at <= to; at++) {
    const second = peekSecond(rates, at);
    if (second !== undefined) for (let bucket = 0; bucket < BUCKETS; bucket++) sum[bucket]! += second.durations[bucket]!;
  }
  return shares.map((share) => percentile(sum, share));
}

/** Sums over the seconds of a span of time, both ends included. */
export function sumOf(rates: Rates, [from, to]: readonly [number, number]): Omit<Second, "at" | "durations"> {
  const sum = zero();
  for (let at = from; at <= to; at++) {
    const second = peekSecond(rates, at);
    if (second === undefined) continue;
    for (const key of ["started", "ended", "failed", "throttled", "cold"] as const) sum[key] += second[key];
    sum.peak = Math.max(sum.peak, second.peak);
  }
  return sum;
}

function zero(): Omit<Second, "at" | "durations"> {
  return { started: 0, ended: 0, failed: 0, throttled: 0, cold: 0, peak: 0 };
}
