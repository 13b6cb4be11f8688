import { readFile, writeFile } from "node:fs/promises";

const RESULTS = new URL("./results.json", import.meta.url);

/**
 * One row of the benchmark: what was measured, and whether its bar (`at most` or `at least`)
 * holds. `note` gives the figures behind the ratio and is printed only.
 */
export function row({ group, figure, value, atMost, atLeast, note }) {
  const holds = atMost === undefined ? value >= atLeast : value <= atMost;
  return { group, figure, value: Number(value.toFixed(3)), bar: barOf({ atMost, atLeast }), holds, note };
}

/** The row of a measurement that ended in an error. */
function failedRow({ group, figure, atMost, atLeast, error }) {
  return { group, figure, value: null, bar: barOf({ atMost, atLeast }), holds: false, note: error.message };
}

/** Runs one measurement, `{figure, atMost or atLeast, measure}`; one that fails is a row that does not hold. */
export async function measured(group, { measure: run, ...figure }, context) {
  const taken = await run(context).then(
    (result) => row({ group, ...figure, ...result }),
    (error) => failedRow({ group, ...figure, error }),
  );
  context.progress(`${taken.figure}: ${taken.value} (${taken.note})`);
  return taken;
}

const barOf = ({ atMost, atLeast }) => (atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`);

/** Prints the rows as a table, with their notes. */
export function printTable(rows) {
  const cells = [
    ["group", "figure", "value", "bar", "holds", "measured"],
    ...rows.map((item) => [item.group, item.figure, String(item.value), item.bar, item.holds ? "yes" : "NO", item.note]),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  for (const line of cells)
    process.stdout.write(
      `${line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd()}\n`,
    );
}

/** Writes bench/results.json; groups that did not run this time keep their last rows. */
export async function writeResults(rows) {
  const groups = new Set(rows.map((item) => item.group));
  const earlier = await readFile(RESULTS, "utf8").then(JSON.parse, () => []);
  const kept = earlier.filter((item) => !groups.has(item.group));
  const entries = [...kept, ...rows.map(({ note: _note, ...entry }) => entry)];
  await writeFile(RESULTS, `[\n${entries.map((entry) => `  ${JSON.stringify(entry)}`).join(",\n")}\n]\n`);
}
