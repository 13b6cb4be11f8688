/**
 * Loaded before each service in its container (see Dockerfile), to keep an idle one small. Three
 * things make a Node service larger than what it does: optimised code for loops that run only while
 * modules are loaded, which pulls in the optimising compilers; garbage that nothing comes to collect
 * once there are no more requests; and modules that a dependency loads for what no service asks of
 * it. So the container starts with optimisation put off (flags in the Dockerfile), which ends here
 * after start, an idle process collects once, and such modules are not loaded.
 */
import { subscribe } from "node:diagnostics_channel";
import { registerHooks } from "node:module";
import { setFlagsFromString } from "node:v8";

/** What @lambdock/kernel's runProcess tells, which can't be imported before the modules below are kept out. */
const STARTED_CHANNEL = "lambdock.started";
const LOOK_EVERY_MS = 5_000;
/** Processor time in one interval below which nobody is being served, microseconds. */
const IDLE_US = 100_000;
/** Processor time since the last collection above which another one is worth it, microseconds. */
const WORTH_US = 200_000;
/**
 * Every function may be optimised again. Filters, not thresholds: a function's threshold is set when
 * it first runs, and node:http's would stay out of reach for ever.
 */
const ALL_FUNCTIONS = ["--maglev-filter=*", "--turbo-filter=*", "--sparkplug"];
/** Of dockerode: BuildKit sessions and engines behind ssh, which the executor does not use. */
const NOT_LOADED = new Set(["@grpc/grpc-js", "@grpc/proto-loader", "ssh2"]);

// Another module, loaded already, stands in their place.
registerHooks({
  resolve: (specifier, context, next) =>
    NOT_LOADED.has(specifier) ? { url: "node:path", format: "builtin", shortCircuit: true } : next(specifier, context),
});

// At once: a service may find a backlog waiting, and would work it off at a third of its speed.
subscribe(STARTED_CHANNEL, () => {
  for (const flag of ALL_FUNCTIONS) setFlagsFromString(flag);
  collectWhenIdle();
});

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
