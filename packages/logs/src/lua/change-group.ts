import { createScript } from "@lambdock/store/script";
import { groupFunctions } from "./group-functions.ts";

// KEYS of all scripts here: see groupFunctions. ARGV 1 and 2: prefixes of stream hashes and event sets.

/** Makes a group. ARGV: 3 its name, 4 now (ms), then tag keys and values. Answers 0 when it is there already. */
export const createGroup = createScript(`
-- ARGV: 3 group name, 4 now (ms), then tag keys and values
${groupFunctions}
if redis.call('HSETNX', group, 'creationTime', ARGV[4]) == 0 then return 0 end
redis.call('ZADD', groups, 0, ARGV[3])
if #ARGV > 4 then redis.call('HSET', tags, unpack(ARGV, 5)) end
return 1
`);

/** Deletes a group with all its streams. ARGV: 3 its name. Answers 0 when there is none. */
export const deleteGroup = createScript(`
-- ARGV: 3 group name
${groupFunctions}
if redis.call('EXISTS', group) == 0 then return 0 end
for _, name in ipairs(redis.call('ZRANGE', streams, 0, -1)) do dropStream(name) end
redis.call('UNLINK', group, streams, tags)
redis.call('ZREM', groups, ARGV[3])
return 1
`);

/** Sets or removes a retention policy and trims at once. ARGV: 3 days ('' for none), 4 now (ms). Answers 0 when there is no group. */
export const changeRetention = createScript(`
-- ARGV: 3 days or '', 4 now (ms)
${groupFunctions}
if redis.call('EXISTS', group) == 0 then return 0 end
if ARGV[3] == '' then
  redis.call('HDEL', group, 'retentionInDays')
else
  redis.call('HSET', group, 'retentionInDays', ARGV[3])
end
for _, name in ipairs(redis.call('ZRANGE', streams, 0, -1)) do
  dropExpired(name, tonumber(ARGV[4]))
  refresh(name)
end
return 1
`);

/** Makes a stream. ARGV: 3 its name, 4 now (ms), 5 streams per group. Answers 1, or 'group' or 'exists'. */
export const createStream = createScript(`
-- ARGV: 3 stream name, 4 now (ms), 5 streams per group
${groupFunctions}
if redis.call('EXISTS', group) == 0 then return 'group' end
if redis.call('HSETNX', streamPrefix .. ARGV[3], 'creationTime', ARGV[4]) == 0 then return 'exists' end
redis.call('ZADD', streams, ARGV[4], ARGV[3])
boundStreams(ARGV[3], tonumber(ARGV[5]))
return 1
`);

/** Deletes a stream. ARGV: 3 its name. Answers 1, or 'group' or 'stream' when that is absent. */
export const deleteStream = createScript(`
-- ARGV: 3 stream name
${groupFunctions}
if redis.call('EXISTS', group) == 0 then return 'group' end
if redis.call('EXISTS', streamPrefix .. ARGV[3]) == 0 then return 'stream' end
dropStream(ARGV[3])
return 1
`);
