/**
 * `npm run check`: every gate but the tests, each with its time. All run even when one fails; the
 * exit status is 1 then.
 */
import { join } from "node:path";
import { run, seconds } from "./command.mjs";
import { ensureInstalled, requireNode, root } from "./dependencies.mjs";

const bin = (name) => join(root, "node_modules/.bin", name);
const script = (name, ...args) => [process.execPath, [join(root, "scripts", name), ...args]];

const gates = [
  ["types of the build", bin("tsc"), ["-b"]],
  ["types of the tests", bin("tsc"), ["-p", "tsconfig.test.json"]],
  ["types of the console", bin("tsc"), ["-p", "services/console/web/tsconfig.json"]],
  ["lint", bin("oxlint"), ["--type-aware", "--deny-warnings", "--quiet"]],
  ["format", bin("oxfmt"), ["--check"]],
  ["dead code", bin("knip")],
  ["house rules", ...script("tidy.mjs")],
  ["generated API model", ...script("generate-api.mjs", "--check")],
];

requireNode();
await ensureInstalled();

const failed = [];
const began = performance.now();
for (const [name, program, args = []] of gates) {
  const started = performance.now();
  const status = await run(program, args, { cwd: root });
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${String(name)} (${seconds(started)})`);
  if (status !== 0) failed.push(name);
}
console.log(failed.length === 0 ? `All checks hold (${seconds(began)}).` : `Failed: ${failed.join(", ")} (${seconds(began)}).`);
process.exitCode = failed.length === 0 ? 0 : 1;
