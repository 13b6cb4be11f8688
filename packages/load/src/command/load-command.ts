/** `npm run load -- scenario.yaml`, and `npm run load -- --compare A B`. */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { RESULT_FORMAT, type RunResult } from "../measuring/run-result.ts";
import { compareHtml } from "../report/compare.ts";
import { clock, count } from "../report/scales.ts";
import { runLoad, type Progress } from "../run/run-load.ts";
import { plannedMs } from "../scenario/run-facts.ts";
import { listenForInterrupts } from "./interrupts.ts";
import { makeFolder, slug, summaryOf, writeResult } from "./output.ts";
import { createProgressLine } from "./progress-line.ts";
import { loadScenario } from "./scenario-file.ts";
import { ENDPOINT, endpointOf, INTERRUPTED_STATUS, readArguments, seedOf, UsageError } from "./usage.ts";

const USAGE = `npm run load -- scenario.yaml [--endpoint ${ENDPOINT}] [--out load-results] [--seed 1] [--token …]
npm run load -- --compare a.json b.json [--out load-results]
`;
export const OUT = "load-results";

/** Answers the exit status; throws what `runCommand` reports. */
export async function loadCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    endpoint: { type: "string", default: ENDPOINT },
    out: { type: "string", default: OUT },
    seed: { type: "string" },
    token: { type: "string" },
    compare: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (values.help) return (process.stdout.write(USAGE), 0);
  if (values.compare) return compare(positionals, values.out);
  const [file, more] = positionals;
  if (file === undefined || more !== undefined) throw new UsageError(`Name one scenario file.\n${USAGE}`);
  return load(file, { ...values, endpoint: endpointOf(values.endpoint), seed: seedOf(values.seed) });
}

interface LoadArguments {
  readonly endpoint: string;
  readonly out: string;
  readonly seed: number | undefined;
  readonly token?: string | undefined;
}

async function load(file: string, options: LoadArguments): Promise<number> {
  const { scenario, folder } = loadScenario(file, options.seed);
  await makeFolder(options.out);
  const line = createProgressLine(process.stderr);
  const lengthMs = plannedMs(scenario);
  const interrupts = listenForInterrupts(process, (sentence) => process.stderr.write(`\n${sentence}\n`));
  const result = await runLoad(scenario, {
    endpoint: options.endpoint,
    folder,
    say: (sentence) => line.show(`${scenario.name}: ${sentence}`),
    onProgress: (progress) => line.show(progressText(progress, lengthMs)),
    signal: interrupts.sending,
    hurry: interrupts.waiting,
    ...(options.token === undefined || options.token === "" ? {} : { token: options.token }),
  }).finally(interrupts.close);
  line.end();
  const written = await writeResult(result, options.out);
  process.stdout.write(`${scenario.name}\n${summaryOf(result, written)}`);
  return interrupts.sending.aborted ? INTERRUPTED_STATUS : 0;
}

function progressText({ atMs, offered, served, throttled, failed, underway }: Progress, lengthMs: number): string {
  const share = Math.min(1, atMs / Math.max(1, lengthMs));
  const bar = "█".repeat(Math.round(share * 20)).padEnd(20, "░");
  const figures = [
    `${count(offered)} offered`,
    `${count(served)} served`,
    `${count(throttled)} throttled`,
    `${count(failed)} failed`,
    `${count(underway)} under way`,
  ];
  return `${bar} ${clock(Math.min(atMs, lengthMs), Math.max(lengthMs, 10_000))} of ${clock(lengthMs, Math.max(lengthMs, 10_000))}  ${figures.join(", ")}`;
}

async function compare(files: readonly string[], out: string): Promise<number> {
  const [first, second, more] = files;
  if (first === undefined || second === undefined || more !== undefined)
    throw new UsageError(`--compare needs two JSON files of runs.\n${USAGE}`);
  const [a, b] = [readResult(first), readResult(second)];
  await makeFolder(out);
  const file = join(out, `${slug(a.name)}-against-${slug(b.name)}.html`);
  await writeFile(file, compareHtml({ a, b }));
  process.stdout.write(`Comparison: ${relative(process.cwd(), file)}\n`);
  return 0;
}

function readResult(file: string): RunResult {
  try {
    const result = JSON.parse(readFileSync(file, "utf8")) as RunResult | null;
    if (result?.format === RESULT_FORMAT) return result;
  } catch (error) {
    throw new UsageError(`${file} can't be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
  throw new UsageError(`${file} is no result of a run: name the .json beside a report.`);
}
