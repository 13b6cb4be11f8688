/** `npm run simulate -- scenario.yaml`: a scenario in virtual time. `-- --validate` holds it against a real one. See docs/load.md. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, ensureInstalled, requireNode, root } from "./dependencies.mjs";
import { freePort } from "./command.mjs";

const START_MS = 60_000;

/** A Lambdock in a process and a directory of its own; functions are child processes. Rejects when it does not start. */
async function startLambdock(settings) {
  const directory = await mkdtemp(join(tmpdir(), "lambdock-validate-"));
  const port = await freePort();
  const env = {
    ...process.env,
    REDIS_URL: "",
    LAMBDOCK_INSTANCES: "process",
    LAMBDOCK_DATA_DIR: directory,
    LAMBDOCK_PORT: String(port),
    ...settings,
  };
  const child = spawn(process.execPath, [join(root, "services/embedded/dist/main.js")], {
    cwd: root,
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = once(child, "exit");
  const stop = async () => {
    child.kill("SIGTERM");
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await healthy(endpoint, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, stop };
}

async function healthy(endpoint, child) {
  const deadline = performance.now() + START_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`Lambdock ended with status ${child.exitCode} before it had started.`);
    const response = await fetch(`${endpoint}/_lambdock/health`).catch(() => undefined);
    if (response?.ok) return;
    if (performance.now() > deadline) throw new Error(`Lambdock did not start within ${START_MS / 1_000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

requireNode();
await ensureInstalled();
await build();
const { simulateCommand } = await import("../packages/load/dist/command/simulate-command.js");
const { runCommand } = await import("../packages/load/dist/command/usage.js");
await runCommand(() => simulateCommand(process.argv.slice(2), { startLambdock }));
