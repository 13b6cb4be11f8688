import type { FunctionId } from "@lambdock/model/arn";
import { functionKey } from "./keys.ts";
import { setFunctionFieldScript } from "./lua/set-function-field.ts";
import type { RedisClient } from "./redis.ts";
import { runScript } from "./script.ts";

/** When a version's runtime is updated; member names are AWS's. */
export interface RuntimeManagementConfig {
  readonly UpdateRuntimeOn: "Auto" | "Manual" | "FunctionUpdate";
  /** With Manual. */
  readonly RuntimeVersionArn?: string;
}

/** Runtime management of `$LATEST` and of published versions. It goes with its function; a version's number is never given again. */
export interface RuntimeManagementConfigStore {
  /** `Auto` unless something else was set, also for what does not exist. */
  get(id: FunctionId, version: string): Promise<RuntimeManagementConfig>;
  /** False when there is no such function. */
  put(id: FunctionId, version: string, config: RuntimeManagementConfig): Promise<boolean>;
}

const fieldOf = (version: string): string => `runtimeManagement:${version}`;

/** Runtime management configs in Redis. */
export function createRuntimeManagementConfigStore(redis: RedisClient): RuntimeManagementConfigStore {
  return {
    async get(id, version) {
      const text = await redis.hget(functionKey(id), fieldOf(version));
      return text === null ? { UpdateRuntimeOn: "Auto" } : (JSON.parse(text) as RuntimeManagementConfig);
    },
    // Only what differs from the default is kept.
    put: async (id, version, config) =>
      (await runScript(redis, setFunctionFieldScript, {
        keys: [functionKey(id)],
        args: [fieldOf(version), config.UpdateRuntimeOn === "Auto" ? "" : JSON.stringify(config)],
      })) === 1,
  };
}
