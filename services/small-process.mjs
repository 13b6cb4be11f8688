/**
 * Loaded before each service in its container (see Dockerfile), to keep an idle one small. Two
 * things make a Node service larger than what it does: optimised code for loops that run only while
 * modules are loaded, which pulls in the optimising compilers, and garbage that nothing comes to
 * collect once there are no more requests. So the container starts with optimisation put off
 * (flags in the Dockerfile), which ends here after start, and an idle process collects once.
 */
import { setFlagsFromString } from "node:v8";

const START_MS = 2_000;
const LOOK_EVERY_MS = 5_000;
/** Processor time in one interval below which nobody is being served, microseconds. */
const IDLE_US = 100_000;
/** Processor time since the last collection above which another one is worth it, microseconds. */
const WORTH_US = 200_000;
/** V8's own defaults, as `node --v8-options` tells them for Node 24. */
const USUAL_FLAGS = [
  "--invocation-count-for-maglev=400",
  "--invocation-count-for-maglev-osr=100",
  "--invocation-count-for-turbofan=3000",
  "--invocation-count-for-osr=500",
];

setTimeout(() => {
  for (const flag of USUAL_FLAGS) setFlagsFromString(flag);
  collectWhenIdle();
}, START_MS).unref();

function collectWhenIdle() {
  let collectedAt = 0;
  let lookedAt = 0;
  const look = () => {
    const { user, system } = process.cpuUsage();
    const used = user + system;
    if (used - lookedAt < IDLE_US && used - collectedAt > WORTH_US) {
      globalThis.gc({ type: "major", execution: "sync", flavor: "last-resort" });
      const after = process.cpuUsage();
      collectedAt = after.user + after.system;
    }
    lookedAt = used;
  };
  look();
  setInterval(look, LOOK_EVERY_MS).unref();
}
