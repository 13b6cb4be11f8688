/**
 * `npm test`: unit and adapter tests beside the code, then the end-to-end suite against every way
 * to run Lambdock that this machine can. Names pick some: `npm test -- unit compose`. What follows
 * `--` after the names goes to jest: `npm test -- unit -- packages/fleet`.
 *
 * The last line is `N passed, N failed, N skipped`. A way that the machine cannot run (no Docker)
 * is skipped loudly; on a build server (CI=true) it is a failure.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, seconds, succeeds } from "./command.mjs";
import { build, ensureInstalled, requireNode, root } from "./dependencies.mjs";

const onBuildServer = process.env.CI === "true";

/** Every group of tests: its jest configuration, environment, and what it cannot run without. */
const groups = {
  unit: { config: "jest.config.mjs", env: {}, needs: undefined },
  engine: { config: "jest.engine.config.mjs", env: {}, needs: engineMissing },
  "embedded-process": { config: "jest.e2e.config.mjs", env: { TARGET: "embedded-process" }, needs: undefined },
  "embedded-docker": { config: "jest.e2e.config.mjs", env: { TARGET: "embedded-docker" }, needs: engineMissing },
  compose: { config: "jest.e2e.config.mjs", env: { TARGET: "compose" }, needs: composeMissing },
  console: { config: "jest.console.config.mjs", env: { TARGET: "embedded-process" }, needs: browserMissing },
  "console-compose": {
    config: "jest.console.config.mjs",
    env: { TARGET: "compose" },
    needs: async () => (await browserMissing()) ?? composeMissing(),
  },
};

/** Why Docker instances cannot be tested here, or undefined. */
async function engineMissing() {
  return (await succeeds("docker", ["version"])) ? undefined : "no Docker engine answers (on Debian: scripts/install-docker.sh)";
}

/** Why pages cannot be tested here, or undefined. */
async function browserMissing() {
  return (await succeeds("chromium", ["--version"])) ? undefined : "there is no Chromium (on Debian: scripts/apt-install.sh chromium)";
}

async function composeMissing() {
  return (
    (await engineMissing()) ??
    ((await succeeds("docker", ["compose", "version"]))
      ? undefined
      : "there is no Docker Compose v2 (on Debian: scripts/install-docker.sh)")
  );
}

/** Runs one group and answers its counts. A test file that does not even load counts as one failure. */
async function runGroup(name, jestArguments) {
  const { config, env, needs } = groups[name];
  const missing = await needs?.();
  if (missing !== undefined) {
    console.log(`\n!!! ${onBuildServer ? "FAILED" : "SKIPPED"}: the tests "${name}", because ${missing}\n`);
    return onBuildServer ? { passed: 0, failed: 1, skipped: 0 } : { passed: 0, failed: 0, skipped: 1 };
  }
  console.log(`\n=== ${name}`);
  const started = performance.now();
  const directory = mkdtempSync(join(tmpdir(), "lambdock-test-"));
  try {
    const report = join(directory, "report.json");
    const status = await run(
      process.execPath,
      [
        "--experimental-vm-modules",
        "--no-warnings",
        join(root, "node_modules/jest/bin/jest.js"),
        "--config",
        config,
        "--json",
        "--outputFile",
        report,
        ...jestArguments,
      ],
      // jest's JSON goes to the file; its readable report is on stderr.
      { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "inherit"] },
    );
    return { ...countsOf(report, status), took: seconds(started) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function countsOf(report, status) {
  try {
    const results = JSON.parse(readFileSync(report, "utf8"));
    const unloaded = results.numRuntimeErrorTestSuites;
    const failed = results.numFailedTests + unloaded;
    return {
      passed: results.numPassedTests,
      // jest can fail without a failed test, for instance when its teardown throws.
      failed: failed === 0 && status !== 0 ? 1 : failed,
      skipped: results.numPendingTests + results.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

requireNode();
const given = process.argv.slice(2);
const end = given.indexOf("--");
const names = end < 0 ? given : given.slice(0, end);
const jestArguments = end < 0 ? [] : given.slice(end + 1);
const unknown = names.find((name) => groups[name] === undefined);
if (unknown !== undefined) {
  console.error(`There are no tests named "${unknown}"; there are ${Object.keys(groups).join(", ")}.`);
  process.exit(2);
}

await ensureInstalled();
await build();
const total = { passed: 0, failed: 0, skipped: 0 };
const lines = [];
for (const name of names.length > 0 ? names : Object.keys(groups)) {
  const counts = await runGroup(name, jestArguments);
  for (const key of Object.keys(total)) total[key] += counts[key];
  lines.push(
    `${name.padEnd(17)} ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped${counts.took === undefined ? "" : ` (${counts.took})`}`,
  );
}
console.log(`\n${lines.join("\n")}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
