/** What a run was and what came of it: the JSON beside the report, and all that a report is drawn from. */

/** Told apart from other JSON, and from later forms of it. */
export const RESULT_FORMAT = "lambdock-run/1";

export interface RunResult {
  readonly format: typeof RESULT_FORMAT;
  readonly kind: "real" | "simulated";
  readonly name: string;
  readonly description?: string;
  readonly seed: number;
  /** Epoch milliseconds; of a simulated run 0. */
  readonly startedAt: number;
  /** From the first intended arrival to the last answer, milliseconds. */
  readonly lengthMs: number;
  /** Each value of a series stands for so many milliseconds. */
  readonly intervalMs: number;
  readonly intervals: number;
  /** Where it ran: an endpoint, or the simulator. */
  readonly where: string;
  readonly account: AccountResult;
  readonly functions: readonly FunctionResult[];
  /** What a reader must know to judge the figures. */
  readonly notes: readonly string[];
}

/** All functions together. */
export interface AccountResult {
  readonly concurrencyLimit: number;
  /** What reservations leave to the others. */
  readonly unreservedLimit: number;
  readonly concurrency: GaugeSeries;
  readonly unreserved: GaugeSeries;
  readonly environments: GaugeSeries;
  /** Starts of invocations while more than the limit ran. */
  readonly aboveLimit: number;
}

/** A quantity over time: its greatest value and its mean in each interval. */
export interface GaugeSeries {
  readonly max: readonly number[];
  readonly mean: readonly number[];
}

export interface FunctionResult {
  readonly name: string;
  /** How its requests came: `sync`, `async`, `sqs`, `kinesis`, several joined by `+`. */
  readonly via: string;
  readonly settings: string;
  readonly reserved?: number;
  readonly provisioned?: number;
  readonly series: FunctionSeries;
  readonly totals: FunctionTotals;
  /** Percentiles of all latencies, for the plot. */
  readonly latencyCurve: readonly CurvePoint[];
}

/** Milliseconds at a percentile of 0-100. */
export interface CurvePoint {
  readonly percentile: number;
  readonly ms: number;
}

/** Counts per interval; by the instant at which a request was due or, for what the system does, at which it happened. */
export interface FunctionSeries {
  readonly offered: readonly number[];
  readonly served: readonly number[];
  readonly errors: readonly number[];
  /** No answer at all, or one that is neither the function's nor a throttle. */
  readonly failed: readonly number[];
  /** By `Reason`; retries of queues are throttled again and again. */
  readonly throttles: Readonly<Record<string, readonly number[]>>;
  readonly coldStarts: readonly number[];
  readonly provisionedStarts: readonly number[];
  readonly spillovers: readonly number[];
  readonly concurrency: GaugeSeries;
  readonly environments: GaugeSeries;
  /** By intended send time; `null` where nothing was served. */
  readonly latency: Readonly<Record<LatencyPercentile, readonly (number | null)[]>>;
  /** Greatest age of what waited in the queue or shard, milliseconds; `null` where nobody looked. */
  readonly age: readonly (number | null)[];
}

export const LATENCY_PERCENTILES = ["p50", "p90", "p99", "p99.9"] as const;
export type LatencyPercentile = (typeof LATENCY_PERCENTILES)[number];

export interface FunctionTotals {
  readonly offered: number;
  readonly served: number;
  readonly errors: number;
  readonly failed: number;
  /** Throttle decisions, with those of retries. */
  readonly throttles: number;
  readonly throttlesByReason: Readonly<Record<string, number>>;
  readonly invocations: number;
  readonly coldStarts: number;
  readonly provisionedStarts: number;
  readonly spillovers: number;
  readonly peakConcurrency: number;
  readonly peakEnvironments: number;
  /** Starts of invocations while more than its own limit ran. */
  readonly aboveLimit: number;
  readonly latency: Percentiles;
  /** Of cold starts. */
  readonly init: Percentiles;
  /** Of the function's own work. */
  readonly duration: Percentiles;
  readonly oldestAgeMs: number;
}

/** Milliseconds. */
export interface Percentiles {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}
