/** Labels of GetMetricData. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html */
import type { Scope } from "@lambdock/model/arn";
import type { MetricQuery, StatQuery } from "./metric-queries.ts";

/** What tells a metric from the other ones of the request; its name, where nothing does or where there is no other. */
export function defaultLabel(query: MetricQuery, all: readonly MetricQuery[]): string {
  if (query.kind === "expression") return query.id;
  const metrics = all.filter((each) => each.kind === "metric");
  const differs = (valueOf: (each: StatQuery) => string): boolean => new Set(metrics.map(valueOf)).size > 1;
  const dimensions = (each: StatQuery): string => each.metric.dimensions.map(({ Value }) => Value).join(" ");
  const parts = [
    ...(differs(dimensions) ? [dimensions(query)] : []),
    ...(differs(({ metric }) => metric.name) ? [query.metric.name] : []),
    ...(differs(({ stat }) => stat) ? [query.stat] : []),
  ].filter((part) => part !== "");
  return parts.length === 0 ? query.metric.name : parts.join(" ");
}

/** What a label's `${…}` stand for. */
export interface LabelFacts {
  readonly query: MetricQuery;
  readonly scope: Scope;
  /** In the order of time. */
  readonly values: readonly number[];
}

/** A label with its dynamic parts filled in; an unknown one stays as it is. */
export function dynamicLabel(label: string, { query, scope, values }: LabelFacts): string {
  const shown = (value: number | undefined): string => (value === undefined ? "--" : String(Math.round(value * 1e4) / 1e4));
  const figures: Readonly<Record<string, () => string>> = {
    LAST: () => shown(values.at(-1)),
    FIRST: () => shown(values[0]),
    MIN: () => shown(values.length === 0 ? undefined : Math.min(...values)),
    MAX: () => shown(values.length === 0 ? undefined : Math.max(...values)),
    SUM: () => shown(values.length === 0 ? undefined : sum(values)),
    AVG: () => shown(values.length === 0 ? undefined : sum(values) / values.length),
    DATAPOINT_COUNT: () => String(values.length),
    LABEL: () => defaultLabel(query, [query]),
  };
  const properties: Readonly<Record<string, string>> = { AccountId: scope.accountId, Region: scope.region, ...propertiesOf(query) };
  return label.replace(/\$\{(?:([A-Z_]+)|PROP\('([\w.]+)'\))\}/g, (whole, figure?: string, property?: string) =>
    figure === undefined ? (properties[property ?? ""] ?? whole) : (figures[figure]?.() ?? whole),
  );
}

function propertiesOf(query: MetricQuery): Readonly<Record<string, string>> {
  if (query.kind === "expression") return {};
  const { metric, stat, period } = query;
  return {
    Namespace: metric.namespace,
    MetricName: metric.name,
    Stat: stat,
    Period: String(period),
    ...Object.fromEntries(metric.dimensions.map(({ Name, Value }) => [`Dim.${Name}`, Value])),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
