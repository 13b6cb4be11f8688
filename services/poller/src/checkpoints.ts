import type { RedisClient } from "@lambdock/store/redis";
import { createScript, runScript } from "@lambdock/store/script";
import { leaseKey, LeaseLost, type LeaseToken } from "./leases/lease-token.ts";

/**
 * What a mapping has done of its source, by fields of its runner's choice (a shard, say). Only the
 * holder of the mapping's lease can write. Everything rejects as Redis does while that is away.
 */
export interface CheckpointStore {
  /** All fields; empty when nothing was written yet. */
  read(uuid: string): Promise<Record<string, string>>;
  /** Sets fields and removes others, in one step. Rejects with {@link LeaseLost} when the token is not the lease's. */
  write(uuid: string, token: LeaseToken, fields: Readonly<Record<string, string>>, removed?: readonly string[]): Promise<void>;
  /** Forgets everything: the mapping is being deleted. Rejects with {@link LeaseLost} likewise. */
  clear(uuid: string, token: LeaseToken): Promise<void>;
}

const writeScript = createScript(`
-- KEYS[1] lease   KEYS[2] checkpoints, a hash
-- ARGV[1] token   ARGV[2] number of pairs   then the pairs, then the fields to remove
-- Answers 1 written, 0 the lease is another's.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local last = 2 + 2 * tonumber(ARGV[2])
for i = 3, last, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
for i = last + 1, #ARGV do redis.call('HDEL', KEYS[2], ARGV[i]) end
return 1
`);

const clearScript = createScript(`
-- KEYS[1] lease   KEYS[2] checkpoints
-- ARGV[1] token
-- Answers 1 cleared, 0 the lease is another's.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
return 1
`);

/** Checkpoints in Redis, a hash per mapping. */
export function createCheckpointStore(redis: RedisClient): CheckpointStore {
  const guarded = async (script: typeof writeScript, uuid: string, args: readonly (string | number)[]): Promise<void> => {
    const done = await runScript(redis, script, { keys: [leaseKey(uuid), checkpointsKey(uuid)], args });
    if (done !== 1) throw new LeaseLost(`The lease of mapping ${uuid} is no longer held: nothing was written.`);
  };
  return {
    read: (uuid) => redis.hgetall(checkpointsKey(uuid)),
    async write(uuid, token, fields, removed = []) {
      const pairs = Object.entries(fields);
      await guarded(writeScript, uuid, [token, pairs.length, ...pairs.flat(), ...removed]);
    },
    clear: (uuid, token) => guarded(clearScript, uuid, [token]),
  };
}

const checkpointsKey = (uuid: string): string => `lambdock:poller:checkpoints:${uuid}`;
