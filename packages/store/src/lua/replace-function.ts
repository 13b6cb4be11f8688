import { createScript } from "../script.ts";

/** Replaces a record if its revision is still the expected one. Answers 1 replaced, 0 another revision, -1 gone. */
export const replaceFunctionScript = createScript(`
-- KEYS[1] function hash       KEYS[2] unfinished set     KEYS[3] code storage hash
-- ARGV[1] name                ARGV[2] expected revision  ARGV[3] new revision
-- ARGV[4] new record (JSON)   ARGV[5] code bytes         ARGV[6] id (JSON)
-- ARGV[7] '1' while unfinished                           ARGV[8] channel
local revision = redis.call('HGET', KEYS[1], 'revision')
if not revision then return -1 end
if revision ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[3], 'record', ARGV[4])
redis.call('HSET', KEYS[3], 'function:' .. ARGV[1], ARGV[5])
if ARGV[7] == '1' then
  redis.call('SADD', KEYS[2], ARGV[6])
else
  redis.call('SREM', KEYS[2], ARGV[6])
end
redis.call('PUBLISH', ARGV[8], ARGV[6])
return 1
`);
