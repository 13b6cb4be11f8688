/**
 * A user's own cold starts, read from JSON or YAML:
 *
 *     placement: { median: 10, p99: 30 }       # optional
 *     init:
 *       nodejs24.x: { median: 140, p99: 450 }  # lognormal
 *       python*: { 128: 250, 1769: 90 }        # by memory size, MB; a number is always the same
 *       java21/arm64: { p50: 300, p90: 500, p99: 900 }  # as measured: straight lines between percentiles
 *       "*": 200
 *     restore: { "*": 300 }                    # optional: SnapStart
 */
import type { ColdStartModel, InitCurve } from "./cold-start-model.ts";
import type { Distribution } from "./distribution.ts";

/** A document that says something else; the message names the place, such as `init.nodejs24.x.median`. */
export class ColdStartDocumentError extends Error {
  override readonly name = "ColdStartDocumentError";
}

/** No duration of a start is longer: Lambda's longest function timeout, milliseconds. */
const DURATION_MS_MAX = 900_000;
const MEMORY_MB_MIN = 128;
const MEMORY_MB_MAX = 10_240;

/** Reads a parsed document; throws ColdStartDocumentError. */
export function parseColdStartDocument(document: unknown): ColdStartModel {
  const { placement, init, restore, ...rest } = members(document, "the document");
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw wrong(unknown, "placement, init or restore");
  if (init === undefined) throw wrong("init", "init durations by runtime");
  return {
    placement: placement === undefined ? { kind: "constant", ms: 0 } : distribution(placement, "placement"),
    init: curves(init, "init"),
    restore: restore === undefined ? [] : curves(restore, "restore"),
  };
}

/** Exact names come before patterns, long patterns before short ones: the order in the file is of no matter. */
function curves(value: unknown, place: string): readonly InitCurve[] {
  const all = Object.entries(members(value, place)).map(([pattern, entry]) => curve(pattern, entry, `${place}.${pattern}`));
  return all.toSorted((a, b) => weight(b.pattern) - weight(a.pattern));
}

function weight(pattern: string): number {
  return pattern.length + (pattern.includes("*") ? 0 : 1_000);
}

function curve(pattern: string, value: unknown, place: string): InitCurve {
  if (!/^[a-z0-9.*]+(\/(x86_64|arm64|\*))?$/.test(pattern)) throw wrong(place, "a runtime such as nodejs24.x, python* or java21/arm64");
  const bySize = typeof value === "object" && value !== null && Object.keys(value).some((key) => /^\d+$/.test(key));
  if (!bySize) return { pattern, points: [{ memorySizeMb: MEMORY_MB_MIN, duration: distribution(value, place) }] };
  const points = Object.entries(members(value, place)).map(([size, entry]) => ({
    memorySizeMb: memorySize(size, place),
    duration: distribution(entry, `${place}.${size}`),
  }));
  return { pattern, points: points.toSorted((a, b) => a.memorySizeMb - b.memorySizeMb) };
}

function memorySize(text: string, place: string): number {
  const size = Number(text);
  if (!/^\d+$/.test(text) || size < MEMORY_MB_MIN || size > MEMORY_MB_MAX)
    throw wrong(`${place}.${text}`, `a memory size from ${MEMORY_MB_MIN} to ${MEMORY_MB_MAX} MB`);
  return size;
}

function distribution(value: unknown, place: string): Distribution {
  if (typeof value === "number") return { kind: "constant", ms: duration(value, place) };
  const entries = members(value, place);
  return "median" in entries ? lognormal(entries, place) : percentiles(entries, place);
}

function lognormal(entries: Readonly<Record<string, unknown>>, place: string): Distribution {
  const { median, p99, ...rest } = entries;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw wrong(`${place}.${unknown}`, "median and p99");
  const medianMs = duration(median, `${place}.median`);
  const p99Ms = duration(p99, `${place}.p99`);
  if (p99Ms < medianMs) throw wrong(`${place}.p99`, "no less than the median");
  return { kind: "lognormal", medianMs, p99Ms };
}

function percentiles(entries: Readonly<Record<string, unknown>>, place: string): Distribution {
  const points = Object.entries(entries).map(([key, value]) => {
    const percentile = Number(/^p(\d{1,3}(\.\d+)?)$/.exec(key)?.[1]);
    if (!(percentile >= 0 && percentile <= 100))
      throw wrong(`${place}.${key}`, "median and p99, or percentiles such as p50, p90 and p99.9");
    return { percentile, ms: duration(value, `${place}.${key}`) };
  });
  const sorted = points.toSorted((a, b) => a.percentile - b.percentile);
  if (sorted.length === 0) throw wrong(place, "milliseconds, median and p99, or percentiles");
  const falling = sorted.findIndex((point, index) => index > 0 && point.ms < sorted[index - 1]!.ms);
  if (falling !== -1) throw wrong(`${place}.p${sorted[falling]!.percentile}`, "no less than the percentile before it");
  return { kind: "percentiles", points: sorted };
}

function duration(value: unknown, place: string): number {
  if (typeof value !== "number" || !(value >= 0 && value <= DURATION_MS_MAX))
    throw wrong(place, `milliseconds from 0 to ${DURATION_MS_MAX}`);
  return value;
}

function members(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(place, "an object");
  return value as Readonly<Record<string, unknown>>;
}

function wrong(place: string, expected: string): ColdStartDocumentError {
  return new ColdStartDocumentError(`${place}: expected ${expected}`);
}
