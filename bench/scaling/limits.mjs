/** Load runs against their limits: what the executor says of every start and end, counted. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { runLoad } from "../../packages/load/dist/run/run-load.js";
import { readScenario } from "../../packages/load/dist/scenario/read-scenario.js";

/** The account of the runs: small enough for a laptop to reach it. */
export const ACCOUNT_CONCURRENCY = 40;

const SCENARIO = new URL("./above-limits.yaml", import.meta.url);

/** Invocations that began while more than a limit ran. */
export async function aboveLimits({ product, progress }) {
  const file = fileURLToPath(SCENARIO);
  const scenario = readScenario({ file, text: await readFile(file, "utf8"), readFile: () => "" });
  const result = await runLoad(scenario, { endpoint: product.url, folder: ".", say: progress });
  const incomplete = result.notes.filter((note) => note.includes("lifecycle stream"));
  if (incomplete.length > 0) throw new Error(incomplete.join(" "));
  const sum = (pick) => result.functions.reduce((total, { totals }) => total + pick(totals), 0);
  const throttles = sum((totals) => totals.throttles);
  if (throttles === 0) throw new Error("no limit was reached: the run shows nothing");
  return {
    value: result.account.aboveLimit + sum((totals) => totals.aboveLimit),
    note: `${sum((totals) => totals.invocations)} invocations, ${throttles} throttles, at most ${Math.max(...result.account.concurrency.max)} of ${ACCOUNT_CONCURRENCY} at a time`,
  };
}
