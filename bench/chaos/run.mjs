/**
 * `npm run chaos [-- async] [polling] [--events 10000] [--kills 20] [--seed 7]`: Lambdock under
 * `kill -9`. Exit status 1 when anything accepted is lost. Without a seed one is chosen and printed.
 */
import { parseArgs } from "node:util";
import { printTable, row, writeResults } from "../report.mjs";
import { planKills } from "./kills.mjs";
import { startLedger } from "../ledger.mjs";
import { seeded } from "./random.mjs";
import { startStack } from "./stack.mjs";

const SCENARIOS = { async: () => import("./async.mjs"), polling: () => import("./polling.mjs") };
const DETAILS_MAX = 20;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { events: { type: "string", default: "10000" }, kills: { type: "string", default: "20" }, seed: { type: "string" } },
});
const number = (name, text) => {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  process.stderr.write(`--${name} must be a whole number, not ${text}\n`);
  return process.exit(2);
};
const unknown = positionals.filter((name) => !Object.hasOwn(SCENARIOS, name));
if (unknown.length > 0) {
  process.stderr.write(`There is no scenario ${unknown.join(", ")}; scenarios: ${Object.keys(SCENARIOS).join(", ")}\n`);
  process.exit(2);
}
const events = number("events", values.events);
const kills = number("kills", values.kills);
const seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : number("seed", values.seed);

const begun = performance.now();
const progress = (message) => process.stderr.write(`[${((performance.now() - begun) / 1_000).toFixed(0)} s] ${message}\n`);

/** One scenario on a stack of its own, which is removed whatever happens. */
async function scenario(name) {
  const { run, services, settings, scale } = await SCENARIOS[name]();
  const random = seeded(seed);
  const plan = planKills({ services, count: kills, random });
  progress(`${name}, seed ${seed}: docker compose up`);
  const stack = await startStack(settings, scale);
  const interrupted = () => void stack.stop().finally(() => process.exit(130));
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  const ledger = await startLedger();
  try {
    const result = await run({ stack, ledger, plan, events, random, progress });
    if (result.broken > 0) result.details.push(`what the services said: ${await stack.logs()}`);
    return result;
  } catch (error) {
    progress(`what the services said: ${await stack.logs()}`);
    throw error;
  } finally {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    ledger.close();
    await stack.stop();
  }
}

const rows = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(SCENARIOS)) {
  const { lines, broken, details, figure } = await scenario(name);
  process.stdout.write(`\n${name}, ${kills} kills, seed ${seed}\n`);
  for (const [what, count] of lines) process.stdout.write(`  ${String(count).padStart(8)}  ${what}\n`);
  for (const line of [...details.slice(0, DETAILS_MAX), ...details.slice(DETAILS_MAX).slice(-1)]) process.stdout.write(`  ${line}\n`);
  rows.push(row({ group: `chaos ${name}`, ...figure, figure: `${figure.figure}, ${kills} kills`, atMost: 0 }));
  if (broken > 0) process.exitCode = 1;
}
process.stdout.write("\n");
printTable(rows);
await writeResults(rows);
