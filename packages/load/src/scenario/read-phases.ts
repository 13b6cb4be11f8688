/** Phases of traffic, as the scenario file writes them. */
import type { Phase } from "../arrivals/arrivals.ts";
import { readTrace, TraceError, type Trace, type TraceFormat } from "../arrivals/trace.ts";
import type { Field } from "./field.ts";
import type { ReadFile } from "./read-scenario.ts";
import { decimal, duration, oneOf, rate, text, whole } from "./values.ts";

const KINDS = ["constant", "ramp", "poisson", "burst", "pause", "replay"] as const;
const KEYS = [...KINDS, "for", "within", "unit", "column", "speed"] as const;
type Members = Partial<Record<(typeof KEYS)[number], Field>>;

/** Beside its kind, what a phase may say. */
const COMPANIONS: Readonly<Record<(typeof KINDS)[number], readonly (typeof KEYS)[number][]>> = {
  constant: ["for"],
  ramp: ["for"],
  poisson: ["for"],
  burst: ["for", "within"],
  pause: [],
  replay: ["for", "unit", "column", "speed"],
};

/** Arrivals of one phase; more is surely a mistyped figure. */
const BURST_MAX = 10_000_000;

/** Reads the list `phases`. */
export function readPhases(field: Field, readFile: ReadFile): readonly Phase[] {
  const phases = field.items("phases").map((item) => readPhase(item, readFile));
  if (phases.length === 0) throw field.expected("at least one phase");
  return phases;
}

function readPhase(field: Field, readFile: ReadFile): Phase {
  const members: Members = field.members("a phase", KEYS);
  const kinds = KINDS.filter((kind) => members[kind] !== undefined);
  const [kind, second] = kinds;
  if (kind === undefined) throw field.fail(`${field.path} needs one of ${KINDS.join(", ")}`);
  if (second !== undefined) throw members[second]!.fail(`a phase is either ${kind} or ${second}: write two phases`);
  for (const key of KEYS)
    if (key !== kind && members[key] !== undefined && !COMPANIONS[kind].includes(key))
      throw members[key].fail(`"${key}" has no meaning in a phase of kind ${kind}`);
  return phaseOf(kind, { field: members[kind]!, members, readFile });
}

interface Reading {
  /** The value of the phase's kind. */
  readonly field: Field;
  readonly members: Members;
  readonly readFile: ReadFile;
}

function phaseOf(kind: (typeof KINDS)[number], { field, members, readFile }: Reading): Phase {
  const forMs = (): number => {
    if (members.for === undefined) throw field.fail(`a phase of kind ${kind} needs "for", such as for: 1m`);
    return duration(members.for, { min: 1, max: 7 * 24 * 3_600_000 });
  };
  switch (kind) {
    case "constant":
    case "poisson":
      return { kind, rate: rate(field), forMs: forMs() };
    case "ramp":
      return { kind, ...ends(field), forMs: forMs() };
    case "burst": {
      const withinMs = members.within === undefined ? 0 : duration(members.within);
      const length = members.for === undefined ? withinMs : forMs();
      if (length < withinMs) throw members.for!.fail('"for" must be no shorter than "within"');
      return { kind, count: whole(field, { min: 1, max: BURST_MAX }), withinMs, forMs: length };
    }
    case "pause":
      return { kind, forMs: duration(field) };
    case "replay":
      return replay(field, { members, readFile, forMs });
  }
}

function ends(field: Field): { readonly from: number; readonly to: number } {
  const [from, to, ...more] = field.isList ? field.items("rates").map((item) => rate(item)) : [];
  if (from === undefined || to === undefined || more.length > 0) throw field.expected("the rates at its two ends, such as [0, 500]");
  return { from, to };
}

function replay(field: Field, context: { readonly members: Members; readonly readFile: ReadFile; readonly forMs: () => number }): Phase {
  const { members, readFile, forMs } = context;
  const format: TraceFormat = {
    unit: members.unit === undefined ? "timestamps" : oneOf(members.unit, ["timestamps", "per-second", "per-minute"]),
    ...(members.column === undefined ? {} : { column: text(members.column) }),
  };
  const speed = members.speed === undefined ? 1 : decimal(members.speed, { min: 0.001, max: 100_000 });
  const trace = traceOf(field, format, readFile);
  const cut = members.for === undefined ? Infinity : forMs();
  if (trace.kind === "instants") {
    const atMs = trace.atMs.map((at) => at / speed).filter((at) => at <= cut);
    return { kind: "instants", atMs, forMs: Math.min(cut, (trace.atMs.at(-1) ?? 0) / speed) };
  }
  const eachMs = trace.eachMs / speed;
  const counts = trace.counts.slice(0, Math.ceil(Math.min(trace.counts.length, cut / eachMs)));
  return { kind: "counts", counts, eachMs, forMs: counts.length * eachMs };
}

function traceOf(field: Field, format: TraceFormat, readFile: ReadFile): Trace {
  const name = text(field);
  let content: string;
  try {
    content = readFile(name);
  } catch (error) {
    throw field.fail(`the trace ${name} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    return readTrace(content, format);
  } catch (error) {
    if (error instanceof TraceError) throw field.fail(`${name}: ${error.message}`);
    throw error;
  }
}
