/** Values of a scenario file by their kind; each throws ScenarioError for what it is not. */
import type { Field } from "./field.ts";
import { nearest } from "./scenario-error.ts";

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** A whole number. */
export function whole(field: Field, { min, max }: Bounds): number {
  const { value } = field;
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max)
    throw field.expected(`a whole number from ${min} to ${max}`);
  return value;
}

/** Any number. */
export function decimal(field: Field, { min, max }: Bounds): number {
  const { value } = field;
  if (typeof value !== "number" || !(value >= min && value <= max)) throw field.expected(`a number from ${min} to ${max}`);
  return value;
}

/** Text that is not empty. */
export function text(field: Field): string {
  const { value } = field;
  if (typeof value !== "string" || value.trim() === "") throw field.expected("a text");
  return value;
}

/** One of a few words. */
export function oneOf<Word extends string>(field: Field, words: readonly Word[]): Word {
  const { value } = field;
  const word = words.find((each) => each === value);
  if (word !== undefined) return word;
  const meant = typeof value === "string" ? nearest(value, words) : undefined;
  throw field.expected(`one of ${words.join(", ")}${meant === undefined ? "" : ` (did you mean "${meant}"?)`}`);
}

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$/;

/** A time with its unit, in milliseconds. */
export function duration(field: Field, bounds: Bounds = { min: 0, max: 7 * 24 * 3_600_000 }): number {
  const { value } = field;
  const match = typeof value === "string" ? DURATION.exec(value.trim()) : null;
  if (match === null) throw field.expected("a time such as 200ms, 30s, 5m or 1h");
  const milliseconds = Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
  if (milliseconds < bounds.min || milliseconds > bounds.max)
    throw field.expected(`a time from ${inWords(bounds.min)} to ${inWords(bounds.max)}`);
  return milliseconds;
}

/** One time, or two as a list: the bounds of a random one. */
export function durationRange(field: Field): { readonly min: number; readonly max: number } {
  if (!field.isList) return { min: duration(field), max: duration(field) };
  const [first, second, ...more] = field.items("times").map((item) => duration(item));
  if (first === undefined || second === undefined || more.length > 0 || second < first)
    throw field.expected("a time, or the least and the greatest as [5m, 15m]");
  return { min: first, max: second };
}

const RATE = /^(\d+(?:\.\d+)?)\s*\/\s*(s|m|h)$/;
const RATE_MAX = 1_000_000;

/** Requests per second, as a number or as `50/s`, `600/m`. */
export function rate(field: Field): number {
  const { value } = field;
  const match = typeof value === "string" ? RATE.exec(value.trim()) : null;
  const perSecond = typeof value === "number" ? value : match === null ? Number.NaN : Number(match[1]) / (UNITS[match[2] as "s"] / 1_000);
  if (!(perSecond >= 0 && perSecond <= RATE_MAX)) throw field.expected(`a rate such as 50 or 50/s (per second), at most ${RATE_MAX}/s`);
  return perSecond;
}

/** Milliseconds for people. */
export function inWords(milliseconds: number): string {
  for (const unit of ["h", "m", "s"] as const)
    if (milliseconds >= UNITS[unit] && milliseconds % UNITS[unit] === 0) return `${milliseconds / UNITS[unit]}${unit}`;
  return `${milliseconds}ms`;
}
