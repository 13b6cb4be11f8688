/** ListMetrics. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html */
import { dimensionsOf, type Dimension } from "@lambdock/metrics/dimensions";
import { NAMESPACE } from "@lambdock/metrics/metric-names";
import type { RequestContext } from "../operation.ts";
import { invalidToken, invalidValue } from "./cloudwatch-error.ts";
import { optionalBoolean, optionalText, requiredText, structuresOf, type Input } from "./input.ts";
import type { SeriesSource } from "./series.ts";

const PAGE = 500;
const HOUR_MS = 3_600_000;
const FILTERS_MAX = 10;

interface Filter {
  readonly Name: string;
  readonly Value: string | undefined;
}

export async function listMetrics({ reader, days }: SeriesSource, input: Input, { scope, now }: RequestContext): Promise<object> {
  const name = { min: 1, max: 255 } as const;
  const namespace = optionalText({ input, name: "Namespace" }, name);
  const metricName = optionalText({ input, name: "MetricName" }, name);
  const filters = filtersOf(input);
  const hour = Math.floor(now / HOUR_MS);
  const since = recentlyActive(input) ? hour - 3 : hour - days * 24;
  const owner = optionalText({ input, name: "OwningAccount" }, name);
  const after = tokenOf(input);
  const ours = (namespace === undefined || namespace === NAMESPACE) && (owner === undefined || owner === scope.accountId);
  const all = ours ? await reader.metrics(`${scope.accountId}:${scope.region}`, since) : [];
  const found = all
    .filter(({ metric, row }) => (metricName === undefined || metric === metricName) && matches(dimensionsOf(row), filters))
    .map(({ metric, row }) => ({ key: `${metric} ${row}`, metric, row }))
    .filter(({ key }) => key > after)
    .sort((one, other) => (one.key < other.key ? -1 : 1));
  const page = found.slice(0, PAGE);
  return {
    Metrics: page.map(({ metric, row }) => ({ Namespace: NAMESPACE, MetricName: metric, Dimensions: dimensionsOf(row) })),
    ...(found.length > PAGE ? { NextToken: Buffer.from(page.at(-1)!.key).toString("base64url") } : {}),
    ...(optionalBoolean({ input, name: "IncludeLinkedAccounts" }) === true ? { OwningAccounts: page.map(() => scope.accountId) } : {}),
  };
}

function filtersOf(input: Input): readonly Filter[] {
  const structures = structuresOf({ input, name: "Dimensions" });
  if (structures.length > FILTERS_MAX) throw invalidValue(`The collection Dimensions must not have a size greater than ${FILTERS_MAX}.`);
  return structures.map((at) => ({
    Name: requiredText({ ...at, name: "Name" }, { min: 1, max: 255 }),
    Value: optionalText({ ...at, name: "Value" }, { min: 1, max: 1_024 }),
  }));
}

function matches(dimensions: readonly Dimension[], filters: readonly Filter[]): boolean {
  return filters.every((filter) =>
    dimensions.some(({ Name, Value }) => Name === filter.Name && (filter.Value === undefined || filter.Value === Value)),
  );
}

function recentlyActive(input: Input): boolean {
  const value = optionalText({ input, name: "RecentlyActive" }, { min: 0, max: 255 });
  if (value !== undefined && value !== "PT3H") throw invalidValue(`The value ${value} for parameter RecentlyActive is not PT3H.`);
  return value !== undefined;
}

function tokenOf(input: Input): string {
  const text = optionalText({ input, name: "NextToken" }, { min: 0, max: 8_192 });
  if (text === undefined || text === "") return "";
  const key = Buffer.from(text, "base64url").toString();
  if (!/^[A-Z]\w* \S*$/.test(key)) throw invalidToken();
  return key;
}
