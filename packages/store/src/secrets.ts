import { randomBytes } from "node:crypto";
import { secretKey } from "./keys.ts";
import type { RedisClient } from "./redis.ts";

/** A random secret of 32 bytes in hex, made by whoever asks first and the same for everybody after. */
export async function sharedSecret(redis: RedisClient, name: string): Promise<string> {
  await redis.set(secretKey(name), randomBytes(32).toString("hex"), "NX");
  const secret = await redis.get(secretKey(name));
  if (secret === null) throw new Error(`Redis lost the secret ${name} between two commands: its memory is full, or keys are evicted.`);
  return secret;
}
