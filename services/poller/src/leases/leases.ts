import { randomUUID } from "node:crypto";
import type { RedisClient } from "@lambdock/store/redis";
import { createScript, runScript } from "@lambdock/store/script";
import { leaseKey, type LeaseToken } from "./lease-token.ts";

/** Leases of mappings, and which pollers live. Everything rejects as Redis does while that is away. */
export interface Leases {
  /** Tells the others that this poller lives; answers all that do, this one among them. */
  heartbeat(): Promise<readonly string[]>;
  /** Takes a lease that nobody holds; `undefined`: somebody does. */
  acquire(uuid: string): Promise<LeaseToken | undefined>;
  /** Holds leases for another while; answers the mappings whose lease is ours no more. */
  renew(held: ReadonlyMap<string, LeaseToken>): Promise<readonly string[]>;
  /** Gives a lease up, unless it is another's already. */
  release(uuid: string, token: LeaseToken): Promise<void>;
  /** Tells the others that this poller goes. */
  leave(): Promise<void>;
}

/** A lease that is not renewed for so long is free: with {@link TICK_MS} the time in which another poller takes over from a killed one. */
export const LEASE_MS = 5_000;
/** Between heartbeats, renewals and attempts to take a lease. */
export const TICK_MS = 1_000;

const renewScript = createScript(`
-- KEYS leases   ARGV[1] milliseconds   ARGV[2..] the token of each
-- Answers 1 for each that is renewed, 0 for each that is another's or nobody's.
local renewed = {}
for i, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[i + 1] then
    redis.call('PEXPIRE', key, ARGV[1])
    renewed[i] = 1
  else
    renewed[i] = 0
  end
end
return renewed
`);

const releaseScript = createScript(`
-- KEYS[1] lease   ARGV[1] token
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`);

/** Leases in Redis, for the poller of this id. */
export function createLeases(redis: RedisClient, pollerId: string): Leases {
  return {
    async heartbeat() {
      await Promise.all([redis.set(aliveKey(pollerId), "1", "PX", LEASE_MS), redis.sadd(POLLERS_KEY, pollerId)]);
      const pollers = await redis.smembers(POLLERS_KEY);
      const alive = await redis.mget(pollers.map(aliveKey));
      const dead = pollers.filter((_poller, index) => alive[index] === null);
      if (dead.length > 0) await redis.srem(POLLERS_KEY, ...dead);
      return pollers.filter((_poller, index) => alive[index] !== null).sort();
    },
    async acquire(uuid) {
      const token = `${pollerId}/${randomUUID()}` as LeaseToken;
      return (await redis.set(leaseKey(uuid), token, "PX", LEASE_MS, "NX")) === "OK" ? token : undefined;
    },
    async renew(held) {
      if (held.size === 0) return [];
      const uuids = [...held.keys()];
      const renewed = await runScript(redis, renewScript, { keys: uuids.map(leaseKey), args: [LEASE_MS, ...held.values()] });
      return uuids.filter((_uuid, index) => (renewed as readonly number[])[index] !== 1);
    },
    async release(uuid, token) {
      await runScript(redis, releaseScript, { keys: [leaseKey(uuid)], args: [token] });
    },
    async leave() {
      await Promise.all([redis.del(aliveKey(pollerId)), redis.srem(POLLERS_KEY, pollerId)]);
    },
  };
}

const POLLERS_KEY = "lambdock:poller:pollers";
const aliveKey = (pollerId: string): string => `lambdock:poller:alive:${pollerId}`;
