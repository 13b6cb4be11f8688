/** Metrics as those read them who answer CloudWatch's API. */
import type { RedisClient } from "@lambdock/store/redis";
import type { RowId } from "./dimensions.ts";
import { groupBy } from "./group-by.ts";
import { metricOfCode, type MetricName } from "./metric-names.ts";
import { hourKey, hourOf, namesKey, rowField } from "./metrics-keys.ts";
import { decodeRow, type Minute, type Row, type ScopeKey } from "./rows.ts";

/** Which rows to read. */
export interface RowRange {
  readonly scope: ScopeKey;
  readonly row: RowId;
  /** Inclusive. */
  readonly from: Minute;
  /** Exclusive. */
  readonly until: Minute;
  /** Absent: all. */
  readonly metric?: MetricName;
}

/** A metric that has data. */
export interface KnownMetric {
  readonly row: RowId;
  readonly metric: MetricName;
  /** Hours since the epoch in which it last had some. */
  readonly hour: number;
}

export interface MetricsReader {
  /** The minutes that have data, in their order. */
  rows(range: RowRange): Promise<readonly (readonly [Minute, Row])[]>;
  /** Every metric that had data since that hour. */
  metrics(scope: ScopeKey, sinceHour: number): Promise<readonly KnownMetric[]>;
}

/** Hours of one round trip. */
const HOURS_AT_ONCE = 24;

/** Reads what the aggregator wrote. */
export function createMetricsReader(redis: RedisClient): MetricsReader {
  return {
    async rows(range) {
      const found: (readonly [Minute, Row])[] = [];
      for (let hour = hourOf(range.from); hour * 60 < range.until; hour += HOURS_AT_ONCE) {
        const last = Math.min(range.until, (hour + HOURS_AT_ONCE) * 60);
        found.push(...(await readHours(redis, { ...range, from: Math.max(range.from, hour * 60), until: last })));
      }
      return found;
    },
    async metrics(scope, sinceHour) {
      const names = await redis.hgetall(namesKey(scope));
      return Object.entries(names).flatMap(([row, text]) =>
        Object.entries(JSON.parse(text) as Record<string, number>).flatMap(([code, hour]) => {
          const metric = metricOfCode(code);
          return metric === undefined || hour < sinceHour ? [] : [{ row, metric, hour }];
        }),
      );
    },
  };
}

async function readHours(redis: RedisClient, { scope, row, from, until, metric }: RowRange): Promise<(readonly [Minute, Row])[]> {
  const pipeline = redis.pipeline();
  const minutes = Array.from({ length: Math.max(0, until - from) }, (_, index) => from + index);
  for (const [hour, those] of groupBy(minutes, hourOf))
    pipeline.hmget(hourKey(scope, hour), ...those.map((minute) => rowField(minute, row)));
  const answers = (await pipeline.exec()) ?? [];
  const texts = answers.flatMap(([error, texts]) => {
    if (error !== null) throw error;
    return texts as (string | null)[];
  });
  return minutes.flatMap((minute, index) => {
    const text = texts[index];
    return text === null || text === undefined ? [] : [[minute, decodeRow(text, metric)] as const];
  });
}
