import { createScript } from "@lambdock/store/script";
import { queueFunctions } from "./queue-functions.ts";

const EMPTY = `
local function empty(queue)
  for _, part in ipairs({ 'messages', 'receives', 'waiting', 'flight', 'sent', 'order', 'groups' }) do redis.call('UNLINK', queue .. ':' .. part) end
end
`;

/** Makes a queue unless there is one of that name. */
export const createQueue = createScript(`
-- KEYS: 1 queue, 2 queue names
-- ARGV: 1 name, 2 number of attributes, then name and value of each attribute and each tag
-- Answers 'created', 'deleted' (the name may not be used yet), or the names and values of the attributes of the queue that is there.
local queue, count = KEYS[1], tonumber(ARGV[2])
if redis.call('EXISTS', queue) == 1 then return redis.call('HGETALL', queue) end
if redis.call('EXISTS', queue .. ':deleted') == 1 then return 'deleted' end
redis.call('ZADD', KEYS[2], 0, ARGV[1])
redis.call('HSET', queue, unpack(ARGV, 3, 2 + 2 * count))
if #ARGV > 2 + 2 * count then redis.call('HSET', queue .. ':tags', unpack(ARGV, 3 + 2 * count)) end
return 'created'
`);

/** Removes a queue with everything in it. */
export const deleteQueue = createScript(`
-- KEYS: 1 queue, 2 queue names, 3 running moves
-- ARGV: 1 name, 2 now (ms), 3 milliseconds for which the name may not be used again (0: none)
-- Answers 1, or 0 when there was none.
${queueFunctions}
${EMPTY}
local queue = KEYS[1]
if redis.call('EXISTS', queue) == 0 then return 0 end
wake(queue, tonumber(ARGV[2]))
local arn = redis.call('HGET', queue, 'QueueArn')
for _, id in ipairs(redis.call('LRANGE', queue .. ':moves', 0, -1)) do
  redis.call('UNLINK', queue .. ':move:' .. id)
  redis.call('SREM', KEYS[3], arn .. ' ' .. id)
end
empty(queue)
redis.call('UNLINK', queue, queue .. ':tags', queue .. ':dedup', queue .. ':dedup-times', queue .. ':moves')
redis.call('ZREM', KEYS[2], ARGV[1])
if ARGV[3] ~= '0' then redis.call('SET', queue .. ':deleted', ARGV[2], 'PX', ARGV[3]) end
return 1
`);

/** Changes attributes of a queue. */
export const changeAttributes = createScript(`
-- KEYS: 1 queue
-- ARGV: 1 now (ms), 2 number of attributes to set, then name and value of each, then names of attributes to remove
-- Answers 1, or 0 when there is no such queue.
${queueFunctions}
local queue, last = KEYS[1], 2 + 2 * tonumber(ARGV[2])
if redis.call('EXISTS', queue) == 0 then return 0 end

-- A FIFO queue's delay also holds for messages that are there already and were not received yet.
local function delayAnew(seconds)
  local ids = redis.call('ZRANGE', queue .. ':waiting', 0, -1)
  for from = 1, #ids, 500 do
    local some, scores = { unpack(ids, from, math.min(from + 499, #ids)) }, {}
    for index, sent in ipairs(redis.call('ZMSCORE', queue .. ':sent', unpack(some))) do
      scores[#scores + 1], scores[#scores + 2] = digits(tonumber(sent) + 1000 * seconds), some[index]
    end
    redis.call('ZADD', queue .. ':waiting', unpack(scores))
  end
  for _, group in ipairs(redis.call('ZRANGE', queue .. ':groups', 0, -1)) do refreshGroup(queue, group) end
end

if isFifo(queue) then
  local before = redis.call('HGET', queue, 'DelaySeconds')
  for at = 3, last, 2 do
    if ARGV[at] == 'DelaySeconds' and ARGV[at + 1] ~= before then delayAnew(tonumber(ARGV[at + 1])) end
  end
end
if last > 2 then redis.call('HSET', queue, unpack(ARGV, 3, last)) end
if #ARGV > last then redis.call('HDEL', queue, unpack(ARGV, last + 1)) end
wake(queue, tonumber(ARGV[1]))
return 1
`);

/** Reads a queue's attributes and counts. */
export const describeQueue = createScript(`
-- KEYS: 1 queue
-- ARGV: 1 now (ms)
-- Answers 'missing', or visible, invisible and delayed messages, then names and values of the attributes.
${queueFunctions}
local queue, now = KEYS[1], tonumber(ARGV[1])
local retention = redis.call('HGET', queue, 'MessageRetentionPeriod')
if not retention then return 'missing' end
dropExpired(queue, now, tonumber(retention))
local function count(set, from, to) return redis.call('ZCOUNT', queue .. set, from, to) end
local until_, after = digits(now), '(' .. digits(now)
local answer = { count(':waiting', '-inf', until_) + count(':flight', '-inf', until_), count(':flight', after, '+inf'), count(':waiting', after, '+inf') }
for _, part in ipairs(redis.call('HGETALL', queue)) do answer[#answer + 1] = part end
return answer
`);

/** Deletes every message of a queue. */
export const purgeQueue = createScript(`
-- KEYS: 1 queue
-- ARGV: 1 now (ms), 2 milliseconds between two purges
-- Answers 'missing', 'busy' or 'purged'.
${EMPTY}
local queue = KEYS[1]
if redis.call('EXISTS', queue) == 0 then return 'missing' end
local last = tonumber(redis.call('HGET', queue, 'purgedAt') or 0)
if tonumber(ARGV[1]) - last < tonumber(ARGV[2]) then return 'busy' end
redis.call('HSET', queue, 'purgedAt', ARGV[1])
empty(queue)
return 'purged'
`);
