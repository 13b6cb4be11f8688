import { mkdtempSync, rmSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { loadSnapshot, saveSnapshot } from "./snapshot.ts";
import { redisInstalled, startRedis, type RedisFixture } from "./testing/redis-fixture.ts";

const withRedis = redisInstalled() ? test : test.skip;
const directory = mkdtempSync(join(tmpdir(), "lambdock-snapshot-"));
const file = join(directory, "snapshot.jsonl");
let redis: RedisFixture;

beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(async () => {
  await redis.client.flushall();
});
afterAll(async () => {
  await redis.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Saves, empties Redis, and loads again. */
async function throughTheFile(): Promise<number> {
  await saveSnapshot(redis.client, file);
  await redis.client.flushall();
  return await loadSnapshot(redis.client, file);
}

withRedis("every type of value comes back as it was, bytes and all", async () => {
  const bytes = Buffer.from([0, 255, 10, 13]);
  const { client } = redis;
  await client.set("string", bytes);
  await client.hset("hash", { a: "1", ü: "two\nlines" });
  await client.sadd("set", "x", "y");
  await client.rpush("list", "1", "2", "3");
  await client.zadd("zset", 1.5, "low", 2, "high");
  await client.xadd("stream", "5-1", "field", "value", "other", "more");
  await client.xadd("stream", "5-2", "field", "second");
  expect(await throughTheFile()).toBe(6);
  expect(await client.getBuffer("string")).toEqual(bytes);
  expect(await client.hgetall("hash")).toEqual({ a: "1", ü: "two\nlines" });
  expect((await client.smembers("set")).sort()).toEqual(["x", "y"]);
  expect(await client.lrange("list", 0, -1)).toEqual(["1", "2", "3"]);
  expect(await client.zrange("zset", "0", "-1", "WITHSCORES")).toEqual(["low", "1.5", "high", "2"]);
  expect(await client.xrange("stream", "-", "+")).toEqual([
    ["5-1", ["field", "value", "other", "more"]],
    ["5-2", ["field", "second"]],
  ]);
});

withRedis("a time to live goes on, and what expired meanwhile stays away", async () => {
  await redis.client.set("lives", "1", "PX", 60_000);
  await saveSnapshot(redis.client, file);
  await redis.client.flushall();
  await loadSnapshot(redis.client, file);
  expect(await redis.client.pttl("lives")).toBeGreaterThan(50_000);
  await writeFile(file, `${JSON.stringify([Buffer.from("gone").toString("base64"), "string", 1, ["MQ=="]])}\n`);
  await loadSnapshot(redis.client, file);
  expect(await redis.client.exists("gone")).toBe(0);
});

withRedis("values longer than a page come back whole", async () => {
  const members = Array.from({ length: 2_345 }, (_, index) => `member-${index}`);
  await redis.client.zadd("zset", ...members.flatMap((member, index) => [index, member]));
  await redis.client.rpush("list", ...members);
  await throughTheFile();
  expect(await redis.client.zrange("zset", "0", "-1")).toEqual(members);
  expect(await redis.client.lrange("list", 0, -1)).toEqual(members);
});

withRedis("the file is replaced whole, and no file means an empty Redis", async () => {
  await redis.client.set("a", "1");
  await saveSnapshot(redis.client, file);
  expect((await readdir(directory)).sort()).toEqual(["snapshot.jsonl"]);
  await redis.client.flushall();
  expect(await loadSnapshot(redis.client, join(directory, "absent"))).toBe(0);
  expect(await redis.client.dbsize()).toBe(0);
});
