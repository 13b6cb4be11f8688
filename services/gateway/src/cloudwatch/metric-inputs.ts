/** Members that several operations have: dimensions, periods, units, time ranges. */
import type { Dimension } from "@lambdock/metrics/dimensions";
import { invalidValue, missing, type CloudWatchError } from "./cloudwatch-error.ts";
import { optionalInteger, optionalText, pathOf, requiredText, requiredTimestamp, structuresOf, type Input, type Member } from "./input.ts";

const DIMENSIONS_MAX = 30;
const NAME = { min: 1, max: 255 } as const;
const VALUE = { min: 1, max: 1_024 } as const;
/** Seconds; metrics of AWS services have one value in a minute. */
const SHORT_PERIODS: ReadonlySet<number> = new Set([1, 5, 10, 20, 30]);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const UNIT_SIZES = ["Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits"];
const UNITS: ReadonlySet<string> = new Set([
  "Seconds",
  "Microseconds",
  "Milliseconds",
  ...UNIT_SIZES,
  "Percent",
  "Count",
  ...UNIT_SIZES.map((size) => `${size}/Second`),
  "Count/Second",
  "None",
]);

/** A metric as a request names it. */
export interface MetricInput {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly Dimension[];
}

/** `Namespace`, `MetricName` and `Dimensions`. */
export function metricOf(input: Input, path = ""): MetricInput {
  const at = { input, path };
  const namespace = requiredText({ ...at, name: "Namespace" }, NAME);
  if (namespace.startsWith(":"))
    throw invalidValue(`The value ${namespace} for parameter ${pathOf({ ...at, name: "Namespace" })} is invalid: it begins with a colon.`);
  const name = requiredText({ ...at, name: "MetricName" }, NAME);
  return { namespace, name, dimensions: dimensionsOf({ ...at, name: "Dimensions" }) };
}

function dimensionsOf(member: Member): readonly Dimension[] {
  const structures = structuresOf(member);
  if (structures.length > DIMENSIONS_MAX)
    throw invalidValue(`The collection ${pathOf(member)} must not have a size greater than ${DIMENSIONS_MAX}.`);
  return structures.map((at) => ({
    Name: requiredText({ ...at, name: "Name" }, NAME),
    Value: requiredText({ ...at, name: "Value" }, VALUE),
  }));
}

/** `Period`, in seconds. */
export function periodOf(member: Member): number {
  const period = optionalInteger(member);
  if (period === undefined) throw missing(pathOf(member));
  if (period < 1) throw invalidValue(`The parameter ${pathOf(member)} must be greater than or equal to 1.`);
  if (period % 60 !== 0 && !SHORT_PERIODS.has(period))
    throw invalidValue(`The parameter ${pathOf(member)} must be 1, 5, 10, 20, 30 or a multiple of 60, and is ${period}.`);
  return period;
}

/** `Unit`; `undefined` is any. */
export function unitOf(member: Member): string | undefined {
  const unit = optionalText(member, { min: 0, max: 255 });
  if (unit !== undefined && !UNITS.has(unit))
    throw invalidValue(`The value ${unit} for parameter ${pathOf(member)} is not one of ${[...UNITS].join(", ")}.`);
  return unit;
}

/** Epoch milliseconds. */
export interface TimeRange {
  /** As it was given: what it is rounded to depends on the period, see {@link alignedStart}. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** `StartTime` and `EndTime`; `refuse` makes the error of a range that ends before it begins. */
export function timeRangeOf(input: Input, refuse: (message: string) => CloudWatchError): TimeRange {
  const start = requiredTimestamp({ input, name: "StartTime" });
  const end = requiredTimestamp({ input, name: "EndTime" });
  if (start >= end) throw refuse("The parameter StartTime must be less than the parameter EndTime.");
  return { start, end };
}

/**
 * Where the first period begins: CloudWatch rounds the start down to the minute, to the period if that
 * is shorter, to five minutes after 15 days and to the hour after 63.
 */
export function alignedStart({ start, period }: { readonly start: number; readonly period: number }, now: number): number {
  const age = now - start;
  const unit = age > 63 * DAY_MS ? 60 * MINUTE_MS : age > 15 * DAY_MS ? 5 * MINUTE_MS : Math.min(MINUTE_MS, period * 1_000);
  return Math.floor(start / unit) * unit;
}
