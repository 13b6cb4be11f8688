import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { inheritedEnv } from "./config.ts";
import { freePort } from "./free-port.ts";
import { privateRedis } from "./private-redis.ts";
import type { Target } from "./target.ts";
import { untilServing } from "./wait.ts";

const MAIN = resolve("services/embedded/dist/main.js");

/** Variations of an embedded target. */
export interface EmbeddedOptions {
  /** True: Redis runs beside it, where the test can kill it. Default: Lambdock finds its own. */
  readonly ownRedis?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** `npm start`, as one child process with its own port and data directory. */
export async function embeddedTarget(instances: "process" | "docker", options: EmbeddedOptions = {}): Promise<Target> {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run "npm run build" first`);
  const directory = await mkdtemp(join(tmpdir(), "lambdock-e2e-"));
  const data = join(directory, "data");
  await mkdir(data);
  const logFile = join(directory, "lambdock.log");
  const port = await freePort();
  const redis = options.ownRedis === true ? await privateRedis(directory) : undefined;
  const env = inheritedEnv({
    LAMBDOCK_PORT: String(port),
    LAMBDOCK_DATA_DIR: data,
    LAMBDOCK_INSTANCES: instances,
    ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
    // Retries of asynchronous events pass in seconds.
    LAMBDOCK_TIME_SCALE: "60",
    ...options.env,
  });
  const endpoint = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const log = openSync(logFile, "a");
    const started = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", log, log] });
    closeSync(log);
    child = started;
    const died = once(started, "exit").then(async ([code]) =>
      Promise.reject(new Error(`Lambdock exited with ${String(code)} while starting:\n${await readFile(logFile, "utf8")}`)),
    );
    died.catch(() => undefined);
    await Promise.race([untilServing(endpoint), died]);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  };
  let redisRuns = false;

  return {
    endpoint,
    async start() {
      if (redis !== undefined && !redisRuns) await redis.start();
      redisRuns = true;
      await start();
    },
    stop: async () => end("SIGINT"),
    killExecutor: async () => end("SIGKILL"),
    reviveExecutor: start,
    async loseRedis() {
      if (redis === undefined) throw new Error("this target was not given a Redis of its own");
      await redis.kill();
    },
    async restoreRedis() {
      await redis?.start();
    },
    logs: async () => readFile(logFile, "utf8").catch(() => ""),
    async dispose() {
      await end("SIGINT");
      await redis?.kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
