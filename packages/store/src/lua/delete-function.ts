import { createScript } from "../script.ts";

/**
 * Deletes a function with its versions, aliases, tags, policies, event invoke configs, reserved and
 * provisioned concurrency. Answers the deleted record and those of its versions, or nil when there was none.
 */
export const deleteFunctionScript = createScript(`
-- KEYS[1] function hash  KEYS[2] names sorted set  KEYS[3] tags hash
-- KEYS[4] policies hash  KEYS[5] unfinished set    KEYS[6] code storage hash
-- KEYS[7] event invoke configs hash                KEYS[8] reservations hash
-- KEYS[9] generation of the reservations           KEYS[10] provisioned hash
-- KEYS[11] versions hash KEYS[12] aliases hash     KEYS[13] unfinished versions set
-- ARGV[1] name           ARGV[2] id (JSON)         ARGV[3] channel    ARGV[4] function ARN
local record = redis.call('HGET', KEYS[1], 'record')
if not record then return false end
local answer = redis.call('HVALS', KEYS[11])
for _, version in ipairs(redis.call('HKEYS', KEYS[11])) do
  redis.call('HDEL', KEYS[6], 'function:' .. ARGV[1] .. ':' .. version)
  redis.call('SREM', KEYS[13], string.sub(ARGV[2], 1, -2) .. ',"version":"' .. version .. '"}')
end
redis.call('DEL', KEYS[1], KEYS[3], KEYS[4], KEYS[7], KEYS[11], KEYS[12])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('SREM', KEYS[5], ARGV[2])
redis.call('HDEL', KEYS[6], 'function:' .. ARGV[1])
local released = redis.call('HDEL', KEYS[8], ARGV[4])
for _, target in ipairs(redis.call('HKEYS', KEYS[10])) do
  if string.sub(target, 1, #ARGV[4] + 1) == ARGV[4] .. ':' then released = released + redis.call('HDEL', KEYS[10], target) end
end
if released > 0 then redis.call('INCR', KEYS[9]) end
redis.call('PUBLISH', ARGV[3], ARGV[2])
table.insert(answer, 1, record)
return answer
`);
