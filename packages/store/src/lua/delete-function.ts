import { createScript } from "../script.ts";

/** Deletes a function with its tags, policies, event invoke configs and reserved concurrency. Answers the deleted record, or nil when there was none. */
export const deleteFunctionScript = createScript(`
-- KEYS[1] function hash  KEYS[2] names sorted set  KEYS[3] tags hash
-- KEYS[4] policies hash  KEYS[5] unfinished set    KEYS[6] code storage hash
-- KEYS[7] event invoke configs hash                KEYS[8] reservations hash
-- KEYS[9] generation of the reservations
-- ARGV[1] name           ARGV[2] id (JSON)         ARGV[3] channel    ARGV[4] function ARN
local record = redis.call('HGET', KEYS[1], 'record')
if not record then return false end
redis.call('DEL', KEYS[1], KEYS[3], KEYS[4], KEYS[7])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('SREM', KEYS[5], ARGV[2])
redis.call('HDEL', KEYS[6], 'function:' .. ARGV[1])
if redis.call('HDEL', KEYS[8], ARGV[4]) == 1 then redis.call('INCR', KEYS[9]) end
redis.call('PUBLISH', ARGV[3], ARGV[2])
return record
`);
