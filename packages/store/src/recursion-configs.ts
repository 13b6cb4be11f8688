import type { FunctionId } from "@lambdock/model/arn";
import type { RecursiveLoop } from "@lambdock/model/lineage";
import { functionKey } from "./keys.ts";
import { setFunctionFieldScript } from "./lua/set-function-field.ts";
import type { RedisClient } from "./redis.ts";
import { runScript } from "./script.ts";

/** What recursive loop detection does with each function. It goes with its function. */
export interface RecursionConfigStore {
  /** `Terminate` unless something else was set, also for a function that does not exist. */
  get(id: FunctionId): Promise<RecursiveLoop>;
  /** False when there is no such function. */
  put(id: FunctionId, recursiveLoop: RecursiveLoop): Promise<boolean>;
}

const FIELD = "recursiveLoop";

/** Recursion configs in Redis. */
export function createRecursionConfigStore(redis: RedisClient): RecursionConfigStore {
  return {
    get: async (id) => ((await redis.hget(functionKey(id), FIELD)) === "Allow" ? "Allow" : "Terminate"),
    // Only what differs from the default is kept.
    put: async (id, recursiveLoop) =>
      (await runScript(redis, setFunctionFieldScript, {
        keys: [functionKey(id)],
        args: [FIELD, recursiveLoop === "Allow" ? recursiveLoop : ""],
      })) === 1,
  };
}
