/**
 * When requests arrive, decided before the first is sent: whether the system keeps up changes
 * nothing (open loop). Pure: phases and a source of random numbers in, instants out.
 */
import type { RandomSource } from "@lambdock/fleet/distribution";

/** One stretch of traffic. Rates are per second, times in milliseconds. */
export type Phase =
  /** Evenly spaced. */
  | { readonly kind: "constant"; readonly rate: number; readonly forMs: number }
  /** Evenly growing or falling. */
  | { readonly kind: "ramp"; readonly from: number; readonly to: number; readonly forMs: number }
  /** Independent of each other, as of many users: exponential gaps. */
  | { readonly kind: "poisson"; readonly rate: number; readonly forMs: number }
  /** So many, evenly within a time; 0: at the same instant. What is left of `forMs` is silence. */
  | { readonly kind: "burst"; readonly count: number; readonly withinMs: number; readonly forMs: number }
  | { readonly kind: "pause"; readonly forMs: number }
  /** Recorded: ascending instants from the phase's begin, or counts per equal stretch, whose arrivals are spread at random. */
  | { readonly kind: "instants"; readonly atMs: readonly number[]; readonly forMs: number }
  | { readonly kind: "counts"; readonly counts: readonly number[]; readonly eachMs: number; readonly forMs: number };

/** The next arrival, milliseconds from the begin, never before the one before; `undefined` after the last. */
export type Arrivals = () => number | undefined;

/** The arrivals of phases one after the other. */
export function createArrivals(phases: readonly Phase[], random: RandomSource): Arrivals {
  const all = arrivalsOf(phases, random);
  return () => {
    const { value, done } = all.next();
    return done === true ? undefined : value;
  };
}

/** How long all phases take together, milliseconds. */
export function lengthOf(phases: readonly Phase[]): number {
  return phases.reduce((sum, { forMs }) => sum + forMs, 0);
}

/** Arrivals that a phase brings; of a Poisson process what is expected. */
export function expectedCount(phase: Phase): number {
  switch (phase.kind) {
    case "constant":
    case "poisson":
      return (phase.rate * phase.forMs) / 1_000;
    case "ramp":
      return ((phase.from + phase.to) / 2) * (phase.forMs / 1_000);
    case "burst":
      return phase.count;
    case "pause":
      return 0;
    case "instants":
      return phase.atMs.length;
    case "counts":
      return phase.counts.reduce((sum, count) => sum + count, 0);
  }
}

function* arrivalsOf(phases: readonly Phase[], random: RandomSource): Generator<number, undefined> {
  let begin = 0;
  for (const phase of phases) {
    for (const at of instantsOf(phase, random)) yield begin + at;
    begin += phase.forMs;
  }
}

function instantsOf(phase: Phase, random: RandomSource): Iterable<number> {
  switch (phase.kind) {
    case "constant":
      return ramp({ from: phase.rate, to: phase.rate, forMs: phase.forMs });
    case "ramp":
      return ramp(phase);
    case "poisson":
      return poisson(phase, random);
    case "burst":
      return burst(phase);
    case "pause":
      return [];
    case "instants":
      return phase.atMs;
    case "counts":
      return counted(phase, random);
  }
}

/** The k-th request comes when k of them are due: k = from*t + (to - from)*t^2 / 2T, solved for t. */
function* ramp({ from, to, forMs }: { readonly from: number; readonly to: number; readonly forMs: number }): Generator<number> {
  const seconds = forMs / 1_000;
  const total = Math.round(((from + to) / 2) * seconds);
  const growth = (to - from) / seconds;
  for (let due = 0; due < total; due += 1) {
    // The form of the quadratic formula that also holds for no growth at all.
    const root = Math.sqrt(Math.max(0, from * from + 2 * growth * due));
    const at = due === 0 ? 0 : (2 * due) / (from + root);
    yield Math.min(forMs, at * 1_000);
  }
}

function* poisson({ rate, forMs }: { readonly rate: number; readonly forMs: number }, random: RandomSource): Generator<number> {
  if (rate <= 0) return;
  const meanGapMs = 1_000 / rate;
  for (let at = gap(meanGapMs, random); at < forMs; at += gap(meanGapMs, random)) yield at;
}

function gap(meanMs: number, random: RandomSource): number {
  return -Math.log(1 - random()) * meanMs;
}

function* burst({ count, withinMs }: { readonly count: number; readonly withinMs: number }): Generator<number> {
  for (let index = 0; index < count; index += 1) yield (index / count) * withinMs;
}

/** Given how many came, the arrivals of a Poisson process lie uniformly. */
function* counted(
  { counts, eachMs }: { readonly counts: readonly number[]; readonly eachMs: number },
  random: RandomSource,
): Generator<number> {
  for (const [index, count] of counts.entries()) {
    const within = Float64Array.from({ length: count }, () => random()).sort();
    for (const part of within) yield (index + part) * eachMs;
  }
}
