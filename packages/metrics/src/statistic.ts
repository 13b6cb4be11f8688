/**
 * CloudWatch's statistics: the five simple ones exactly, those by rank within the distribution's
 * relative error. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
 */
import { steps, type Distribution, type Step } from "./distribution.ts";

/** What a statistic makes of the values of a period; there is at least one. */
export type Statistic = (distribution: Distribution) => number;

/** `Statistics` of GetMetricStatistics. */
export const SIMPLE_STATISTICS = {
  SampleCount: ({ count }) => count,
  Average: ({ sum, count }) => sum / count,
  Sum: ({ sum }) => sum,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
} as const satisfies Readonly<Record<string, Statistic>>;

/** The statistic of that name in its usual spelling: any statistic of GetMetricData. `undefined`: there is none. */
export function parseStatistic(text: string): Statistic | undefined {
  if (Object.hasOwn(SIMPLE_STATISTICS, text)) return SIMPLE_STATISTICS[text as keyof typeof SIMPLE_STATISTICS];
  return parseExtendedStatistic(text);
}

/** `p99.9`, `tm90`, `TM(10%:90%)`, `PR(:300)`, `IQM` and their like. */
export function parseExtendedStatistic(text: string): Statistic | undefined {
  if (text === "IQM") return BOUNDED["TM"]!({ unit: "%", low: 25, high: 75 });
  const [, prefix = "", number] = /^(p|tm|wm|tc|ts)(\d{1,3}(?:\.\d{1,10})?)$/.exec(text) ?? [];
  if (number !== undefined) {
    const percent = Number(number);
    if (percent > 100) return undefined;
    if (prefix === "p") return (distribution) => percentile(distribution, percent);
    return BOUNDED[prefix.toUpperCase()]!({ unit: "%", low: 0, high: percent });
  }
  const bounds = parseBounds(text);
  return bounds === undefined ? undefined : BOUNDED[text.slice(0, 2)]!(bounds);
}

/** The smallest value that at least so many percent of the values don't exceed. */
export function percentile(distribution: Distribution, percent: number): number {
  return valueAt(steps(distribution), (percent / 100) * distribution.count, distribution.max);
}

/** Percent of the values by rank, or the values themselves: the lower bound is left out, the upper one is in. */
interface Bounds {
  readonly unit: "%" | "value";
  readonly low: number;
  readonly high: number;
}

function parseBounds(text: string): Bounds | undefined {
  const number = String.raw`(\d+(?:\.\d+)?)?`;
  const [, kind, low, lowUnit, high, highUnit] = new RegExp(`^(TM|WM|TC|TS|PR)\\(${number}(%?):${number}(%?)\\)$`).exec(text) ?? [];
  if (kind === undefined || (low === undefined && high === undefined)) return undefined;
  if ((low === undefined && lowUnit !== "") || (high === undefined && highUnit !== "")) return undefined;
  if (low !== undefined && high !== undefined && (lowUnit !== highUnit || Number(low) >= Number(high))) return undefined;
  const percent = lowUnit === "%" || highUnit === "%";
  if (percent && (kind === "PR" || Number(low ?? 0) > 100 || Number(high ?? 0) > 100)) return undefined;
  return { unit: percent ? "%" : "value", low: Number(low ?? (percent ? 0 : -Infinity)), high: Number(high ?? (percent ? 100 : Infinity)) };
}

const BOUNDED: Readonly<Record<string, (bounds: Bounds) => Statistic>> = {
  TM: (bounds) => (distribution) => {
    const { sum, count } = within(distribution, bounds);
    return count === 0 ? 0 : sum / count;
  },
  TS: (bounds) => (distribution) => within(distribution, bounds).sum,
  TC: (bounds) => (distribution) => Math.round(within(distribution, bounds).count),
  PR: (bounds) => (distribution) => (100 * within(distribution, bounds).count) / distribution.count,
  WM: (bounds) => (distribution) => {
    const all = steps(distribution);
    const at = (percent: number): number => valueAt(all, (percent / 100) * distribution.count, distribution.max);
    const [low, high] = bounds.unit === "%" ? [at(bounds.low), at(bounds.high)] : [bounds.low, bounds.high];
    return all.reduce((sum, { value, count }) => sum + Math.min(high, Math.max(low, value)) * count, 0) / distribution.count;
  },
};

/** What lies within the bounds; of a step at a bound by rank, its part. */
function within(distribution: Distribution, { unit, low, high }: Bounds): { readonly sum: number; readonly count: number } {
  if (unit === "%" && low === 0 && high === 100) return distribution;
  let [sum, count, rank] = [0, 0, 0];
  const [from, until] = [(low / 100) * distribution.count, (high / 100) * distribution.count];
  for (const step of steps(distribution)) {
    const inside = step.value > low && step.value <= high ? step.count : 0;
    const part = unit === "value" ? inside : Math.max(0, Math.min(until, rank + step.count) - Math.max(from, rank));
    sum += step.value * part;
    count += part;
    rank += step.count;
  }
  return { sum, count };
}

function valueAt(all: readonly Step[], rank: number, max: number): number {
  if (rank <= 0) return all[0]?.value ?? max;
  let seen = 0;
  for (const { value, count } of all) {
    seen += count;
    // Ranks are products of fractions: a hair over a whole number is that number.
    if (seen >= rank - 1e-9) return value;
  }
  return max;
}
