import type { FunctionId } from "@lambdock/model/arn";
import { eventInvokeConfigsKey, functionKey } from "./keys.ts";
import { swapFieldScript } from "./lua/swap-field.ts";
import type { RedisClient } from "./redis.ts";
import { runScript } from "./script.ts";

/** How asynchronous events of one qualifier are treated; member names are AWS's. Absent members mean the defaults. */
export interface EventInvokeConfig {
  /** Epoch seconds, with milliseconds. */
  readonly LastModified: number;
  readonly MaximumRetryAttempts?: number;
  readonly MaximumEventAgeInSeconds?: number;
  readonly DestinationConfig: {
    readonly OnSuccess: { readonly Destination?: string };
    readonly OnFailure: { readonly Destination?: string };
  };
}

/** Event invoke configs, one per function and qualifier. They go with their function. */
export interface EventInvokeConfigStore {
  get(id: FunctionId, qualifier: string): Promise<EventInvokeConfig | undefined>;
  /**
   * Stores what `change` makes of the config that is stored now; it may run again when another writer
   * came between, and what it throws passes. `gone` when there is no such function.
   */
  update(
    id: FunctionId,
    qualifier: string,
    change: (before: EventInvokeConfig | undefined) => EventInvokeConfig,
  ): Promise<EventInvokeConfig | "gone">;
  /** False when there was none. */
  delete(id: FunctionId, qualifier: string): Promise<boolean>;
  /** All of a function, by qualifier, in the order of the qualifiers. */
  list(id: FunctionId): Promise<readonly (readonly [qualifier: string, config: EventInvokeConfig])[]>;
}

/** Event invoke configs in Redis. */
export function createEventInvokeConfigStore(redis: RedisClient): EventInvokeConfigStore {
  return {
    async get(id, qualifier) {
      return parse(await redis.hget(eventInvokeConfigsKey(id), qualifier));
    },
    async update(id, qualifier, change) {
      const keys = [eventInvokeConfigsKey(id), functionKey(id)];
      for (;;) {
        const before = await redis.hget(eventInvokeConfigsKey(id), qualifier);
        const after = change(parse(before));
        const outcome = await runScript(redis, swapFieldScript, { keys, args: [qualifier, before ?? "", JSON.stringify(after)] });
        if (outcome === 1) return after;
        if (outcome === -1) return "gone";
      }
    },
    delete: async (id, qualifier) => (await redis.hdel(eventInvokeConfigsKey(id), qualifier)) === 1,
    async list(id) {
      const all = Object.entries(await redis.hgetall(eventInvokeConfigsKey(id)));
      return all.sort(([one], [other]) => (one < other ? -1 : 1)).map(([qualifier, text]) => [qualifier, parse(text)!] as const);
    },
  };
}

function parse(text: string | null): EventInvokeConfig | undefined {
  return text === null ? undefined : (JSON.parse(text) as EventInvokeConfig);
}
