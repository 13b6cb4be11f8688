import { createScript, type Script } from "@lambdock/store/script";
import { queueFunctions, receiveFunctions } from "./queue-functions.ts";

const HEADER = `
-- KEYS: 1 queue
-- ARGV: 1 now (ms), 2 messages at most, 3 visibility timeout in seconds ('' as the queue says), 4 nonce,
--       5 until when the caller may wait (ms; '' as the queue says), 6 messages in flight at most,
--       7 ReceiveRequestAttemptId ('' none; FIFO only)
-- Answers 'missing', { 'full' }, { 'none', time from which there may be something or '', time until which the caller waits }, or
-- { 'some', nonce, then per message: id, message, receives, first receive, time of sending, arn of the dead letter's source }.
`;

const BEGIN = `
${queueFunctions}
${receiveFunctions}
local queue, now, count = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local settings = redis.call('HMGET', queue, 'VisibilityTimeout', 'MessageRetentionPeriod', 'ReceiveMessageWaitTimeSeconds', 'maxReceiveCount', 'dlqArn', 'QueueArn', 'waitingUntil')
if not settings[1] then return 'missing' end
local invisible = tonumber(ARGV[3]) or tonumber(settings[1])
local policy = { limit = tonumber(settings[4]), arn = settings[5], source = settings[6] }
dropExpired(queue, now, tonumber(settings[2]))

-- Whoever goes away with nothing is told when to come again, and is woken if something comes before.
local function none(dueAt)
  local waits = tonumber(ARGV[5]) or (now + 1000 * tonumber(settings[3]))
  if waits > now and waits > (tonumber(settings[7]) or 0) then redis.call('HSET', queue, 'waitingUntil', digits(waits)) end
  return { 'none', dueAt and digits(dueAt) or '', digits(waits) }
end

local function take(ids, nonce)
  local bodies = redis.call('HMGET', queue .. ':messages', unpack(ids))
  local known = redis.call('HMGET', queue .. ':receives', unpack(ids))
  local sent = redis.call('ZMSCORE', queue .. ':sent', unpack(ids))
  local answer, records, flights = { 'some', nonce }, {}, {}
  local until_ = digits(now + 1000 * invisible)
  for index, id in ipairs(ids) do
    local r = readReceives(known[index])
    r.count, r.here, r.nonce, r.at = r.count + 1, r.here + 1, nonce, now
    if r.first == 0 then r.first = now end
    records[#records + 1], records[#records + 2] = id, writeReceives(r)
    flights[#flights + 1], flights[#flights + 2] = until_, id
    for _, part in ipairs({ id, bodies[index], digits(r.count), digits(r.first), sent[index], r.source }) do answer[#answer + 1] = part end
  end
  redis.call('HSET', queue .. ':receives', unpack(records))
  redis.call('ZREM', queue .. ':waiting', unpack(ids))
  redis.call('ZADD', queue .. ':flight', unpack(flights))
  return answer
end

-- Dead letters are moved so many times; what remains is due at once, so that whoever waits comes back for it.
local rounds, ROUNDS_MAX = 0, 50

local room = tonumber(ARGV[6]) - redis.call('ZCOUNT', queue .. ':flight', '(' .. digits(now), '+inf')
if room <= 0 then return { 'full' } end
count = math.min(count, room)
`;

const STANDARD = `
local ids = visibleIds(queue, now, count)
while redriveSome(queue, now, policy, ids) do
  rounds = rounds + 1
  ids = rounds < ROUNDS_MAX and visibleIds(queue, now, count) or {}
end
if #ids > 0 then return take(ids, ARGV[4]) end
local dueAt
for _, set in ipairs({ ':waiting', ':flight' }) do
  local first = tonumber(redis.call('ZRANGE', queue .. set, 0, 0, 'WITHSCORES')[2])
  if first and (not dueAt or first < dueAt) then dueAt = first end
end
return none(dueAt)
`;

const FIFO = `
-- The same attempt id within five minutes gets the same messages again, unless one of them was touched.
local attempt = ARGV[7] ~= '' and (queue .. ':attempt:' .. ARGV[7])
local function again()
  local known = attempt and redis.call('GET', attempt)
  if not known then return nil end
  local words = {}
  for word in string.gmatch(known, '%S+') do words[#words + 1] = word end
  local nonce, due, ids = words[2], tonumber(words[3]), {}
  if now - tonumber(words[1]) >= 300000 or due <= now then return nil end
  local answer, flights = { 'some', nonce }, {}
  for index = 4, #words do
    local id = words[index]
    local message, score = redis.call('HGET', queue .. ':messages', id), redis.call('ZSCORE', queue .. ':flight', id)
    local r = readReceives(redis.call('HGET', queue .. ':receives', id))
    if not message or not score or tonumber(score) ~= due or r.nonce ~= nonce then return nil end
    ids[#ids + 1] = id
    flights[#flights + 1], flights[#flights + 2] = digits(now + 1000 * invisible), id
    for _, part in ipairs({ id, message, digits(r.count), digits(r.first), redis.call('ZSCORE', queue .. ':sent', id), r.source }) do answer[#answer + 1] = part end
  end
  redis.call('ZADD', queue .. ':flight', unpack(flights))
  for index = 3, #answer, 6 do refreshGroup(queue, groupOf(answer[index + 1])) end
  return answer, nonce, ids
end

local function remember(nonce, ids)
  if attempt then redis.call('SET', attempt, table.concat({ ARGV[1], nonce, digits(now + 1000 * invisible), table.concat(ids, ' ') }, ' '), 'PX', 300000) end
end

local answer, nonce, repeated = again()
if answer then
  remember(nonce, repeated)
  return answer
end

-- Groups in the order in which their first messages became visible; of each, what is visible from its head.
local ids, served, touched = {}, {}, {}
local function serve(group)
  local own = visibleIdsOfGroup(queue, now, group, count - #ids)
  while redriveSome(queue, now, policy, own) do
    rounds = rounds + 1
    own = rounds < ROUNDS_MAX and visibleIdsOfGroup(queue, now, group, count - #ids) or {}
  end
  for _, id in ipairs(own) do ids[#ids + 1] = id end
  served[group] = true
  touched[#touched + 1] = group
end
local progress = true
while progress and #ids < count and rounds < ROUNDS_MAX do
  progress = false
  for _, group in ipairs(redis.call('ZRANGEBYSCORE', queue .. ':groups', '-inf', digits(now), 'LIMIT', 0, count + #touched)) do
    if not served[group] and #ids < count and rounds < ROUNDS_MAX then
      serve(group)
      progress = true
    end
  end
end

if #ids > 0 then answer = take(ids, ARGV[4]) end
for _, group in ipairs(touched) do refreshGroup(queue, group) end
if #ids == 0 then return none(tonumber(redis.call('ZRANGE', queue .. ':groups', 0, 0, 'WITHSCORES')[2])) end
remember(ARGV[4], ids)
return answer
`;

/** Takes messages of a standard queue: the longest visible first. */
export const receiveStandard: Script = createScript(HEADER + BEGIN + STANDARD);

/** Takes messages of a FIFO queue: several per group, in order, from its head as far as they are visible. */
export const receiveFifo: Script = createScript(HEADER + BEGIN + FIFO);
