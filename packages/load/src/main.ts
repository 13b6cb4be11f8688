/** The load generator as a container: the arguments of `npm run load`. */
import { loadCommand } from "./command/load-command.ts";
import { runCommand } from "./command/usage.ts";

await runCommand(() => loadCommand(process.argv.slice(2)));
