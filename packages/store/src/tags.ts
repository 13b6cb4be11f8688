import type { FunctionId } from "@lambdock/model/arn";
import { functionKey, functionTagsKey } from "./keys.ts";
import { putTagsScript } from "./lua/put-tags.ts";
import type { RedisClient } from "./redis.ts";
import { runScript } from "./script.ts";

export type Tags = Readonly<Record<string, string>>;

/** Tags of functions. */
export interface TagStore {
  /** Adds or overwrites; nothing is stored when that makes more than `most`. */
  put(id: FunctionId, tags: Tags, most: number): Promise<"stored" | "too-many" | "gone">;
  remove(id: FunctionId, keys: readonly string[]): Promise<void>;
  list(id: FunctionId): Promise<Tags>;
}

/** Tags in Redis. */
export function createTagStore(redis: RedisClient): TagStore {
  return {
    async put(id, tags, most) {
      const outcome = await runScript(redis, putTagsScript, {
        keys: [functionTagsKey(id), functionKey(id)],
        args: [most, ...Object.entries(tags).flat()],
      });
      if (outcome === 1) return "stored";
      return outcome === 0 ? "too-many" : "gone";
    },
    async remove(id, keys) {
      if (keys.length > 0) await redis.hdel(functionTagsKey(id), ...keys);
    },
    list: (id) => redis.hgetall(functionTagsKey(id)),
  };
}
