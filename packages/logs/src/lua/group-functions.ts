/**
 * Lua functions that the scripts over one group share. All of them are called with
 * KEYS: 1 groups, 2 group, 3 streams, 4 tags; ARGV: 1 prefix of stream hashes, 2 prefix of event sets.
 */
export const groupFunctions = `
local groups, group, streams, tags = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local streamPrefix, eventsPrefix = ARGV[1], ARGV[2]

-- Bytes of members as CloudWatch counts events: message + 26.
local function weigh(members)
  local bytes = 0
  for _, member in ipairs(members) do bytes = bytes + #member - 25 + 26 end
  return bytes
end

-- Adds bytes (which may be negative) to the stream's and the group's sum.
local function account(name, bytes)
  if bytes == 0 then return end
  local delta = string.format('%.0f', bytes)
  redis.call('HINCRBY', streamPrefix .. name, 'storedBytes', delta)
  redis.call('HINCRBY', group, 'storedBytes', delta)
end

local function dropStream(name)
  account(name, -tonumber(redis.call('HGET', streamPrefix .. name, 'storedBytes') or 0))
  redis.call('UNLINK', streamPrefix .. name, eventsPrefix .. name)
  redis.call('ZREM', streams, name)
end

-- Takes the oldest events away, at most so many.
local function dropEvents(name, count)
  while count > 0 do
    local slice = math.min(count, 500)
    local members = redis.call('ZRANGE', eventsPrefix .. name, 0, slice - 1)
    if #members == 0 then return end
    redis.call('ZREMRANGEBYRANK', eventsPrefix .. name, 0, #members - 1)
    account(name, -weigh(members))
    count = count - #members
  end
end

-- Takes away what the retention policy of the group hides.
local function dropExpired(name, now)
  local days = redis.call('HGET', group, 'retentionInDays')
  if not days then return end
  local cutoff = string.format('(%.0f', now - tonumber(days) * 86400000)
  dropEvents(name, redis.call('ZCOUNT', eventsPrefix .. name, '-inf', cutoff))
end

-- Brings first and last event time up to date, and the stream's place among the others.
local function refresh(name)
  local key = streamPrefix .. name
  local first = redis.call('ZRANGE', eventsPrefix .. name, 0, 0, 'WITHSCORES')[2]
  local last = redis.call('ZRANGE', eventsPrefix .. name, -1, -1, 'WITHSCORES')[2]
  if first then
    redis.call('HSET', key, 'firstEventTimestamp', first, 'lastEventTimestamp', last)
  else
    redis.call('HDEL', key, 'firstEventTimestamp', 'lastEventTimestamp')
  end
  redis.call('ZADD', streams, last or redis.call('HGET', key, 'creationTime'), name)
end

-- The stream that has been silent longest, other than this one.
local function oldestBut(name)
  for _, candidate in ipairs(redis.call('ZRANGE', streams, 0, 1)) do
    if candidate ~= name then return candidate end
  end
end

local function boundStreams(name, streamsMax)
  while redis.call('ZCARD', streams) > streamsMax do
    local victim = oldestBut(name)
    if not victim then return end
    dropStream(victim)
  end
end

local function boundBytes(name, bytesMax)
  while tonumber(redis.call('HGET', group, 'storedBytes') or 0) > bytesMax do
    local victim = oldestBut(name)
    if victim then
      dropStream(victim)
    elseif redis.call('ZCARD', eventsPrefix .. name) > 1 then
      dropEvents(name, math.max(1, math.floor(redis.call('ZCARD', eventsPrefix .. name) / 20)))
    else
      return
    end
  end
end
`;
