import type { FunctionId } from "@lambdock/model/arn";
import { eventInvokeConfigsKey } from "./keys.ts";
import type { RedisClient } from "./redis.ts";

/** How asynchronous events of one qualifier are treated; member names are AWS's. Absent members mean the defaults. */
export interface EventInvokeConfig {
  /** Epoch seconds, with fractions. */
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
  put(id: FunctionId, qualifier: string, config: EventInvokeConfig): Promise<void>;
  /** False when there was none. */
  delete(id: FunctionId, qualifier: string): Promise<boolean>;
  /** All of a function, by qualifier, in the order of the qualifiers. */
  list(id: FunctionId): Promise<readonly (readonly [qualifier: string, config: EventInvokeConfig])[]>;
}

/** Event invoke configs in Redis. */
export function createEventInvokeConfigStore(redis: RedisClient): EventInvokeConfigStore {
  return {
    async get(id, qualifier) {
      const text = await redis.hget(eventInvokeConfigsKey(id), qualifier);
      return text === null ? undefined : (JSON.parse(text) as EventInvokeConfig);
    },
    async put(id, qualifier, config) {
      await redis.hset(eventInvokeConfigsKey(id), qualifier, JSON.stringify(config));
    },
    delete: async (id, qualifier) => (await redis.hdel(eventInvokeConfigsKey(id), qualifier)) === 1,
    async list(id) {
      const all = Object.entries(await redis.hgetall(eventInvokeConfigsKey(id)));
      return all
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([qualifier, text]) => [qualifier, JSON.parse(text) as EventInvokeConfig] as const);
    },
  };
}
