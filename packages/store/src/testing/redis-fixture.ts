import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import { createLogger } from "@lambdock/kernel/logger";
import { openRedis, type RedisClient } from "../redis.ts";
import { onBuildServer } from "./config.ts";

/** A private `redis-server` for one test file. It keeps nothing on disk unless it is given a directory. */
export interface RedisFixture {
  readonly url: string;
  readonly client: RedisClient;
  /** Kills the server, as a crash would. */
  kill(): Promise<void>;
  /** Starts a server on the same port again. */
  revive(): Promise<void>;
  stop(): Promise<void>;
}

/** Whether tests that need Redis can run; says so aloud when they can't, and throws on a build server. */
export function redisInstalled(): boolean {
  if (spawnSync("redis-server", ["--version"]).status === 0) return true;
  const message = "redis-server is not installed: tests that need it are skipped (apt-get install redis-server)";
  if (onBuildServer) throw new Error(message);
  process.stderr.write(`${message}\n`);
  return false;
}

/** Starts a server on a free port and connects; with a directory it survives being killed, as in production. Rejects when the program is missing. */
export async function startRedis(options: { readonly directory?: string } = {}): Promise<RedisFixture> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const persistence =
    options.directory === undefined
      ? ["--appendonly", "no"]
      : ["--dir", options.directory, "--appendonly", "yes", "--appendfsync", "always"];
  let server = await launch(port, persistence);
  const client = await openRedis({ url, name: "test", logger: createLogger("test", "silent") });
  return {
    url,
    client,
    kill: () => end(server),
    async revive() {
      server = await launch(port, persistence);
    },
    async stop() {
      client.disconnect();
      await end(server);
    },
  };
}

/** A port on 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function launch(port: number, persistence: readonly string[]): Promise<ChildProcess> {
  const server = spawn("redis-server", ["--port", String(port), "--bind", "127.0.0.1", "--save", "", ...persistence], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await new Promise<void>((resolve, reject) => {
    let output = "";
    server.once("error", () => reject(new Error("redis-server is not installed: apt-get install redis-server")));
    server.once("exit", (code) => reject(new Error(`redis-server ended with ${code}: ${output}`)));
    server.stdout?.on("data", (chunk) => {
      output += String(chunk);
      if (output.includes("Ready to accept connections")) resolve();
    });
  });
  server.removeAllListeners("exit");
  return server;
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGKILL");
  await gone;
}
