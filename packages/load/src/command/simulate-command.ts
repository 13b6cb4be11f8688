/** `npm run simulate -- scenario.yaml`, and `npm run simulate -- --validate`. */
import { simulate } from "../simulate/simulate.ts";
import { count, percent } from "../report/scales.ts";
import { validate } from "../validate/validate.ts";
import { OUT } from "./load-command.ts";
import { makeFolder, summaryOf, writeResult } from "./output.ts";
import { createProgressLine } from "./progress-line.ts";
import { loadScenario } from "./scenario-file.ts";
import { readArguments, seedOf, UsageError } from "./usage.ts";

const USAGE = `npm run simulate -- scenario.yaml [--seed 1] [--out load-results]
npm run simulate -- --validate
`;

/** What a simulation that is to be compared with a real run needs from outside. */
export interface SimulateSurroundings {
  /** Starts a Lambdock of its own with these settings; answers its endpoint and how to stop it. */
  readonly startLambdock: (
    settings: Readonly<Record<string, string>>,
  ) => Promise<{ readonly endpoint: string; readonly stop: () => Promise<void> }>;
}

/** Answers the exit status; throws what `runCommand` reports. */
export async function simulateCommand(args: readonly string[], surroundings: SimulateSurroundings): Promise<number> {
  const { values, positionals } = readArguments(args, {
    out: { type: "string", default: OUT },
    seed: { type: "string" },
    validate: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (values.help) return (process.stdout.write(USAGE), 0);
  if (values.validate) return (await validate({ ...surroundings, out: values.out })) ? 0 : 1;
  const [file, more] = positionals;
  if (file === undefined || more !== undefined) throw new UsageError(`Name one scenario file.\n${USAGE}`);
  const { scenario } = loadScenario(file, seedOf(values.seed));
  await makeFolder(values.out);
  const line = createProgressLine(process.stderr);
  const begun = performance.now();
  const { result, events } = simulate(scenario, { onProgress: (share) => line.show(`${scenario.name}: ${percent(share)} simulated`) });
  line.end();
  const written = await writeResult(result, values.out);
  const seconds = (performance.now() - begun) / 1_000;
  process.stdout.write(`${scenario.name}: ${count(events)} events in ${seconds.toFixed(1)} s\n${summaryOf(result, written)}`);
  return 0;
}
