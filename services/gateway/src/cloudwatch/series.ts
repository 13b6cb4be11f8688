/** One metric over time, in periods. */
import { rowOf } from "@lambdock/metrics/dimensions";
import { emptyDistribution, merge, type Distribution } from "@lambdock/metrics/distribution";
import { isMetricName, METRICS, NAMESPACE } from "@lambdock/metrics/metric-names";
import type { MetricsReader } from "@lambdock/metrics/metrics-reader";
import type { Scope } from "@lambdock/model/arn";
import { alignedStart, type MetricInput, type TimeRange } from "./metric-inputs.ts";

/** What is asked for. */
export interface SeriesQuery extends TimeRange {
  readonly scope: Scope;
  readonly metric: MetricInput;
  /** Seconds. */
  readonly period: number;
  /** Metrics of another unit have no data. */
  readonly unit: string | undefined;
}

/** Where series come from. */
export interface SeriesSource {
  readonly reader: MetricsReader;
  /** Metrics are kept for so many days. */
  readonly days: number;
}

/** The values of one period. */
export interface Point {
  /** Start of the period, epoch milliseconds. */
  readonly at: number;
  readonly values: Distribution;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** Periods below a minute have no data points where the range begins earlier than that. */
const SHORT_PERIODS_MS = 3 * 3_600_000;

/** The periods that have data, in their order. Periods are counted from the start of the range, as CloudWatch counts them. */
export async function readSeries(source: SeriesSource, query: SeriesQuery, now: number): Promise<readonly Point[]> {
  const { metric, scope, end, period } = query;
  if (period < 60 && query.start < now - SHORT_PERIODS_MS) return [];
  const start = alignedStart(query, now);
  const row = metric.namespace === NAMESPACE ? rowOf(metric.dimensions) : undefined;
  if (row === undefined || !isMetricName(metric.name)) return [];
  if (query.unit !== undefined && query.unit !== METRICS[metric.name].unit) return [];
  // Beyond that nothing is kept, or can have happened yet.
  const oldest = Math.floor(now / MINUTE_MS) - (source.days + 1) * DAY_MINUTES;
  const newest = Math.floor(now / MINUTE_MS) + DAY_MINUTES;
  const from = Math.max(oldest, Math.ceil(start / MINUTE_MS));
  const until = Math.min(newest, Math.ceil(end / MINUTE_MS));
  const rows = await source.reader.rows({ scope: `${scope.accountId}:${scope.region}`, row, from, until, metric: metric.name });
  const points = new Map<number, Distribution>();
  for (const [minute, metrics] of rows) {
    const values = metrics.get(metric.name);
    if (values === undefined) continue;
    const at = start + Math.floor((minute * MINUTE_MS - start) / (period * 1_000)) * period * 1_000;
    // A value of a minute belongs to its first second, whatever shorter period is asked for.
    const merged = points.get(at) ?? emptyDistribution();
    points.set(at, merged);
    merge(merged, values);
  }
  return [...points].map(([at, values]) => ({ at, values }));
}
