/**
 * `npm start`: Lambdock in one process, from a fresh clone too. Installs and compiles what is
 * missing, then becomes services/embedded, whose signals and exit status are this process's own.
 */
import { build, ensureInstalled, requireNode, root } from "./dependencies.mjs";

requireNode();
await ensureInstalled();
await build();
process.chdir(root);
await import("../services/embedded/dist/main.js");
