/** `npm run bench`: see bench/run.mjs. Its exit status says that it ran, not that every bar holds. */
import "../bench/run.mjs";
