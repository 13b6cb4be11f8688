/** Functions of a scenario. */
import { CURRENT_RUNTIMES, runtimeStanding } from "@lambdock/model/runtimes";
import type { Code, ScenarioFunction } from "./scenario.ts";
import type { Field } from "./field.ts";
import { readDuration } from "./read-durations.ts";
import type { ReadFile } from "./read-scenario.ts";
import { nearest } from "./scenario-error.ts";
import { decimal, duration, oneOf, text, whole } from "./values.ts";

const KEYS = [
  "existing",
  "folder",
  "inline",
  "runtime",
  "handler",
  "memory",
  "timeout",
  "architecture",
  "reserved",
  "provisioned",
  "duration",
  "errorRate",
] as const;
type Members = Partial<Record<(typeof KEYS)[number], Field>>;

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const SOURCES = ["existing", "folder", "inline"] as const;
/** When nothing is said. */
const DURATION = { kind: "constant", ms: 100 } as const;

/** Reads the mapping `functions`: settings by name. */
export function readFunctions(field: Field, readFile: ReadFile): readonly ScenarioFunction[] {
  const entries = field.entries("functions by name");
  if (entries.length === 0) throw field.expected("at least one function");
  return entries.map(([name, { field: settings }]) => {
    if (!NAME.test(name)) throw settings.fail(`"${name}" is no function name: letters, digits, - and _, at most 64`);
    return readFunction(name, settings, readFile);
  });
}

function readFunction(name: string, field: Field, readFile: ReadFile): ScenarioFunction {
  // `hello: {}` and `hello:` alone are a function with all defaults.
  const members: Members = field.value === null ? {} : field.members(`the function ${name}`, KEYS);
  const code = codeOf(members);
  if (code.kind === "existing") refuseSettings(members);
  const limit = { min: 0, max: 1_000_000 };
  return {
    name,
    code,
    runtime: members.runtime === undefined ? "nodejs24.x" : runtimeOf(members.runtime),
    handler: members.handler === undefined ? "index.handler" : text(members.handler),
    memoryMb: members.memory === undefined ? 128 : whole(members.memory, { min: 128, max: 10_240 }),
    timeoutMs: members.timeout === undefined ? 30_000 : wholeSeconds(members.timeout),
    architecture: members.architecture === undefined ? "x86_64" : oneOf(members.architecture, ["x86_64", "arm64"]),
    ...(members.reserved === undefined ? {} : { reserved: whole(members.reserved, limit) }),
    ...(members.provisioned === undefined ? {} : { provisioned: whole(members.provisioned, { ...limit, min: 1 }) }),
    duration: members.duration === undefined ? DURATION : readDuration(members.duration, readFile),
    errorRate: members.errorRate === undefined ? 0 : decimal(members.errorRate, { min: 0, max: 1 }),
  };
}

function runtimeOf(field: Field): string {
  const runtime = text(field);
  if (runtimeStanding(runtime) !== "unknown") return runtime;
  const meant = nearest(runtime, CURRENT_RUNTIMES);
  throw field.fail(`"${runtime}" is no runtime of Lambda${meant === undefined ? "" : `; did you mean "${meant}"?`}`);
}

function wholeSeconds(field: Field): number {
  const milliseconds = duration(field, { min: 1_000, max: 900_000 });
  if (milliseconds % 1_000 !== 0) throw field.expected("whole seconds, as Lambda has them");
  return milliseconds;
}

function codeOf(members: Members): Code {
  const [kind, second] = SOURCES.filter((source) => members[source] !== undefined);
  if (kind === undefined) return { kind: "modelled" };
  if (second !== undefined) throw members[second]!.fail(`a function has either ${kind} or ${second}`);
  if (kind === "folder") return { kind, folder: text(members.folder!) };
  if (kind === "inline") return { kind, text: text(members.inline!) };
  if (members.existing!.value !== true) throw members.existing!.expected("true, or absent");
  return { kind };
}

/** What is there already keeps its settings: a run changes nobody's functions. */
function refuseSettings(members: Members): void {
  for (const key of ["handler", "timeout", "architecture", "reserved", "provisioned"] as const)
    if (members[key] !== undefined)
      throw members[key].fail(`"${key}" is not changed on a function that exists: leave out "existing" or "${key}"`);
}
