/** GetMetricData. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
import type { RequestContext } from "../operation.ts";
import { invalidToken, validation } from "./cloudwatch-error.ts";
import { optionalInteger, optionalText, requiredTimestamp, type Input } from "./input.ts";
import { timeRangeOf, type TimeRange } from "./metric-inputs.ts";
import { defaultLabel, dynamicLabel } from "./metric-label.ts";
import { evaluate, idsOf, type Value } from "./metric-math.ts";
import { queriesOf, type MetricQuery, type StatQuery } from "./metric-queries.ts";
import { readSeries, type Point, type SeriesSource } from "./series.ts";

const POINTS_MAX = 100_800;

/** A whole result, before it is cut into pages. */
interface Result {
  readonly id: string;
  readonly label: string;
  /** Epoch milliseconds and value, in the order that was asked for. */
  readonly points: readonly (readonly [at: number, value: number])[];
}

/** Where a page begins: the query, and the time of the last point that was told of it. */
type Token = readonly [index: number, after: number | null];

export async function getMetricData(source: SeriesSource, input: Input, context: RequestContext): Promise<object> {
  const { scope, now } = context;
  const queries = queriesOf(input, scope.accountId);
  const range = rangeOf(input);
  const ascending = scanOf(input) === "TimestampAscending";
  const max = pointsMaxOf(input);
  const token = tokenOf(input, queries.length);
  const returned = queries.filter((query) => query.returned);
  const results: Result[] = [];
  const read = (query: StatQuery): ReturnType<typeof readSeries> => readSeries(source, { scope, ...range, ...query }, now);
  const valueOf = await valuesOf(queries, read);
  for (const query of returned) {
    const value = valueOf(query.id);
    if (typeof value === "number") throw validation(`Error in expression '${query.id}' [it names no metric, so that it has no times]`);
    const values = [...value].sort(([one], [other]) => one - other);
    const facts = { query, scope, values: values.map(([, value]) => value) };
    const label = query.label === undefined ? defaultLabel(query, returned) : dynamicLabel(query.label, facts);
    results.push({ id: query.id, label, points: ascending ? values : values.toReversed() });
  }
  return page(results, token, max);
}

/** The value of each query; what several expressions need is read once. */
async function valuesOf(
  queries: readonly MetricQuery[],
  read: (query: StatQuery) => Promise<readonly Point[]>,
): Promise<(id: string) => Value> {
  const needed = new Set(
    queries.flatMap((query) => [...(query.returned ? [query.id] : []), ...(query.kind === "expression" ? idsOf(query.expression) : [])]),
  );
  const values = new Map<string, Value>();
  for (const query of queries) {
    if (query.kind === "expression" || !needed.has(query.id)) continue;
    const points = await read(query);
    values.set(query.id, new Map(points.map((point) => [point.at, query.statistic(point.values)])));
  }
  const expressions = new Map(queries.flatMap((query) => (query.kind === "expression" ? [[query.id, query.expression] as const] : [])));
  const valueOf = (id: string): Value => {
    const known = values.get(id) ?? evaluate(expressions.get(id)!, valueOf);
    values.set(id, known);
    return known;
  };
  return valueOf;
}

/** Points until there are too many; a result that goes on is `PartialData`. */
function page(results: readonly Result[], [first, after]: Token, max: number): object {
  const told: object[] = [];
  let left = max;
  let next: Token | undefined;
  for (let index = first; index < results.length && next === undefined; index += 1) {
    const { id, label, points } = results[index]!;
    const from = index === first && after !== null ? points.findIndex(([at]) => at === after) + 1 : 0;
    const some = points.slice(from, from + left);
    left -= some.length;
    const whole = from + some.length === points.length;
    if (!whole) next = [index, some.at(-1)?.[0] ?? null];
    else if (left === 0 && index + 1 < results.length) next = [index + 1, null];
    told.push({
      Id: id,
      Label: label,
      Timestamps: some.map(([at]) => new Date(at)),
      Values: some.map(([, value]) => value),
      StatusCode: whole ? "Complete" : "PartialData",
    });
  }
  return { MetricDataResults: told, Messages: [], ...(next === undefined ? {} : { NextToken: encodeToken(next) }) };
}

/** An empty range is refused in words of its own [recorded]. */
function rangeOf(input: Input): TimeRange {
  const [start, end] = [requiredTimestamp({ input, name: "StartTime" }), requiredTimestamp({ input, name: "EndTime" })];
  if (start === end) throw validation("The parameter StartTime must not equal parameter EndTime.");
  return timeRangeOf(input, validation);
}

function scanOf(input: Input): string {
  const scan = optionalText({ input, name: "ScanBy" }, { min: 0, max: 255 }) ?? "TimestampDescending";
  if (scan !== "TimestampDescending" && scan !== "TimestampAscending")
    throw validation(`The value ${scan} for parameter ScanBy is not one of TimestampDescending, TimestampAscending.`);
  return scan;
}

function pointsMaxOf(input: Input): number {
  const max = optionalInteger({ input, name: "MaxDatapoints" }) ?? POINTS_MAX;
  if (max < 1 || max > POINTS_MAX) throw validation(`The parameter MaxDatapoints must be between 1 and ${POINTS_MAX}.`);
  return max;
}

function encodeToken(token: Token): string {
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

function tokenOf(input: Input, queries: number): Token {
  const text = optionalText({ input, name: "NextToken" }, { min: 0, max: 1_024 });
  if (text === undefined || text === "") return [0, null];
  const [, index, after] = /^\[(\d{1,3}),(null|\d{1,15})\]$/.exec(Buffer.from(text, "base64url").toString()) ?? [];
  if (index === undefined || after === undefined || Number(index) >= queries) throw invalidToken();
  return [Number(index), after === "null" ? null : Number(after)];
}
