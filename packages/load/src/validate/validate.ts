/** `npm run simulate -- --validate`. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, writeResult } from "../command/output.ts";
import { compareHtml } from "../report/compare.ts";
import { count, percent } from "../report/scales.ts";
import { checkClosedForm, CLOSED_FORM_TOLERANCE, holds } from "./closed-form-check.ts";
import { agrees, checkReal, REAL_TOLERANCE, type RealCheckOptions } from "./real-check.ts";

/** Prints both comparisons; true when everything holds. */
export async function validate(options: Pick<RealCheckOptions, "startLambdock"> & { readonly out: string }): Promise<boolean> {
  await makeFolder(options.out);
  const closed = checkClosedForm();
  print(`Cold starts of Poisson arrivals against the closed form, at most ${percent(CLOSED_FORM_TOLERANCE)} apart`, [
    ["", "closed form", "simulated", "apart", ""],
    ...closed.map((each) => [
      each.name,
      percent(each.expected),
      percent(each.simulated),
      apart(each.simulated, each.expected),
      holds(each) ? "holds" : "DOES NOT HOLD",
    ]),
  ]);
  const { real, simulated, compared } = await checkReal({ ...options, say: (sentence) => process.stderr.write(`${sentence}\n`) });
  await writeResult(real, options.out);
  await writeResult(simulated, options.out);
  const file = join(options.out, "validation.html");
  await writeFile(file, compareHtml({ a: real, b: simulated }));
  print(`A small scenario for real and in virtual time, at most ${percent(REAL_TOLERANCE)} apart`, [
    ["", "real", "simulated", "apart", ""],
    ...compared.map((each) => [
      each.figure,
      count(each.real),
      count(each.simulated),
      apart(each.simulated, each.real),
      agrees(each) ? "holds" : "DOES NOT HOLD",
    ]),
  ]);
  for (const note of real.notes) process.stdout.write(`Note on the real run: ${note}\n`);
  process.stdout.write(`Both over each other: ${file}\n`);
  return closed.every(holds) && compared.every(agrees);
}

function apart(value: number, reference: number): string {
  if (reference === 0) return value === 0 ? "0 %" : "all of it";
  return `${((value / reference - 1) * 100).toFixed(2)} %`;
}

function print(title: string, rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join("   "),
  );
  process.stdout.write(`${title}\n${lines.map((line) => `  ${line.trimEnd()}\n`).join("")}\n`);
}
