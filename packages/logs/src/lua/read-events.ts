import { createScript } from "@lambdock/store/script";

/** Reads a page of a stream's events, forwards from a place or backwards to it. */
export const readEvents = createScript(`
-- KEYS: 1 events
-- ARGV: 1 from (ms, inclusive, or -inf), 2 to (a ZCOUNT maximum), 3 'forward' or 'backward',
--       4 timestamp ('' for none) and 5 sequence of the last event not wanted (forward) or still wanted (backward),
--       6 events at most, 7 bytes at most (but always one event)
-- Answers '1' when there is more in that direction, then member and timestamp of each event, in the direction of reading.
local events, forward = KEYS[1], ARGV[3] == 'forward'

-- How many events come up to and including that place.
local function countUpTo(timestamp, sequence)
  local low = redis.call('ZCOUNT', events, '-inf', '(' .. timestamp)
  local high = redis.call('ZCOUNT', events, '-inf', timestamp)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local member = redis.call('ZRANGE', events, middle, middle)[1]
    if tonumber(string.sub(member, 1, 12)) <= sequence then low = middle + 1 else high = middle end
  end
  return low
end

local first = 0
if ARGV[1] ~= '-inf' then first = redis.call('ZCOUNT', events, '-inf', '(' .. ARGV[1]) end
local last = redis.call('ZCOUNT', events, '-inf', ARGV[2])
if ARGV[4] ~= '' then
  local place = countUpTo(ARGV[4], tonumber(ARGV[5]))
  if forward then first = math.max(first, place) else last = math.min(last, place) end
end

local answer, bytes, limit, bytesMax = { '0' }, 0, tonumber(ARGV[6]), tonumber(ARGV[7])
local count = 0
while first < last do
  local slice = math.min(200, last - first)
  local page
  if forward then
    page = redis.call('ZRANGE', events, first, first + slice - 1, 'WITHSCORES')
    first = first + slice
  else
    page = redis.call('ZREVRANGE', events, redis.call('ZCARD', events) - last, redis.call('ZCARD', events) - last + slice - 1, 'WITHSCORES')
    last = last - slice
  end
  for index = 1, #page, 2 do
    bytes = bytes + #page[index] - 25 + 26
    if count == limit or (count > 0 and bytes > bytesMax) then
      answer[1] = '1'
      return answer
    end
    answer[#answer + 1] = page[index]
    answer[#answer + 1] = page[index + 1]
    count = count + 1
  end
end
return answer
`);
