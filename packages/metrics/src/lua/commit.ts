import { createScript } from "@lambdock/store/script";

/** Takes or renews the lease of the one aggregator. */
export const leaseScript = createScript(`
-- KEYS[1] lease   ARGV[1] token   ARGV[2] milliseconds
-- Answers 1 when it is the caller's, else 0.
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);

/** Gives the lease up. */
export const releaseScript = createScript(`
-- KEYS[1] lease   ARGV[1] token
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`);

/** Writes what events came to, together with how far the stream has been read: both, or neither. */
export const commitScript = createScript(`
-- KEYS[1] lease   KEYS[2] state (hash)   KEYS[3] environments (hash)   KEYS[4..] other hashes
-- ARGV[1] token   ARGV[2] lease in milliseconds   ARGV[3] last id of the stream as it was read before
-- ARGV[4] last id now   ARGV[5] open gauges
-- ARGV[6] number of environments, then of each: id, text (empty: it is gone)
-- then for each of KEYS[4..]: time at which it expires (epoch ms, 0: never), number of fields, then of each: name, text
-- Answers 1 when it is written, 0 when the lease or the place in the stream is another's.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if (redis.call('HGET', KEYS[2], 'last') or '0') ~= ARGV[3] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('HSET', KEYS[2], 'last', ARGV[4], 'gauges', ARGV[5])
local at = 7
for _ = 1, tonumber(ARGV[6]) do
  if ARGV[at + 1] == '' then
    redis.call('HDEL', KEYS[3], ARGV[at])
  else
    redis.call('HSET', KEYS[3], ARGV[at], ARGV[at + 1])
  end
  at = at + 2
end
for i = 4, #KEYS do
  local expires, count = ARGV[at], tonumber(ARGV[at + 1])
  at = at + 2
  for _ = 1, count do
    redis.call('HSET', KEYS[i], ARGV[at], ARGV[at + 1])
    at = at + 2
  end
  if expires ~= '0' then redis.call('PEXPIREAT', KEYS[i], expires) end
end
return 1
`);
