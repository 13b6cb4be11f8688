import type { Target } from "./target.ts";

declare global {
  var lambdockTarget: Target | undefined;
  /** Set by failure-reporter.mjs. */
  var lambdockTestsFailed: boolean | undefined;
}

const LOG_LINES_SHOWN = 400;

/** Stops the shared target; after a failure its log comes first. */
export default async function globalTeardown(): Promise<void> {
  const target = globalThis.lambdockTarget;
  if (target === undefined) return;
  if (globalThis.lambdockTestsFailed === true) {
    const lines = (await target.logs()).split("\n");
    process.stderr.write(`\n--- the target's log, last ${LOG_LINES_SHOWN} lines ---\n${lines.slice(-LOG_LINES_SHOWN).join("\n")}\n`);
  }
  await target.dispose();
}
