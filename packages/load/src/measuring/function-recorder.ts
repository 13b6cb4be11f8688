/** One function's part of a run, as it comes in. */
import { COARSE, createHistogram, type Histogram } from "./histogram.ts";
import { type CurvePoint, type FunctionResult, type FunctionSeries, type FunctionTotals, type Percentiles } from "./run-result.ts";
import { Counts, Gauge } from "./series.ts";

/** How a request ended for whoever sent it. */
export type Ending = "served" | "error" | "throttled" | "failed";

export interface FunctionFacts {
  readonly name: string;
  readonly via: string;
  readonly settings: string;
  readonly reserved?: number;
  readonly provisioned?: number;
}

/** Counters of one function. Instants are milliseconds from the begin of the run. */
export class FunctionRecorder {
  readonly facts: FunctionFacts;
  readonly concurrency: Gauge;
  readonly environments: Gauge;
  readonly latencies = createHistogram();
  readonly inits = createHistogram();
  readonly durations = createHistogram();
  readonly offered = new Counts();
  readonly served = new Counts();
  readonly errors = new Counts();
  readonly failed = new Counts();
  readonly coldStarts = new Counts();
  readonly provisionedStarts = new Counts();
  readonly spillovers = new Counts();
  readonly throttles = new Map<string, Counts>();
  /** Answers 429, as the clients saw them. */
  throttledAnswers = 0;
  /** Starts and ends of invocations that the stream told. */
  starts = 0;
  ends = 0;
  aboveLimit = 0;
  readonly #intervalMs: number;
  readonly #latencyBy: (Histogram | undefined)[] = [];
  readonly #age = new Counts();
  readonly #aged = new Set<number>();
  #oldestAgeMs = 0;

  constructor(facts: FunctionFacts, intervalMs: number) {
    this.facts = facts;
    this.#intervalMs = intervalMs;
    this.concurrency = new Gauge(intervalMs);
    this.environments = new Gauge(intervalMs);
  }

  intervalOf(atMs: number): number {
    return atMs <= 0 ? 0 : Math.floor(atMs / this.#intervalMs);
  }

  /** A request that was due at `intendedMs` ended at `atMs`; latency counts from when it was due. */
  answered(ending: Ending, intendedMs: number, atMs: number): void {
    const interval = this.intervalOf(atMs);
    if (ending === "throttled") this.throttledAnswers += 1;
    else if (ending === "failed") this.failed.add(interval);
    else {
      (ending === "served" ? this.served : this.errors).add(interval);
      this.latency(intendedMs, atMs);
    }
  }

  latency(intendedMs: number, atMs: number): void {
    this.latencies.record(atMs - intendedMs);
    const due = this.intervalOf(intendedMs);
    (this.#latencyBy[due] ??= createHistogram(COARSE)).record(atMs - intendedMs);
  }

  throttle(reason: string, atMs: number): void {
    let counts = this.throttles.get(reason);
    if (counts === undefined) {
      counts = new Counts();
      this.throttles.set(reason, counts);
    }
    counts.add(this.intervalOf(atMs));
  }

  age(atMs: number, ageMs: number): void {
    const interval = this.intervalOf(atMs);
    this.#aged.add(interval);
    this.#age.raise(interval, ageMs);
    if (ageMs > this.#oldestAgeMs) this.#oldestAgeMs = ageMs;
  }

  get intervals(): number {
    return Math.max(this.offered.length, this.served.length, this.errors.length, this.failed.length);
  }

  toResult(intervals: number): FunctionResult {
    return { ...this.facts, series: this.#series(intervals), totals: this.#totals(), latencyCurve: curveOf(this.latencies) };
  }

  #series(length: number): FunctionSeries {
    const latency = (percentile: number): (number | null)[] =>
      Array.from({ length }, (_, interval) => rounded(this.#latencyBy[interval]?.percentile(percentile) ?? null));
    const age = this.#age.toArray(length);
    return {
      offered: this.offered.toArray(length),
      served: this.served.toArray(length),
      errors: this.errors.toArray(length),
      failed: this.failed.toArray(length),
      throttles: Object.fromEntries([...this.throttles].map(([reason, counts]) => [reason, counts.toArray(length)])),
      coldStarts: this.coldStarts.toArray(length),
      provisionedStarts: this.provisionedStarts.toArray(length),
      spillovers: this.spillovers.toArray(length),
      concurrency: this.concurrency.toSeries(length),
      environments: this.environments.toSeries(length),
      latency: {
        p50: latency(50),
        p90: latency(90),
        p99: latency(99),
        "p99.9": latency(99.9),
      },
      age: age.map((value, interval) => (this.#aged.has(interval) ? rounded(value) : null)),
    };
  }

  #totals(): FunctionTotals {
    const byReason = Object.fromEntries([...this.throttles].map(([reason, counts]) => [reason, counts.total]));
    return {
      offered: this.offered.total,
      served: this.served.total,
      errors: this.errors.total,
      failed: this.failed.total,
      throttles: Object.values(byReason).reduce((sum, count) => sum + count, 0),
      throttlesByReason: byReason,
      invocations: this.starts,
      coldStarts: this.coldStarts.total,
      provisionedStarts: this.provisionedStarts.total,
      spillovers: this.spillovers.total,
      peakConcurrency: this.concurrency.peak,
      peakEnvironments: this.environments.peak,
      aboveLimit: this.aboveLimit,
      latency: percentilesOf(this.latencies),
      init: percentilesOf(this.inits),
      duration: percentilesOf(this.durations),
      oldestAgeMs: rounded(this.#oldestAgeMs)!,
    };
  }
}

function percentilesOf(histogram: Histogram): Percentiles {
  const at = (percentile: number): number => rounded(histogram.percentile(percentile))!;
  return {
    count: histogram.count,
    mean: rounded(histogram.mean)!,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: rounded(histogram.max)!,
  };
}

/** Up to the last request but one: 10 points for every further nine, as HdrHistogram plots them. */
function curveOf(histogram: Histogram): CurvePoint[] {
  const points: CurvePoint[] = [];
  if (histogram.count === 0) return points;
  for (let step = 0; ; step += 1) {
    const missing = 10 ** (-step / 10);
    points.push({ percentile: Number((100 * (1 - missing)).toFixed(6)), ms: rounded(histogram.percentile(100 * (1 - missing)))! });
    if (missing * histogram.count < 1) break;
  }
  return points;
}

function rounded(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Number(milliseconds.toPrecision(5));
}
