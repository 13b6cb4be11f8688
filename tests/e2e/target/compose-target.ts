import { freePort } from "./free-port.ts";
import { mustRun, run } from "./command.ts";
import type { Target } from "./target.ts";
import { untilServing } from "./wait.ts";

/** `docker compose up` as a project of its own, with its own port and volumes. */
export async function composeTarget(project: string, env: Readonly<Record<string, string>> = {}): Promise<Target> {
  const port = await freePort();
  // Retries of asynchronous events pass in seconds.
  const options = { env: { LAMBDOCK_PORT: String(port), LAMBDOCK_TIME_SCALE: "60", ...env } };
  const compose = async (...args: string[]): Promise<string> => mustRun("docker", ["compose", "-p", project, ...args], options);
  const endpoint = `http://127.0.0.1:${port}`;
  const up = async (...services: string[]): Promise<void> => {
    await compose("up", "-d", "--wait", ...services);
    await untilServing(endpoint);
  };
  return {
    endpoint,
    async start() {
      await compose("up", "-d", "--build", "--wait");
      await untilServing(endpoint);
    },
    async stop() {
      await compose("stop");
    },
    async killExecutor() {
      await compose("kill", "-s", "SIGKILL", "executor");
    },
    reviveExecutor: async () => up("executor"),
    async loseRedis() {
      await compose("kill", "-s", "SIGKILL", "redis");
    },
    restoreRedis: async () => up("redis"),
    logs: async () => (await run("docker", ["compose", "-p", project, "logs", "--no-color", "--tail", "2000"], options)).stdout,
    async dispose() {
      await compose("down", "-v", "--remove-orphans");
    },
  };
}
