import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@lambdock/kernel/logger";
import { openRedis, type RedisClient } from "@lambdock/store/redis";
import { startInProcessRedis } from "./in-process-redis.ts";
import { redisServerInstalled, startPrivateRedis, type OwnRedis } from "./private-redis.ts";
import { runInChild } from "./testing/child.ts";

const logger = createLogger("test", "silent");
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lambdock-redis-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function withClient<T>(redis: OwnRedis, use: (client: RedisClient) => Promise<T>): Promise<T> {
  const client = await openRedis({ url: redis.url, name: "test", logger });
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

const servers = [
  { name: "js-redis-server in process", start: startInProcessRedis, can: test },
  { name: "a private redis-server", start: startPrivateRedis, can: redisServerInstalled() ? test : test.skip },
];

for (const { name, start, can } of servers) {
  can(`${name} answers the commands that the stores use`, async () => {
    const redis = await start(directory, logger);
    await withClient(redis, async (client) => {
      await client.hset("hash", { a: "1", b: "2" });
      expect(await client.hgetall("hash")).toEqual({ a: "1", b: "2" });
      await client.zadd("names", 0, "b", 0, "a", 0, "c");
      expect(await client.zrange("names", "(a", "+", "BYLEX", "LIMIT", 0, 1)).toEqual(["b"]);
      expect(await client.eval("redis.call('set', KEYS[1], ARGV[1]) return redis.call('get', KEYS[1])", 1, "key", "value")).toBe("value");
      await client.xadd("stream", "MAXLEN", "~", 10, "*", "field", "value");
      expect(await client.xlen("stream")).toBe(1);
    });
    await redis.stop();
  });

  can(`${name} keeps its data over a restart`, async () => {
    const first = await start(directory, logger);
    await withClient(first, async (client) => {
      await client.set("function", "code");
      await client.xadd("log", "7-0", "line", "1");
    });
    await first.stop();
    const second = await start(directory, logger);
    await withClient(second, async (client) => {
      expect(await client.get("function")).toBe("code");
      expect(await client.xrange("log", "-", "+")).toEqual([["7-0", ["line", "1"]]]);
    });
    await second.stop();
  });
}

const withProgram = redisServerInstalled() ? test : test.skip;

withProgram("a private redis-server refuses who does not know its password", async () => {
  const redis = await startPrivateRedis(directory, logger);
  const { port } = new URL(redis.url);
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), "127.0.0.1", () => socket.write("PING\r\n"));
    socket.once("data", (chunk) => {
      resolve(chunk.toString());
      socket.destroy();
    });
  });
  expect(answer).toMatch(/^-NOAUTH/);
  await redis.stop();
});

withProgram("a private redis-server ends when its owner is killed", async () => {
  const script = `
    import { startPrivateRedis } from "./private-redis.mjs";
    const redis = await startPrivateRedis(${JSON.stringify(join(directory, "redis"))}, { warn() {}, error() {} });
    console.log(new URL(redis.url).port);`;
  const { child, firstLine } = await runInChild(directory, { sources: ["private-redis", "free-port"], script });
  const port = Number(firstLine);
  expect(await listens(port)).toBe(true);
  child.kill("SIGKILL");
  while (await listens(port)) await new Promise((resolve) => setImmediate(resolve));
});

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
