/** A scenario file: YAML text in, {@link Scenario} out, or one sentence about the first thing that is wrong. */
import { LineCounter, parseDocument } from "yaml";
import { Field } from "./field.ts";
import { readColdStart } from "./read-durations.ts";
import { readFunctions } from "./read-functions.ts";
import { readTraffic } from "./read-traffic.ts";
import { AWS_LIMITS, type Limits, type Scenario } from "./scenario.ts";
import { ScenarioError } from "./scenario-error.ts";
import { decimal, duration, durationRange, text, whole } from "./values.ts";

/** Reads a file that a scenario names, relative to the scenario; throws what reading throws. */
export type ReadFile = (path: string) => string;

export interface ScenarioSource {
  /** Name for sentences. */
  readonly file: string;
  readonly text: string;
  readonly readFile: ReadFile;
}

const KEYS = ["name", "description", "seed", "limits", "coldStart", "functions", "traffic", "drain"] as const;
const DRAIN_MS = 60_000;

/** Reads a scenario; throws {@link ScenarioError}. */
export function readScenario({ file, text: yaml, readFile }: ScenarioSource): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line } = lines.linePos(broken.pos[0]);
    const problem =
      broken.code === "MULTIPLE_DOCS"
        ? "a file has one scenario, and here (---) a second begins"
        : `this is no YAML: ${broken.message.replace(/\.$/, "")}`;
    throw new ScenarioError(`${file}, line ${line}: ${problem}.`, line);
  }
  const root = new Field({ file, document, lines }, document.contents, { path: "", offset: 0 });
  const members = root.members("a scenario", KEYS);
  if (members.functions === undefined) throw root.fail('the scenario needs "functions"');
  if (members.traffic === undefined) throw root.fail('the scenario needs "traffic"');
  const functions = readFunctions(members.functions, readFile);
  const limits = members.limits === undefined ? {} : readLimits(members.limits);
  checkConcurrency(members.functions, functions, limits);
  return {
    name: members.name === undefined ? file.replace(/^.*\//, "").replace(/\.ya?ml$/, "") : text(members.name),
    ...(members.description === undefined ? {} : { description: text(members.description) }),
    seed: members.seed === undefined ? 1 : whole(members.seed, { min: 0, max: 4_294_967_295 }),
    limits,
    coldStart: readColdStart(members.coldStart),
    functions,
    traffic: readTraffic(members.traffic, { functions, readFile }),
    drainMs: members.drain === undefined ? DRAIN_MS : duration(members.drain),
  };
}

type LimitReader = { readonly [Key in keyof Limits]-?: (field: Field) => Required<Limits>[Key] };

const count = (field: Field): number => whole(field, { min: 0, max: 1_000_000 });
const atLeastOne = (field: Field): number => whole(field, { min: 1, max: 1_000_000 });

/** Keys of the file, by the member that they fill. */
const LIMITS: LimitReader = {
  accountConcurrency: atLeastOne,
  unreservedMinimum: count,
  scalingBurst: count,
  scalingPerSecond: count,
  requestsPerConcurrency: count,
  environmentsPerFunction: count,
  parallelStarts: atLeastOne,
  sparesPerFunction: count,
  spares: count,
  idleMs: durationRange,
  ageMs: durationRange,
  idleHalvingMs: (field) => duration(field),
  provisionedDelayMs: (field) => duration(field),
  asyncDispatch: atLeastOne,
  timeScale: (field) => decimal(field, { min: 0.001, max: 1_000_000 }),
};
/** Times carry their unit in the value, not in the key. */
const SPELLED: Readonly<Record<string, keyof Limits>> = {
  idle: "idleMs",
  age: "ageMs",
  idleHalving: "idleHalvingMs",
  provisionedDelay: "provisionedDelayMs",
};

function readLimits(field: Field): Limits {
  const names = (Object.keys(LIMITS) as (keyof Limits)[]).map((name) => Object.keys(SPELLED).find((key) => SPELLED[key] === name) ?? name);
  const members: Partial<Record<string, Field>> = field.members("limits", names);
  const entries = Object.entries(members).map(([key, value]) => {
    const name = SPELLED[key] ?? (key as keyof Limits);
    return [name, LIMITS[name](value!)] as const;
  });
  return Object.fromEntries(entries) as Limits;
}

/** AWS refuses a reservation that leaves less than that to all others. */
function checkConcurrency(field: Field, functions: Scenario["functions"], limits: Limits): void {
  const account = limits.accountConcurrency ?? AWS_LIMITS.accountConcurrency;
  const floor = Math.min(limits.unreservedMinimum ?? AWS_LIMITS.unreservedMinimum, account);
  let taken = 0;
  for (const [name, { field: settings }] of field.entries("functions by name")) {
    const { reserved, provisioned = 0 } = functions.find((each) => each.name === name)!;
    if (reserved !== undefined && provisioned > reserved)
      throw settings.fail(`${name} can't have more provisioned (${provisioned}) than reserved (${reserved})`);
    taken += reserved ?? provisioned;
    if ((reserved ?? provisioned) > 0 && taken > account - floor)
      throw settings.fail(`${name} would leave less than ${floor} of the account's ${account} unreserved`);
  }
}
