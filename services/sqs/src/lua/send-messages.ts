import { createScript } from "@lambdock/store/script";
import { queueFunctions } from "./queue-functions.ts";

/** Adds messages to a queue. */
export const sendMessages = createScript(`
-- KEYS: 1 queue
-- ARGV: 1 now (ms), then per message: 1 message, 2 its bytes, 3 delay in seconds ('' as the queue says),
--       4 deduplication id ('' none), 5 hash of its content (FIFO only)
-- Answers 'missing', 'deduplication' (an id is needed), or per message its id,
-- 'long <bytes at most>', or 'known <id> <message id>' for a duplicate.
${queueFunctions}
local queue, now = KEYS[1], tonumber(ARGV[1])
local settings = redis.call('HMGET', queue, 'DelaySeconds', 'MaximumMessageSize', 'ContentBasedDeduplication', 'DeduplicationScope', 'waitingUntil')
if not settings[1] then return 'missing' end
local delayDefault, bytesMax, fifo = tonumber(settings[1]), tonumber(settings[2]), isFifo(queue)
local WINDOW = 300000

if fifo and settings[3] ~= 'true' then
  for at = 2, #ARGV, 5 do
    if ARGV[at + 3] == '' then return 'deduplication' end
  end
end

local function forgetOld()
  local old = redis.call('ZRANGEBYSCORE', queue .. ':dedup-times', '-inf', digits(now - WINDOW), 'LIMIT', 0, 100)
  if #old == 0 then return end
  redis.call('HDEL', queue .. ':dedup', unpack(old))
  redis.call('ZREM', queue .. ':dedup-times', unpack(old))
end

if fifo then forgetOld() end
local count = (#ARGV - 1) / 5
-- Numbers of messages that are not accepted stay unused.
local sequence = redis.call('HINCRBY', queue, 'sequence', count) - count
local answers, bodies, visible, sent = {}, {}, {}, {}
local order, heads, dedup, times = {}, {}, {}, {}

local function accept(message, delay)
  sequence = sequence + 1
  local id, at = newId(sequence), digits(now + 1000 * (tonumber(delay) or delayDefault))
  bodies[#bodies + 1], bodies[#bodies + 2] = id, message
  visible[#visible + 1], visible[#visible + 2] = at, id
  sent[#sent + 1], sent[#sent + 2] = ARGV[1], id
  return id, at
end

-- Deduplication keys of all messages, and what is known of them.
local keys, known = {}, {}
if fifo then
  for index = 1, count do
    local at = 5 * index - 3
    local key = ARGV[at + 3] == '' and ARGV[at + 4] or ARGV[at + 3]
    if settings[4] == 'messageGroup' then key = groupOf(ARGV[at]) .. ' ' .. key end
    keys[index] = key
  end
  for index, found in ipairs(redis.call('HMGET', queue .. ':dedup', unpack(keys))) do
    if found and now - tonumber(string.match(found, '^%d+')) < WINDOW then known[keys[index]] = found end
  end
end

local function acceptOnce(message, delay, key)
  if known[key] then return 'known ' .. string.match(known[key], ' (.*)$') end
  local group = groupOf(message)
  local id, at = accept(message, delay)
  known[key] = ARGV[1] .. ' ' .. id .. ' ' .. string.sub(message, 1, 36)
  dedup[#dedup + 1], dedup[#dedup + 2] = key, known[key]
  times[#times + 1], times[#times + 2] = ARGV[1], key
  order[#order + 1], order[#order + 2] = 0, group .. ' ' .. id
  heads[#heads + 1], heads[#heads + 2] = at, group
  return id
end

for index = 1, count do
  local at = 5 * index - 3
  if tonumber(ARGV[at + 1]) > bytesMax then
    answers[index] = 'long ' .. digits(bytesMax)
  elseif fifo then
    answers[index] = acceptOnce(ARGV[at], ARGV[at + 2], keys[index])
  else
    answers[index] = accept(ARGV[at], ARGV[at + 2])
  end
end

if #bodies > 0 then
  redis.call('HSET', queue .. ':messages', unpack(bodies))
  redis.call('ZADD', queue .. ':waiting', unpack(visible))
  redis.call('ZADD', queue .. ':sent', unpack(sent))
  if fifo then
    redis.call('ZADD', queue .. ':order', unpack(order))
    -- A group that is there keeps its place: its first message is another one. Of several new ones the first counts.
    redis.call('ZADD', queue .. ':groups', 'NX', unpack(heads))
    redis.call('HSET', queue .. ':dedup', unpack(dedup))
    redis.call('ZADD', queue .. ':dedup-times', unpack(times))
  end
  if settings[5] and tonumber(settings[5]) >= now then wake(queue, now) end
end
return answers
`);
