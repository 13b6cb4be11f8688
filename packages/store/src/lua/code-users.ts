import { createScript } from "../script.ts";

/** Notes that somebody needs these zips. */
export const holdCodeScript = createScript(`
-- KEYS[1] unused-code sorted set  KEYS[2..] users set of each zip
-- ARGV[1] user                    ARGV[2..] sha256 of each zip, in the order of KEYS
for i = 2, #KEYS do
  redis.call('SADD', KEYS[i], ARGV[1])
  redis.call('ZREM', KEYS[1], ARGV[i])
end
return 1
`);

/** Notes that somebody no longer needs these zips; the last one starts the clock. */
export const releaseCodeScript = createScript(`
-- KEYS[1] unused-code sorted set  KEYS[2..] users set of each zip
-- ARGV[1] user                    ARGV[2..] sha256 of each zip, in the order of KEYS
-- ARGV[#KEYS + 1] now, epoch milliseconds
local now = ARGV[#KEYS + 1]
for i = 2, #KEYS do
  redis.call('SREM', KEYS[i], ARGV[1])
  if redis.call('EXISTS', KEYS[i]) == 0 then redis.call('ZADD', KEYS[1], now, ARGV[i]) end
end
return 1
`);

/** Takes a zip off the list of unused ones for good. Answers 0 when it is needed, or was until lately, and has to stay. */
export const forgetCodeScript = createScript(`
-- KEYS[1] unused-code sorted set  KEYS[2] users set of the zip
-- ARGV[1] sha256                  ARGV[2] unused since at latest, epoch milliseconds
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local since = redis.call('ZSCORE', KEYS[1], ARGV[1])
if since and tonumber(since) > tonumber(ARGV[2]) then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
return 1
`);
