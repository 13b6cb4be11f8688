import { createScript } from "@lambdock/store/script";
import { queueFunctions, receiveFunctions } from "./queue-functions.ts";

const BEGIN = `
${queueFunctions}
${receiveFunctions}
local queue, now = KEYS[1], tonumber(ARGV[1])
if redis.call('EXISTS', queue) == 0 then return 'missing' end
local fifo, touched = isFifo(queue), {}

-- Looks at the messages whose ids are every so many arguments.
local scores, known = {}, {}
local function look(from, step)
  local ids = {}
  for at = from, #ARGV, step do ids[#ids + 1] = ARGV[at] end
  if #ids == 0 then return end
  local flights, receives = redis.call('ZMSCORE', queue .. ':flight', unpack(ids)), redis.call('HMGET', queue .. ':receives', unpack(ids))
  for index, id in ipairs(ids) do scores[id], known[id] = flights[index], receives[index] end
end

-- 'gone' when there is no such message, 'stale' when the handle is not that of its last receive (FIFO: or has expired).
local function stateOf(id, nonce, group)
  if not scores[id] then return redis.call('HEXISTS', queue .. ':messages', id) == 1 and 'stale' or 'gone' end
  local receives = readReceives(known[id])
  if receives.nonce ~= nonce or (fifo and tonumber(scores[id]) <= now) then return 'stale' end
  if fifo and not redis.call('ZSCORE', queue .. ':order', group .. ' ' .. id) then return 'stale' end
  return 'held', receives
end

local function finish()
  local open = not fifo
  for group in pairs(touched) do
    local at = refreshGroup(queue, group)
    if at then open = true end
  end
  if open then wake(queue, now) end
end
`;

/** Deletes received messages. */
export const deleteMessages = createScript(`
-- KEYS: 1 queue
-- ARGV: 1 now (ms), then per message: 1 id, 2 nonce of the receive, 3 group
-- Answers 'missing', or per message 'held' (deleted), 'gone' or 'stale' (left as it is).
${BEGIN}
local answers, ids = {}, {}
look(2, 3)
for at = 2, #ARGV, 3 do
  local id, group = ARGV[at], ARGV[at + 2]
  local state = stateOf(id, ARGV[at + 1], group)
  answers[#answers + 1] = state
  if state == 'held' then
    ids[#ids + 1] = id
    if fifo then
      removeFromOrder(queue, group, id)
      touched[group] = true
    end
  end
end
if #ids > 0 then
  removeMessages(queue, ids)
  if fifo then finish() end
end
return answers
`);

/** Changes until when received messages are invisible. */
export const changeVisibility = createScript(`
-- KEYS: 1 queue
-- ARGV: 1 now (ms), 2 seconds at most since the receive, then per message: 1 id, 2 nonce of the receive, 3 group, 4 seconds from now
-- Answers 'missing', or per message 'held' (changed), 'gone', 'stale', or 'beyond' (more than the maximum since the receive).
${BEGIN}
local answers, changed = {}, false
look(3, 4)
for at = 3, #ARGV, 4 do
  local id, group, seconds = ARGV[at], ARGV[at + 2], tonumber(ARGV[at + 3])
  local state, receives = stateOf(id, ARGV[at + 1], group)
  if state == 'held' and now + 1000 * seconds > receives.at + 1000 * tonumber(ARGV[2]) then state = 'beyond' end
  answers[#answers + 1] = state
  if state == 'held' then
    redis.call('ZADD', queue .. ':flight', digits(now + 1000 * seconds), id)
    changed = true
    if fifo then touched[group] = true end
  end
end
if changed then finish() end
return answers
`);

/** Puts messages back that nobody got: as if they had not been received. */
export const putBack = createScript(`
-- KEYS: 1 queue
-- ARGV: 1 now (ms), 2 nonce of the receive, then per message: 1 id, 2 group
${BEGIN}
look(3, 2)
for at = 3, #ARGV, 2 do
  local id, group = ARGV[at], ARGV[at + 1]
  local state, r = stateOf(id, ARGV[2], group)
  if state == 'held' then
    r.count, r.here, r.nonce = r.count - 1, r.here - 1, ''
    if r.count == 0 then r.first = 0 end
    redis.call('HSET', queue .. ':receives', id, writeReceives(r))
    redis.call('ZREM', queue .. ':flight', id)
    redis.call('ZADD', queue .. ':waiting', redis.call('ZSCORE', queue .. ':sent', id), id)
    if fifo then touched[group] = true end
  end
end
finish()
return 1
`);
