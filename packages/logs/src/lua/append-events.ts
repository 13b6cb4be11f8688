import { createScript } from "@lambdock/store/script";
import { groupFunctions } from "./group-functions.ts";

/** Adds events to a stream, in their order, and keeps all bounds. */
export const appendEvents = createScript(`
-- KEYS: see groupFunctions
-- ARGV: 1 prefix of stream hashes, 2 prefix of event sets, 3 group name, 4 stream name, 5 now (ms),
--       6 '1': make group and stream when absent, 7 events per stream, 8 streams per group, 9 bytes per group,
--       10 writer ('' for none), 11 its batch number, then timestamp and message of each event
-- Answers 1, or 'group' or 'stream' when that is absent. A batch that the writer repeats is not added again.
${groupFunctions}
local groupName, name, now = ARGV[3], ARGV[4], tonumber(ARGV[5])
local key, events = streamPrefix .. name, eventsPrefix .. name
local writer, batch = ARGV[10], tonumber(ARGV[11])

if ARGV[6] == '1' then
  if redis.call('HSETNX', group, 'creationTime', ARGV[5]) == 1 then redis.call('ZADD', groups, 0, groupName) end
  redis.call('HSETNX', key, 'creationTime', ARGV[5])
elseif redis.call('EXISTS', group) == 0 then
  return 'group'
elseif redis.call('EXISTS', key) == 0 then
  return 'stream'
end

local known = redis.call('HMGET', key, 'writer', 'batch', 'lastIngestionTime')
if writer ~= '' and known[1] == writer and tonumber(known[2]) >= batch then return 1 end
-- Clocks of several writers differ, but later events are never ingested earlier.
local ingested = math.max(now, tonumber(known[3] or 0))

local count = (#ARGV - 11) / 2
local sequence = redis.call('HINCRBY', key, 'sequence', count) - count
local ingestedDigits = string.format('%013.0f', ingested)
local bytes, arguments = 0, {}
for index = 1, count do
  local message = ARGV[11 + 2 * index]
  arguments[#arguments + 1] = ARGV[10 + 2 * index]
  arguments[#arguments + 1] = string.format('%012.0f', sequence + index) .. ingestedDigits .. message
  bytes = bytes + #message + 26
  if #arguments >= 1000 or index == count then
    redis.call('ZADD', events, unpack(arguments))
    arguments = {}
  end
end
redis.call('HSET', key, 'lastIngestionTime', string.format('%.0f', ingested))
if writer ~= '' then redis.call('HSET', key, 'writer', writer, 'batch', ARGV[11]) end
account(name, bytes)

dropExpired(name, now)
dropEvents(name, redis.call('ZCARD', events) - tonumber(ARGV[7]))
refresh(name)
boundStreams(name, tonumber(ARGV[8]))
boundBytes(name, tonumber(ARGV[9]))
refresh(name)
return 1
`);
