/** `npm run bench`: see bench/run.mjs. Its exit status says that it ran, not that every bar holds. */
import { build, ensureInstalled, requireNode } from "./dependencies.mjs";

requireNode();
await ensureInstalled();
await build();
await import("../bench/run.mjs");
