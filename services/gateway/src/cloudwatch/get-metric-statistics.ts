/** GetMetricStatistics. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html */
import { isMetricName, METRICS } from "@lambdock/metrics/metric-names";
import { parseExtendedStatistic, SIMPLE_STATISTICS, type Statistic } from "@lambdock/metrics/statistic";
import type { RequestContext } from "../operation.ts";
import { invalidCombination, invalidValue } from "./cloudwatch-error.ts";
import { textsOf, type Input } from "./input.ts";
import { alignedStart, metricOf, periodOf, timeRangeOf, unitOf, type TimeRange } from "./metric-inputs.ts";
import { readSeries, type Point, type SeriesSource } from "./series.ts";

const POINTS_MAX = 1_440;
const STATISTICS_MAX = 5;
const EXTENDED_MAX = 10;

/** A value by the name under which it is answered. */
type Named = readonly (readonly [name: string, statistic: Statistic])[];

export async function getMetricStatistics(source: SeriesSource, input: Input, { scope, now }: RequestContext): Promise<object> {
  const metric = metricOf(input);
  const range = timeRangeOf(input, invalidCombination);
  const period = periodOf({ input, name: "Period" });
  const unit = unitOf({ input, name: "Unit" });
  const simple = simpleOf(input);
  const extended = extendedOf(input);
  if (simple.length === 0 && extended.length === 0)
    throw invalidCombination("At least one of the parameters Statistics and ExtendedStatistics must be specified.");
  refuseTooMany({ start: alignedStart({ ...range, period }, now), end: range.end }, period);
  const points = await readSeries(source, { scope, metric, period, unit, ...range }, now);
  const known = isMetricName(metric.name) ? METRICS[metric.name].unit : "None";
  return { Label: metric.name, Datapoints: points.map((point) => datapoint(point, { simple, extended, unit: known })) };
}

function datapoint({ at, values }: Point, wanted: { readonly simple: Named; readonly extended: Named; readonly unit: string }): object {
  const valuesOf = (named: Named): Record<string, number> =>
    Object.fromEntries(named.map(([name, statistic]) => [name, statistic(values)]));
  return {
    Timestamp: new Date(at),
    ...valuesOf(wanted.simple),
    Unit: wanted.unit,
    ...(wanted.extended.length === 0 ? {} : { ExtendedStatistics: valuesOf(wanted.extended) }),
  };
}

function simpleOf(input: Input): Named {
  const names = textsOf({ input, name: "Statistics" });
  refuseSize("Statistics", names, STATISTICS_MAX);
  return names.map((name, index) => {
    if (!Object.hasOwn(SIMPLE_STATISTICS, name))
      throw invalidValue(
        `The value ${name} for parameter Statistics.member.${index + 1} is not one of ${Object.keys(SIMPLE_STATISTICS).join(", ")}.`,
      );
    return [name, SIMPLE_STATISTICS[name as keyof typeof SIMPLE_STATISTICS]];
  });
}

function extendedOf(input: Input): Named {
  const names = textsOf({ input, name: "ExtendedStatistics" });
  refuseSize("ExtendedStatistics", names, EXTENDED_MAX);
  return names.map((name, index) => {
    const statistic = parseExtendedStatistic(name);
    if (statistic === undefined)
      throw invalidValue(`The value ${name} for parameter ExtendedStatistics.member.${index + 1} is not a supported statistic.`);
    return [name, statistic];
  });
}

function refuseSize(parameter: string, names: readonly string[], max: number): void {
  if (names.length > max) throw invalidValue(`The collection ${parameter} must not have a size greater than ${max}.`);
}

function refuseTooMany({ start, end }: TimeRange, period: number): void {
  const points = Math.ceil((end - start) / (period * 1_000));
  if (points <= POINTS_MAX) return;
  throw invalidCombination(
    `You have requested up to ${points} datapoints, which exceeds the limit of ${POINTS_MAX}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
  );
}
