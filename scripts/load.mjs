/** `npm run load -- scenario.yaml`: a scenario against a Lambdock that runs, and its report. See docs/load.md. */
import { build, ensureInstalled, requireNode } from "./dependencies.mjs";

requireNode();
await ensureInstalled();
await build();
const { loadCommand } = await import("../packages/load/dist/command/load-command.js");
const { runCommand } = await import("../packages/load/dist/command/usage.js");
await runCommand(() => loadCommand(process.argv.slice(2)));
