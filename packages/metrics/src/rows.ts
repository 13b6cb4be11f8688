/** Rows: all metrics of one set of dimensions in one minute. */
import { parentsOf, type RowId } from "./dimensions.ts";
import { decodeDistribution, emptyDistribution, encodeDistribution, merge, record, type Distribution } from "./distribution.ts";
import { METRICS, metricOfCode, type MetricName } from "./metric-names.ts";

/** The metrics of one set of dimensions in one minute; absent is no data. */
export type Row = Map<MetricName, Distribution>;

/** Minutes since the epoch. */
export type Minute = number;

/** `ACCOUNT:REGION`. */
export type ScopeKey = string;

/** Rows by scope, minute and id. */
export interface Rows {
  /** The row at a place, made when it is new. */
  at(place: Place): Row;
  /** Adds a value, so many times. */
  add(place: Place, metric: MetricName, value: number, times?: number): void;
  /** Every row, in the order in which they were begun. */
  entries(): Iterable<readonly [Place, Row]>;
  mergeRow(place: Place, row: Row): void;
  readonly size: number;
}

/** Where a row is. */
export interface Place {
  readonly scope: ScopeKey;
  readonly minute: Minute;
  readonly row: RowId;
}

/** No rows yet. */
export function createRows(): Rows {
  const rows = new Map<string, readonly [Place, Row]>();
  const rowAt = (place: Place): Row => {
    const key = `${place.minute} ${place.scope} ${place.row}`;
    let entry = rows.get(key);
    if (entry === undefined) rows.set(key, (entry = [place, new Map()]));
    return entry[1];
  };
  return {
    at: rowAt,
    add: (place, metric, value, times) => addValue(rowAt(place), metric, value, times),
    mergeRow: (place, row) => mergeRow(rowAt(place), row),
    entries: () => rows.values(),
    get size() {
      return rows.size;
    },
  };
}

/** Adds a value, so many times. */
export function addValue(row: Row, metric: MetricName, value: number, times?: number): void {
  record(distributionOf(row, metric), value, times);
}

/** Adds everything of another row. */
export function mergeRow(into: Row, from: Row): void {
  for (const [metric, distribution] of from) merge(distributionOf(into, metric), distribution);
}

/** The rows, and in the rows that they belong to what happened in them. */
export function rollUp(rows: Rows, into: Rows): void {
  for (const [place, row] of rows.entries())
    for (const id of [place.row, ...parentsOf(place.row)]) into.mergeRow({ ...place, row: id }, row);
}

/** A row as it is kept in Redis. */
export function encodeRow(row: Row): string {
  return JSON.stringify(Object.fromEntries([...row].map(([metric, each]) => [METRICS[metric].code, encodeDistribution(each)])));
}

/** Metrics that only a newer Lambdock knows are left out, and with `only` all but that one. */
export function decodeRow(text: string, only?: MetricName): Row {
  const row: Row = new Map();
  for (const [code, numbers] of Object.entries(JSON.parse(text) as Record<string, readonly number[]>)) {
    const metric = metricOfCode(code);
    if (metric !== undefined && (only === undefined || metric === only)) row.set(metric, decodeDistribution(numbers));
  }
  return row;
}

function distributionOf(row: Row, metric: MetricName): Distribution {
  let distribution = row.get(metric);
  if (distribution === undefined) row.set(metric, (distribution = emptyDistribution()));
  return distribution;
}
