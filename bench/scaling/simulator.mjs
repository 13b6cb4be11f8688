/** An hour of traffic with 10,000 environments at work, in virtual time. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { readScenario } from "../../packages/load/dist/scenario/read-scenario.js";
import { simulate } from "../../packages/load/dist/simulate/simulate.js";

const SCENARIO = new URL("../../scenarios/hour-of-ten-thousand.yaml", import.meta.url);
const ENVIRONMENTS = 10_000;
const HOUR_MS = 3_600_000;

/** Seconds of wall clock. */
export async function simulatedHour() {
  const file = fileURLToPath(SCENARIO);
  const scenario = readScenario({ file, text: await readFile(file, "utf8"), readFile: () => "" });
  const begun = performance.now();
  const { result, events } = simulate(scenario);
  const seconds = (performance.now() - begun) / 1_000;
  const [{ totals }] = result.functions;
  if (totals.peakConcurrency < ENVIRONMENTS || result.lengthMs < HOUR_MS)
    throw new Error(`only ${totals.peakConcurrency} environments in ${result.lengthMs / 1_000} s: the scenario is not what its name says`);
  return {
    value: seconds,
    note: `${totals.invocations} invocations, ${events} events, at most ${totals.peakConcurrency} environments at work, ${totals.aboveLimit + result.account.aboveLimit} above a limit`,
  };
}
