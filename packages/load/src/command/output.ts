/** Where reports go, and what the terminal says. */
import { access, constants, mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { RunResult } from "../measuring/run-result.ts";
import { reportHtml } from "../report/report.ts";
import { count, percent, time } from "../report/scales.ts";
import { UsageError } from "./usage.ts";

/** Files of one run. */
export interface Written {
  readonly html: string;
  readonly json: string;
}

/** Makes the folder of reports, before a run that would have nowhere to tell of; throws UsageError. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new UsageError(`--out must be a folder that can be written to, and ${folder} is not: ${(error as Error).message}.`);
  }
}

/** Writes the report and its JSON into a folder that is there; the names tell scenario and kind. */
export async function writeResult(result: RunResult, folder: string): Promise<Written> {
  const base = join(folder, `${slug(result.name)}-${result.kind}`);
  await writeFile(`${base}.json`, `${JSON.stringify(result)}\n`);
  await writeFile(`${base}.html`, reportHtml(result));
  return { html: `${base}.html`, json: `${base}.json` };
}

/** A name as part of a file name. */
export function slug(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return plain.replaceAll(/^-|-$/g, "").slice(0, 60) || "run";
}

/** The run in a few lines. */
export function summaryOf(result: RunResult, written: Written): string {
  const lines = result.functions.map(({ name, totals }) => {
    const { latency, offered, served, errors, failed, throttles, coldStarts, invocations } = totals;
    const wrong = `${errors === 0 ? "" : `, ${count(errors)} errors`}${failed === 0 ? "" : `, ${count(failed)} without an answer`}`;
    const share = invocations === 0 ? "" : ` (${percent(coldStarts / invocations)})`;
    const times = latency.count === 0 ? "" : `, p50 ${time(latency.p50)}, p99 ${time(latency.p99)}, p99.9 ${time(latency.p999)}`;
    return `  ${name}: ${count(offered)} offered, ${count(served)} served${wrong}, ${count(throttles)} throttles, ${count(coldStarts)} cold starts${share}${times}`;
  });
  return [...lines, ...result.notes.map((note) => `  Note: ${note}`), `  Report: ${relative(process.cwd(), written.html)}`, ""].join("\n");
}
