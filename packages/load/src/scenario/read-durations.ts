/** Distributions and cold starts, as the scenario file writes them. */
import { ColdStartDocumentError, parseColdStartDocument } from "@lambdock/fleet/cold-start-document";
import { publishedColdStarts, type ColdStartModel } from "@lambdock/fleet/cold-start-model";
import type { DurationModel } from "../durations.ts";
import type { Field } from "./field.ts";
import type { ReadFile } from "./read-scenario.ts";
import { duration } from "./values.ts";

/** No function runs longer, milliseconds. */
const LONGEST = { min: 0, max: 900_000 };
const PERCENTILE = /^p(\d{1,2}(?:\.\d+)?|100)$/;

/** `100ms`, `{median, p99}`, `{mean}` (exponential), percentiles `{p50, p90, …}`, or `{samples: file}`. */
export function readDuration(field: Field, readFile: ReadFile): DurationModel {
  if (!field.isMap) return { kind: "constant", ms: duration(field, LONGEST) };
  const entries = field.entries("a duration");
  const names = entries.map(([name]) => name);
  if (names.includes("samples")) return samplesOf(field, readFile);
  if (names.includes("mean")) {
    const { mean } = field.members("an exponential duration", ["mean"]);
    return { kind: "exponential", meanMs: duration(mean!, LONGEST) };
  }
  if (names.includes("median")) return lognormal(field);
  const points = entries.map(([name, { field: value }]) => {
    const percentile = PERCENTILE.exec(name)?.[1];
    if (percentile === undefined)
      throw value.fail(`"${name}" is no key of a duration; write 100ms, or median and p99, or mean, or percentiles such as p50 and p99.9`);
    return { percentile: Number(percentile), ms: duration(value, LONGEST) };
  });
  const sorted = points.toSorted((a, b) => a.percentile - b.percentile);
  if (sorted.length === 0 || sorted.some((point, index) => index > 0 && point.ms < sorted[index - 1]!.ms))
    throw field.expected("percentiles that grow, such as { p50: 80ms, p99: 400ms }");
  return { kind: "percentiles", points: sorted };
}

function lognormal(field: Field): DurationModel {
  const { median, p99 } = field.members("a lognormal duration", ["median", "p99"]);
  if (p99 === undefined) throw field.fail(`${field.path} needs p99 beside median`);
  const [medianMs, p99Ms] = [duration(median!, LONGEST), duration(p99, LONGEST)];
  if (p99Ms < medianMs) throw p99.fail("p99 must be no less than the median");
  return { kind: "lognormal", medianMs, p99Ms };
}

function samplesOf(field: Field, readFile: ReadFile): DurationModel {
  const { samples } = field.members("measured durations", ["samples"]);
  const name = samples!.value;
  if (typeof name !== "string") throw samples!.expected("a file with one duration in milliseconds per line");
  let content: string;
  try {
    content = readFile(name);
  } catch (error) {
    throw samples!.fail(`${name} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const lines = content.split(/\r?\n/).filter((line) => line.trim() !== "");
  const values = lines.map(Number);
  const broken = values.findIndex((value) => !(value >= 0 && value <= LONGEST.max));
  if (broken !== -1) throw samples!.fail(`${name}, value ${broken + 1}: "${lines[broken]}" is no duration in milliseconds`);
  if (values.length === 0) throw samples!.fail(`${name} has no durations`);
  return { kind: "samples", samples: values };
}

/** `published`, `none`, one time for all, or a document as `LAMBDOCK_COLD_START` takes it. */
export function readColdStart(field: Field | undefined): ColdStartModel {
  if (field === undefined || field.value === "published") return publishedColdStarts;
  const none = { kind: "constant", ms: 0 } as const;
  if (field.value === "none") return { placement: none, init: [], restore: [] };
  if (!field.isMap) {
    if (typeof field.value !== "string" || !/^\d/.test(field.value))
      throw field.expected("published, none, a time such as 250ms, or init durations by runtime");
    const constant = { kind: "constant", ms: duration(field, LONGEST) } as const;
    return { placement: none, init: [{ pattern: "*", points: [{ memorySizeMb: 128, duration: constant }] }], restore: [] };
  }
  try {
    return parseColdStartDocument(field.value);
  } catch (error) {
    if (!(error instanceof ColdStartDocumentError)) throw error;
    throw placeOf(field, error.message).fail(`coldStart.${error.message}`);
  }
}

/** The field that a document's error is about, as near as its keys tell. */
function placeOf(field: Field, message: string): Field {
  let [path = ""] = message.split(":");
  let place = field;
  for (;;) {
    const found = place.isMap ? place.entries("cold starts").find(([name]) => path === name || path.startsWith(`${name}.`)) : undefined;
    if (found === undefined) return place;
    place = found[1].field;
    path = path.slice(found[0].length + 1);
  }
}
