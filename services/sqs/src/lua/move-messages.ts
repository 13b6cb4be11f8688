import { createScript } from "@lambdock/store/script";
import { queueFunctions, receiveFunctions } from "./queue-functions.ts";

/** Begins a move task, one at a time per source. */
export const startMove = createScript(`
-- KEYS: 1 source queue, 2 running moves
-- ARGV: 1 now (ms), 2 task id, 3 arn of the destination ('' where each message came from), 4 messages per second ('' unlimited), 5 tasks to remember
-- Answers 'missing', 'busy' or 'started'.
${queueFunctions}
local queue, now = KEYS[1], tonumber(ARGV[1])
local arn, retention = unpack(redis.call('HMGET', queue, 'QueueArn', 'MessageRetentionPeriod'))
if not arn then return 'missing' end
local moves = queue .. ':moves'
local newest = redis.call('LINDEX', moves, 0)
if newest and redis.call('HGET', queue .. ':move:' .. newest, 'status') == 'RUNNING' then return 'busy' end
dropExpired(queue, now, tonumber(retention))
local count = redis.call('ZCOUNT', queue .. ':waiting', '-inf', digits(now)) + redis.call('ZCOUNT', queue .. ':flight', '-inf', digits(now))
redis.call('HSET', queue .. ':move:' .. ARGV[2], 'status', 'RUNNING', 'started', ARGV[1], 'destination', ARGV[3], 'rate', ARGV[4], 'toMove', count, 'moved', 0, 'failure', '')
redis.call('LPUSH', moves, ARGV[2])
for _, old in ipairs(redis.call('LRANGE', moves, tonumber(ARGV[5]), -1)) do redis.call('UNLINK', queue .. ':move:' .. old) end
redis.call('LTRIM', moves, 0, tonumber(ARGV[5]) - 1)
redis.call('SADD', KEYS[2], arn .. ' ' .. ARGV[2])
return 'started'
`);

/** Stops a move task. */
export const cancelMove = createScript(`
-- KEYS: 1 source queue, 2 running moves
-- ARGV: 1 task id
-- Answers 'missing' (the queue), 'unknown' (the task), 'over', or the number of messages moved.
local queue, task = KEYS[1], KEYS[1] .. ':move:' .. ARGV[1]
local arn = redis.call('HGET', queue, 'QueueArn')
if not arn then return 'missing' end
local status = redis.call('HGET', task, 'status')
if not status then return 'unknown' end
if status ~= 'RUNNING' then return 'over' end
redis.call('HSET', task, 'status', 'CANCELLED')
redis.call('SREM', KEYS[2], arn .. ' ' .. ARGV[1])
return redis.call('HGET', task, 'moved')
`);

/**
 * Moves some messages of a task. Any process may call it at any time: the task's rate is kept by
 * counting from its start, not by the caller's rhythm.
 */
export const stepMove = createScript(`
-- KEYS: 1 source queue, 2 running moves
-- ARGV: 1 now (ms), 2 task id, then as many fresh message ids as may be moved
-- Answers the status: 'RUNNING', 'PAUSED' (running, but its rate allows no more now), 'COMPLETED', 'FAILED', 'CANCELLED' or 'GONE'.
${queueFunctions}
${receiveFunctions}
local queue, now, task = KEYS[1], tonumber(ARGV[1]), KEYS[1] .. ':move:' .. ARGV[2]
local status, started, destination, rate, moved, source = unpack(redis.call('HMGET', task, 'status', 'started', 'destination', 'rate', 'moved'))
source = redis.call('HGET', queue, 'QueueArn')
if not status or not source then return 'GONE' end
if status ~= 'RUNNING' then return status end

local allowed = #ARGV - 2
if rate ~= '' then allowed = math.min(allowed, math.floor((now - tonumber(started)) * tonumber(rate) / 1000) + 1 - tonumber(moved)) end
if allowed <= 0 then return 'PAUSED' end

local function visibleHeads()
  if not isFifo(queue) then return visibleIds(queue, now, allowed) end
  local ids = {}
  for _, group in ipairs(redis.call('ZRANGEBYSCORE', queue .. ':groups', '-inf', digits(now), 'LIMIT', 0, allowed)) do
    for _, id in ipairs(visibleIdsOfGroup(queue, now, group, allowed - #ids)) do ids[#ids + 1] = id end
    if #ids >= allowed then break end
  end
  return ids
end

local function finish(outcome, failure)
  redis.call('HSET', task, 'status', outcome, 'failure', failure)
  redis.call('SREM', KEYS[2], source .. ' ' .. ARGV[2])
  return outcome
end

-- To its destination, as a new message with a new id and age; answers why it can't be.
local function move(id, fresh)
  local arn = destination
  if arn == '' then arn = readReceives(redis.call('HGET', queue .. ':receives', id)).source end
  if arn == '' then return 'CouldNotDetermineMessageSource' end
  local target = keyOf(arn)
  if not target or redis.call('EXISTS', target) == 0 then return 'AWS.SimpleQueueService.NonExistentQueue' end
  local message = redis.call('HGET', queue .. ':messages', id)
  local group = groupOf(message)
  if isFifo(queue) then removeFromOrder(queue, group, id) end
  removeMessages(queue, { id })
  if isFifo(queue) then refreshGroup(queue, group) end
  addMessage(target, fresh .. string.sub(message, 37), now, now)
  redis.call('HINCRBY', task, 'moved', 1)
  wake(target, now)
end

local ids = visibleHeads()
for index, id in ipairs(ids) do
  local failure = move(id, ARGV[2 + index])
  if failure then return finish('FAILED', failure) end
end
if #ids < allowed then return finish('COMPLETED', '') end
return 'RUNNING'
`);
