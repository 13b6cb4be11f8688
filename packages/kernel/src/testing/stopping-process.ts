/** A service's process, for tests that stop it: prints what it stops and the time that each part has. */
import { subscribe } from "node:diagnostics_channel";
import { createLogger } from "../logger.ts";
import { runProcess, STARTED_CHANNEL } from "../process.ts";
import { createStopList } from "../stop-list.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);

// From then on signals are heard.
subscribe(STARTED_CHANNEL, () => print("started"));
runProcess("The test's", () => {
  const logger = createLogger("test", "error", {}, (line) => print(line.replace(/^\S+ /, "").trimEnd()));
  const stops = createStopList(logger);
  stops.add("redis", () => print("redis stops"));
  stops.add("executor", () => Promise.reject(new Error("no engine")));
  stops.add("gateway", (deadlineMs) => print(`gateway stops within ${Math.ceil(deadlineMs / 1_000)} s`));
  // What else would keep a service's process going: its servers.
  setInterval(() => undefined, 60_000);
  return Promise.resolve({ logger, stops, stopSeconds: 7 });
});
