/** `npm run bench [-- group…]`: runs the groups, prints one table, writes bench/results.json. */
import { printTable, writeResults } from "./report.mjs";

const GROUPS = {
  sync: () => import("./groups/sync.mjs"),
  async: () => import("./groups/async.mjs"),
  polling: () => import("./groups/polling.mjs"),
  scaling: () => import("./groups/scaling.mjs"),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(GROUPS, name));
if (unknown.length > 0) {
  process.stderr.write(`There is no group ${unknown.join(", ")}; groups: ${Object.keys(GROUPS).join(", ")}\n`);
  process.exit(2);
}

const begun = performance.now();
const progress = (message) => process.stderr.write(`[${((performance.now() - begun) / 1_000).toFixed(0)} s] ${message}\n`);
const rows = [];
for (const name of wanted.length > 0 ? wanted : Object.keys(GROUPS)) {
  const { measure } = await GROUPS[name]();
  rows.push(...(await measure(progress)));
}
printTable(rows);
await writeResults(rows);
