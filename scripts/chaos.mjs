/** `npm run chaos`: see bench/chaos/run.mjs. Its exit status is 1 when something accepted was lost. */
import { ensureInstalled, requireNode } from "./dependencies.mjs";

requireNode();
await ensureInstalled();
await import("../bench/chaos/run.mjs");
