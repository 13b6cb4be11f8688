import { wakeChannel } from "../sqs-keys.ts";

/**
 * Lua that every script about messages begins with: the keys of queues, and what keeps the sets of a
 * queue true to each other. A queue is named by its key (`queue`); see sqs-keys.ts.
 */
export const queueFunctions = `
local function digits(number) return string.format('%.0f', number) end

local function newId(sequence) return '1885' .. string.format('%016.0f', sequence) end

local function isFifo(queue) return string.sub(queue, -5) == '.fifo' end

local function keyOf(arn)
  local region, account, name = string.match(arn, '^arn:[^:]*:sqs:([^:]*):([^:]*):([^:]*)$')
  return region and ('lambdock:' .. account .. ':' .. region .. ':sqs:' .. name)
end

-- A message is '<message id, 36><length of its group, 3 digits><group><JSON>'.
local function groupOf(message) return string.sub(message, 40, 39 + tonumber(string.sub(message, 37, 39))) end

local function membersOf(queue, group, count)
  return redis.call('ZRANGEBYLEX', queue .. ':order', '[' .. group .. ' ', '(' .. group .. '!', 'LIMIT', 0, count)
end

local function visibleAt(queue, id)
  return tonumber(redis.call('ZSCORE', queue .. ':waiting', id) or redis.call('ZSCORE', queue .. ':flight', id))
end

-- After every change to a group: its place among the groups is that of its first message. Answers the time.
local function refreshGroup(queue, group)
  local first = membersOf(queue, group, 1)[1]
  if not first then
    redis.call('ZREM', queue .. ':groups', group)
    return nil
  end
  local at = visibleAt(queue, string.sub(first, #group + 2))
  redis.call('ZADD', queue .. ':groups', at, group)
  return at
end

local function wake(queue, now)
  local waiting = redis.call('HGET', queue, 'waitingUntil')
  if waiting and tonumber(waiting) >= now then redis.call('PUBLISH', '${wakeChannel}', queue) end
end

local function removeMessages(queue, ids)
  redis.call('HDEL', queue .. ':messages', unpack(ids))
  redis.call('HDEL', queue .. ':receives', unpack(ids))
  redis.call('ZREM', queue .. ':waiting', unpack(ids))
  redis.call('ZREM', queue .. ':flight', unpack(ids))
  redis.call('ZREM', queue .. ':sent', unpack(ids))
end

-- The group is left for the caller to refresh.
local function removeFromOrder(queue, group, id) redis.call('ZREM', queue .. ':order', group .. ' ' .. id) end

-- Adds one message to the end of a queue.
local function addMessage(queue, message, visible, sent)
  local id = newId(redis.call('HINCRBY', queue, 'sequence', 1))
  redis.call('HSET', queue .. ':messages', id, message)
  redis.call('ZADD', queue .. ':waiting', visible, id)
  redis.call('ZADD', queue .. ':sent', sent, id)
  if isFifo(queue) then
    local group = groupOf(message)
    redis.call('ZADD', queue .. ':order', 0, group .. ' ' .. id)
    refreshGroup(queue, group)
  end
  return id
end

-- Messages older than the retention period are gone; a bounded number of them per call.
local function dropExpired(queue, now, retentionSeconds)
  for _ = 1, 20 do
    local ids = redis.call('ZRANGEBYSCORE', queue .. ':sent', '-inf', digits(now - retentionSeconds * 1000), 'LIMIT', 0, 500)
    if #ids == 0 then return end
    local groups = {}
    if isFifo(queue) then
      for _, id in ipairs(ids) do
        local group = groupOf(redis.call('HGET', queue .. ':messages', id))
        removeFromOrder(queue, group, id)
        groups[group] = true
      end
    end
    removeMessages(queue, ids)
    for group in pairs(groups) do refreshGroup(queue, group) end
    if #ids < 500 then return end
  end
end
`;

/** Lua, after {@link queueFunctions}: how often a message was received, and dead letters. */
export const receiveFunctions = `
local function readReceives(text)
  if not text then return { count = 0, here = 0, first = 0, nonce = '', at = 0, source = '' } end
  local count, here, first, nonce, at, source = string.match(text, '^(%d+) (%d+) (%d+) (%S+) (%d+) (%S*)$')
  return { count = tonumber(count), here = tonumber(here), first = tonumber(first), nonce = nonce, at = tonumber(at), source = source }
end

local function writeReceives(r)
  return table.concat({ digits(r.count), digits(r.here), digits(r.first), r.nonce == '' and '-' or r.nonce, digits(r.at), r.source }, ' ')
end

-- Moves a message that was received too often; false when the dead-letter queue is not there.
-- It keeps its message id and its receives; on a standard queue also its age.
local function moveToDeadLetters(queue, now, policy, id, message, receives)
  local target = keyOf(policy.arn)
  if not target or redis.call('EXISTS', target) == 0 then return false end
  local sent = isFifo(queue) and now or tonumber(redis.call('ZSCORE', queue .. ':sent', id))
  local dead = addMessage(target, message, now, sent)
  receives.here, receives.nonce, receives.at, receives.source = 0, '', 0, policy.source
  redis.call('HSET', target .. ':receives', dead, writeReceives(receives))
  if isFifo(queue) then removeFromOrder(queue, groupOf(message), id) end
  removeMessages(queue, { id })
  wake(target, now)
  return true
end

-- Of these ids, moves those that were received as often as the policy allows; true when there was one.
local function redriveSome(queue, now, policy, ids)
  if not policy.limit or #ids == 0 then return false end
  local moved = false
  local known = redis.call('HMGET', queue .. ':receives', unpack(ids))
  for index, id in ipairs(ids) do
    local receives = readReceives(known[index])
    if receives.here >= policy.limit then
      local message = redis.call('HGET', queue .. ':messages', id)
      if moveToDeadLetters(queue, now, policy, id, message, receives) then moved = true end
    end
  end
  return moved
end

-- Up to that many visible ids of a standard queue, the longest visible first.
local function visibleIds(queue, now, count)
  local fresh = redis.call('ZRANGEBYSCORE', queue .. ':waiting', '-inf', digits(now), 'WITHSCORES', 'LIMIT', 0, count)
  local back = redis.call('ZRANGEBYSCORE', queue .. ':flight', '-inf', digits(now), 'WITHSCORES', 'LIMIT', 0, count)
  local ids, f, b = {}, 1, 1
  while #ids < count and (fresh[f] or back[b]) do
    if not back[b] or (fresh[f] and tonumber(fresh[f + 1]) <= tonumber(back[b + 1])) then
      ids[#ids + 1] = fresh[f]
      f = f + 2
    else
      ids[#ids + 1] = back[b]
      b = b + 2
    end
  end
  return ids
end

-- Up to that many ids of a group from its head, as far as all are visible.
local function visibleIdsOfGroup(queue, now, group, count)
  local ids = {}
  for _, member in ipairs(membersOf(queue, group, count)) do
    local id = string.sub(member, #group + 2)
    if visibleAt(queue, id) > now then break end
    ids[#ids + 1] = id
  end
  return ids
end
`;
