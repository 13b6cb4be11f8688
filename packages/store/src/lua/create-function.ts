import { createScript } from "../script.ts";

/** Stores a function unless one of that name exists. Answers 1 when stored, 0 when it exists. */
export const createFunctionScript = createScript(`
-- KEYS[1] function hash   KEYS[2] names sorted set   KEYS[3] tags hash
-- KEYS[4] unfinished set  KEYS[5] code storage hash
-- ARGV[1] name            ARGV[2] revision           ARGV[3] record (JSON)
-- ARGV[4] code bytes      ARGV[5] id (JSON)          ARGV[6] channel
-- ARGV[7..] tag key, tag value, ...
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'record', ARGV[3])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
redis.call('DEL', KEYS[3])
for i = 7, #ARGV, 2 do redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1]) end
redis.call('SADD', KEYS[4], ARGV[5])
redis.call('HSET', KEYS[5], 'function:' .. ARGV[1], ARGV[4])
redis.call('PUBLISH', ARGV[6], ARGV[5])
return 1
`);
