import { createHash } from "node:crypto";
import type { RedisClient } from "./redis.ts";

/** A Lua script that Redis runs atomically. */
export interface Script {
  readonly lua: string;
  readonly sha1: string;
}

/** Prepares a script; its Lua begins with a comment that lists KEYS and ARGV. */
export function createScript(lua: string): Script {
  return { lua, sha1: createHash("sha1").update(lua).digest("hex") };
}

/** What a script is given, in the order of its header. */
export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** Runs the script by its digest; sends the text only when Redis does not know it yet. */
export async function runScript(redis: RedisClient, script: Script, { keys, args }: ScriptCall): Promise<unknown> {
  try {
    return await redis.evalsha(script.sha1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
    return await redis.eval(script.lua, keys.length, ...keys, ...args);
  }
}
