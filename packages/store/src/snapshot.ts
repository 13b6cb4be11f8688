/**
 * A Redis without a disk of its own, kept in a file: one line of JSON per key,
 * `[key, type, expiry, values]`, with byte strings in base64. For `npm start` on a machine without
 * `redis-server`; it asks only for commands that every Redis answers, and none is blocked for long.
 */
import { open, readFile, rename } from "node:fs/promises";
import type { RedisClient } from "./redis.ts";

/** Key, type, epoch milliseconds at which it expires (-1: never), and the type's own values. */
type Line = readonly [key: string, type: string, expiresAt: number, values: readonly string[]];

const PAGE = 500;

/** Writes every key to the file, which is replaced whole: a crash leaves the last one. */
export async function saveSnapshot(redis: RedisClient, file: string): Promise<void> {
  const part = `${file}.part`;
  const output = await open(part, "w", 0o600);
  try {
    for await (const key of keysOf(redis)) {
      const line = await describe(redis, key);
      if (line !== undefined) await output.write(`${JSON.stringify(line)}\n`);
    }
    await output.sync();
  } finally {
    await output.close();
  }
  await rename(part, file);
}

/** Fills an empty Redis from the file; without a file there is nothing to do. Answers the number of keys. */
export async function loadSnapshot(redis: RedisClient, file: string): Promise<number> {
  const content = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const lines = content.split("\n").filter((line) => line !== "");
  for (const line of lines) await restore(redis, JSON.parse(line) as Line);
  return lines.length;
}

async function* keysOf(redis: RedisClient): AsyncGenerator<Buffer> {
  // A key may be answered twice; restoring it twice from one state is harmless, but costs.
  const seen = new Set<string>();
  let cursor = "0";
  do {
    const [next, page] = await redis.scanBuffer(cursor, "COUNT", PAGE);
    cursor = next.toString();
    for (const key of page) {
      const name = key.toString("base64");
      if (!seen.has(name)) yield key;
      seen.add(name);
    }
  } while (cursor !== "0");
}

/** `undefined` when the key is gone by now. */
async function describe(redis: RedisClient, key: Buffer): Promise<Line | undefined> {
  const type = await redis.type(key);
  if (type === "none") return undefined;
  const ttl = await redis.pttl(key);
  const values = await valuesOf(redis, key, type);
  return [text(key), type, ttl < 0 ? -1 : Date.now() + ttl, values.map(text)];
}

/** Everything of a key as one flat list, in the order in which {@link restore} takes it. */
async function valuesOf(redis: RedisClient, key: Buffer, type: string): Promise<readonly Buffer[]> {
  switch (type) {
    case "string":
      return [(await redis.getBuffer(key)) ?? Buffer.alloc(0)];
    case "hash":
      return (await redis.callBuffer("HGETALL", key)) as Buffer[];
    case "set":
      return await redis.smembersBuffer(key);
    case "list":
      return await redis.lrangeBuffer(key, 0, -1);
    case "zset":
      return await redis.zrangeBuffer(key, "0", "-1", "WITHSCORES");
    case "stream":
      return (await redis.xrangeBuffer(key, "-", "+")).flatMap(([id, fields]) => [id, Buffer.from(String(fields.length)), ...fields]);
    default:
      throw new Error(`A snapshot cannot hold a Redis value of type ${type}.`);
  }
}

async function restore(redis: RedisClient, [name, type, expiresAt, encoded]: Line): Promise<void> {
  if (expiresAt >= 0 && expiresAt <= Date.now()) return;
  const key = Buffer.from(name, "base64");
  const values = encoded.map((value) => Buffer.from(value, "base64"));
  await redis.del(key);
  if (type === "stream") await restoreStream(redis, key, values);
  else for (const page of pagesOf(values)) await append(redis, key, { type, values: page });
  if (expiresAt >= 0) await redis.pexpireat(key, expiresAt);
}

async function append(
  redis: RedisClient,
  key: Buffer,
  { type, values }: { readonly type: string; readonly values: readonly Buffer[] },
): Promise<void> {
  if (type === "string") await redis.set(key, values[0] ?? Buffer.alloc(0));
  else if (type === "hash") await redis.hset(key, ...values);
  else if (type === "set") await redis.sadd(key, ...values);
  else if (type === "list") await redis.rpush(key, ...values);
  else if (type === "zset") await redis.zadd(key, ...swapped(values));
  else throw new Error(`A snapshot cannot restore a Redis value of type ${type}.`);
}

/** A page has an even number of values, so that pairs stay together. */
function* pagesOf(values: readonly Buffer[]): Generator<readonly Buffer[]> {
  for (let from = 0; from < values.length; from += PAGE) yield values.slice(from, from + PAGE);
}

/** Redis answers member, score, and takes score, member. */
function swapped(pairs: readonly Buffer[]): Buffer[] {
  return pairs.flatMap((member, index) => (index % 2 === 0 ? [pairs[index + 1]!, member] : []));
}

/** Entries keep their ids, so that readers continue where they were. */
async function restoreStream(redis: RedisClient, key: Buffer, values: readonly Buffer[]): Promise<void> {
  for (let at = 0; at < values.length;) {
    const [id, count] = [values[at]!, Number(values[at + 1])];
    await redis.xadd(key, id, ...values.slice(at + 2, at + 2 + count));
    at += 2 + count;
  }
}

function text(value: Buffer): string {
  return value.toString("base64");
}
