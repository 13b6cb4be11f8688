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

local answers, bodies, visible, sent, touched, order = {}, {}, {}, {}, {}, {}

local function accept(message, delay)
  local id = newId(redis.call('HINCRBY', queue, 'sequence', 1))
  bodies[#bodies + 1], bodies[#bodies + 2] = id, message
  visible[#visible + 1], visible[#visible + 2] = digits(now + 1000 * (tonumber(delay) or delayDefault)), id
  sent[#sent + 1], sent[#sent + 2] = ARGV[1], id
  return id
end

local function acceptOnce(message, delay, key)
  local group = groupOf(message)
  if settings[4] == 'messageGroup' then key = group .. ' ' .. key end
  local known = redis.call('HGET', queue .. ':dedup', key)
  if known and now - tonumber(string.match(known, '^%d+')) < WINDOW then return 'known ' .. string.match(known, ' (.*)$') end
  local id = accept(message, delay)
  redis.call('HSET', queue .. ':dedup', key, ARGV[1] .. ' ' .. id .. ' ' .. string.sub(message, 1, 36))
  redis.call('ZADD', queue .. ':dedup-times', now, key)
  order[#order + 1], order[#order + 2] = 0, group .. ' ' .. id
  touched[group] = true
  return id
end

if fifo then forgetOld() end
for at = 2, #ARGV, 5 do
  local message, key = ARGV[at], ARGV[at + 3]
  if tonumber(ARGV[at + 1]) > bytesMax then
    answers[#answers + 1] = 'long ' .. digits(bytesMax)
  elseif fifo then
    answers[#answers + 1] = acceptOnce(message, ARGV[at + 2], key == '' and ARGV[at + 4] or key)
  else
    answers[#answers + 1] = accept(message, ARGV[at + 2])
  end
end

if #bodies > 0 then
  redis.call('HSET', queue .. ':messages', unpack(bodies))
  redis.call('ZADD', queue .. ':waiting', unpack(visible))
  redis.call('ZADD', queue .. ':sent', unpack(sent))
  if fifo then
    redis.call('ZADD', queue .. ':order', unpack(order))
    for group in pairs(touched) do refreshGroup(queue, group) end
  end
  if settings[5] and tonumber(settings[5]) >= now then wake(queue, now) end
end
return answers
`);
