/** Streams of requests of a scenario. */
import type { Field } from "./field.ts";
import { readPhases } from "./read-phases.ts";
import type { ReadFile } from "./read-scenario.ts";
import type { ScenarioFunction, Traffic, Via } from "./scenario.ts";
import { nearest } from "./scenario-error.ts";
import { duration, inWords, oneOf, text, whole } from "./values.ts";

const KEYS = ["to", "via", "start", "phases", "payload", "source"] as const;
const VIAS = ["sync", "async", "sqs", "kinesis"] as const;
const NO_PAYLOAD = "{}";

export interface TrafficContext {
  readonly functions: readonly ScenarioFunction[];
  readonly readFile: ReadFile;
}

/** Reads the list `traffic`. */
export function readTraffic(field: Field, context: TrafficContext): readonly Traffic[] {
  const items = field.items("streams of requests");
  if (items.length === 0) throw field.expected("at least one stream of requests");
  const traffic = items.map((item) => readStream(item, context));
  traffic.forEach(({ function: name, via }, index) => {
    if (via.kind !== "sqs" && via.kind !== "kinesis") return;
    const twin = traffic.findIndex((other) => other.function === name && other.via.kind === via.kind);
    if (twin !== index) throw items[index]!.fail(`${name} has a source of kind ${via.kind} already: add phases to that stream`);
  });
  return traffic;
}

function readStream(field: Field, { functions, readFile }: TrafficContext): Traffic {
  const members = field.members("a stream of requests", KEYS);
  const { to, phases } = members;
  if (to === undefined) throw field.fail(`${field.path} needs "to", the name of a function`);
  if (phases === undefined) throw field.fail(`${field.path} needs "phases"`);
  const kind = members.via === undefined ? "sync" : oneOf(members.via, VIAS);
  const name = functionOf(to, functions);
  const via = viaOf(kind, members.source);
  refuseShortVisibility(
    field,
    via,
    functions.find((each) => each.name === name)!,
  );
  return {
    function: name,
    via,
    startMs: members.start === undefined ? 0 : duration(members.start),
    phases: readPhases(phases, readFile),
    payload: members.payload === undefined ? NO_PAYLOAD : JSON.stringify(members.payload.value),
  };
}

/** As Lambda does when a mapping is created. What is there already has a timeout that nobody here knows. */
function refuseShortVisibility(field: Field, via: Via, { name, code, timeoutMs }: ScenarioFunction): void {
  if (via.kind !== "sqs" || code.kind === "existing" || via.visibilitySeconds * 1_000 >= timeoutMs) return;
  const [visibility, timeout] = [inWords(via.visibilitySeconds * 1_000), inWords(timeoutMs)];
  throw field.fail(`the queue's visibilityTimeout of ${visibility} is less than the timeout of ${name}, ${timeout}: Lambda refuses that`);
}

function functionOf(field: Field, functions: readonly ScenarioFunction[]): string {
  const name = text(field);
  const names = functions.map((each) => each.name);
  if (names.includes(name)) return name;
  const meant = nearest(name, names);
  throw field.fail(
    `there is no function "${name}" in this scenario${meant === undefined ? `; functions: ${names.join(", ")}` : `; did you mean "${meant}"?`}`,
  );
}

function viaOf(kind: (typeof VIAS)[number], source: Field | undefined): Via {
  if (kind === "sqs") return { kind, ...sqsSource(source) };
  if (kind === "kinesis") return { kind, ...kinesisSource(source) };
  if (source !== undefined) throw source.fail(`"source" is for via: sqs and via: kinesis`);
  return { kind };
}

function sqsSource(field: Field | undefined): Omit<Extract<Via, { kind: "sqs" }>, "kind"> {
  const members = field?.members("an SQS source", ["batchSize", "batchWindow", "maximumConcurrency", "visibilityTimeout"]) ?? {};
  const { batchSize: size, batchWindow, maximumConcurrency, visibilityTimeout } = members;
  const batchSize = size === undefined ? 10 : whole(size, { min: 1, max: 10_000 });
  const batchWindowSeconds = windowOf(batchWindow);
  if (batchSize > 10 && batchWindowSeconds === 0) throw size!.fail("a batchSize above 10 needs a batchWindow of at least 1s");
  return {
    batchSize,
    batchWindowSeconds,
    visibilitySeconds: visibilityTimeout === undefined ? 180 : duration(visibilityTimeout, { min: 0, max: 43_200_000 }) / 1_000,
    ...(maximumConcurrency === undefined ? {} : { maximumConcurrency: whole(maximumConcurrency, { min: 2, max: 1_000 }) }),
  };
}

function kinesisSource(field: Field | undefined): Omit<Extract<Via, { kind: "kinesis" }>, "kind"> {
  const members = field?.members("a Kinesis source", ["shards", "batchSize", "batchWindow", "parallelization", "keys"]) ?? {};
  const { shards, batchSize, batchWindow, parallelization, keys } = members;
  return {
    shards: shards === undefined ? 1 : whole(shards, { min: 1, max: 500 }),
    batchSize: batchSize === undefined ? 100 : whole(batchSize, { min: 1, max: 10_000 }),
    batchWindowSeconds: windowOf(batchWindow),
    parallelization: parallelization === undefined ? 1 : whole(parallelization, { min: 1, max: 10 }),
    keys: keys === undefined ? 1_000 : whole(keys, { min: 1, max: 1_000_000 }),
  };
}

function windowOf(field: Field | undefined): number {
  if (field === undefined) return 0;
  const seconds = duration(field, { min: 0, max: 300_000 }) / 1_000;
  if (!Number.isInteger(seconds)) throw field.expected("whole seconds, as Lambda has them");
  return seconds;
}
