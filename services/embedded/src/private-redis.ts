import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { once } from "node:events";
import type { Logger } from "@lambdock/kernel/logger";
import { freePort } from "./free-port.ts";

/** A Redis that lives as long as this process. */
export interface OwnRedis {
  readonly url: string;
  /** What it is and where its data is, for the banner. */
  readonly description: string;
  stop(): Promise<void>;
}

/**
 * When the append-only file is synced. `no`: by the kernel; what was answered is safe from a kill, not
 * from a loss of power. Redis's `everysec` is not offered: while it syncs Redis puts writes off, and
 * a kill would lose what it has answered.
 */
export type RedisFsync = "no" | "always";

/** Between a crash of the server and its next start. */
const RESTART_DELAY_MS = 200;
/** Loading a large append-only file takes a while. */
const START_DEADLINE_MS = 60_000;

/**
 * Runs the server and waits for two ends: its own, and that of this process. The pipe on standard
 * input closes with this process however it dies, so a killed Lambdock leaves no server behind. The
 * shell has a session of its own, or Ctrl-C would stop Redis before those who still write to it.
 */
const GUARD = 'exec 3<&0; redis-server "$1" </dev/null 3<&- & server=$!; (cat <&3 >/dev/null; kill "$server" 2>/dev/null) & wait "$server"';

/** Whether the program `redis-server` can be run. */
export function redisServerInstalled(): boolean {
  return process.platform !== "win32" && spawnSync("redis-server", ["--version"], { stdio: "ignore" }).status === 0;
}

/**
 * Starts a `redis-server` of our own on a free loopback port with a random password, which keeps
 * everything in an append-only file in the directory. Starts it again should it die.
 */
export async function startPrivateRedis(directory: string, logger: Logger, fsync: RedisFsync = "no"): Promise<OwnRedis> {
  const port = await freePort();
  const password = randomBytes(24).toString("hex");
  const configuration = await writeConfiguration(directory, { port, password, fsync });
  let stopping = false;
  let server: ChildProcess;
  const run = async (): Promise<void> => {
    server = await launch(configuration);
    server.once("exit", (status) => {
      if (stopping) return;
      logger.warn("the private redis-server ended; starting it again", { status });
      setTimeout(() => void again(), RESTART_DELAY_MS).unref();
    });
  };
  const again = async (): Promise<void> => {
    if (stopping) return;
    await run().catch((error: unknown) => logger.error("the private redis-server does not start again: restart Lambdock", { error }));
  };
  await run();
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    description: `redis-server of its own, data in ${directory}`,
    async stop() {
      stopping = true;
      await end(server);
      await rm(configuration, { force: true });
    },
  };
}

/** A file, because a password among the arguments could be read by every user of the machine. */
async function writeConfiguration(
  directory: string,
  options: { readonly port: number; readonly password: string; readonly fsync: RedisFsync },
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, "redis.conf");
  const lines = [
    `port ${options.port}`,
    "bind 127.0.0.1",
    `requirepass ${options.password}`,
    `dir ${JSON.stringify(directory)}`,
    "appendonly yes",
    `appendfsync ${options.fsync}`,
    'save ""',
  ];
  await rm(file, { force: true });
  await writeFile(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  return file;
}

/** Resolves with the guard once the server takes connections; rejects with the server's last words. */
async function launch(configuration: string): Promise<ChildProcess> {
  const guard = spawn("/bin/sh", ["-c", GUARD, "redis", configuration], { stdio: ["pipe", "pipe", "pipe"], detached: true });
  let output = "";
  await new Promise<void>((resolve, reject) => {
    const fail = (what: string): void => reject(new Error(`The private redis-server ${what}: ${lastLine(output)}`));
    const read = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-4_096);
      if (output.includes("Ready to accept connections")) resolve();
    };
    guard.stdout.on("data", read);
    guard.stderr.on("data", read);
    guard.once("error", () => fail("cannot be run"));
    guard.once("exit", (status) => fail(`ended with status ${status}`));
    setTimeout(() => fail("does not become ready"), START_DEADLINE_MS).unref();
  }).catch(async (error: unknown) => {
    await end(guard);
    throw error;
  });
  return guard;
}

async function end(guard: ChildProcess): Promise<void> {
  if (guard.pid === undefined || guard.exitCode !== null || guard.signalCode !== null) return;
  const gone = once(guard, "exit");
  guard.stdin?.end();
  await gone;
}

function lastLine(output: string): string {
  return output.trimEnd().split("\n").at(-1) ?? "";
}
