import { createScript } from "../script.ts";

/** Stores a mapping. Answers '' when stored, else the UUID of the mapping that already joins this source and function. */
export const createMappingScript = createScript(`
-- KEYS[1] mapping hash   KEYS[2] identities hash  KEYS[3] UUIDs of all  KEYS[4] UUIDs of the scope
-- KEYS[5] tags hash
-- ARGV[1] UUID           ARGV[2] identity         ARGV[3] record (JSON) ARGV[4] generation
-- ARGV[5] state          ARGV[6] reason           ARGV[7] last result or ''
-- ARGV[8] channel        ARGV[9..] tag key, tag value, ...
local other = redis.call('HGET', KEYS[2], ARGV[2])
if other then return other end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
redis.call('HSET', KEYS[1], 'record', ARGV[3], 'generation', ARGV[4], 'state', ARGV[5], 'reason', ARGV[6])
if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'result', ARGV[7]) end
redis.call('SADD', KEYS[3], ARGV[1])
redis.call('SADD', KEYS[4], ARGV[1])
for i = 9, #ARGV, 2 do redis.call('HSET', KEYS[5], ARGV[i], ARGV[i + 1]) end
redis.call('PUBLISH', ARGV[8], ARGV[1])
return ''
`);

/** Replaces what the user set, if generation and state are still the expected ones. Answers 1 replaced, 0 changed, -1 gone, or the UUID of a duplicate. */
export const replaceMappingScript = createScript(`
-- KEYS[1] mapping hash         KEYS[2] identities hash
-- ARGV[1] UUID                 ARGV[2] old identity     ARGV[3] new identity
-- ARGV[4] expected generation  ARGV[5] expected state
-- ARGV[6] record (JSON)        ARGV[7] generation       ARGV[8] state
-- ARGV[9] reason               ARGV[10] channel
local generation = redis.call('HGET', KEYS[1], 'generation')
if not generation then return -1 end
if generation ~= ARGV[4] or redis.call('HGET', KEYS[1], 'state') ~= ARGV[5] then return 0 end
local other = redis.call('HGET', KEYS[2], ARGV[3])
if other and other ~= ARGV[1] then return other end
redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('HSET', KEYS[2], ARGV[3], ARGV[1])
redis.call('HSET', KEYS[1], 'record', ARGV[6], 'generation', ARGV[7], 'state', ARGV[8], 'reason', ARGV[9])
redis.call('PUBLISH', ARGV[10], ARGV[1])
return 1
`);

/** Notes what became of a mapping, unless the user has changed it since. Answers 1 stored, 0 changed, -1 gone. */
export const setMappingStateScript = createScript(`
-- KEYS[1] mapping hash
-- ARGV[1] UUID   ARGV[2] expected generation  ARGV[3] state  ARGV[4] reason  ARGV[5] channel
local generation = redis.call('HGET', KEYS[1], 'generation')
if not generation then return -1 end
if generation ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[3], 'reason', ARGV[4])
redis.call('PUBLISH', ARGV[5], ARGV[1])
return 1
`);

/** Notes the last processing result of a mapping that still exists. Answers 1 stored, 0 gone. */
export const setMappingResultScript = createScript(`
-- KEYS[1] mapping hash   ARGV[1] result
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'result', ARGV[1])
return 1
`);

/** Removes a mapping whose state is Deleting. Answers 1 removed, 0 not to be deleted or changed meanwhile, -1 gone. */
export const removeMappingScript = createScript(`
-- KEYS[1] mapping hash   KEYS[2] identities hash  KEYS[3] UUIDs of all  KEYS[4] UUIDs of the scope
-- KEYS[5] tags hash
-- ARGV[1] UUID           ARGV[2] identity         ARGV[3] expected generation
-- ARGV[4] channel
local generation = redis.call('HGET', KEYS[1], 'generation')
if not generation then return -1 end
if generation ~= ARGV[3] or redis.call('HGET', KEYS[1], 'state') ~= 'Deleting' then return 0 end
redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('DEL', KEYS[1], KEYS[5])
redis.call('SREM', KEYS[3], ARGV[1])
redis.call('SREM', KEYS[4], ARGV[1])
redis.call('PUBLISH', ARGV[4], ARGV[1])
return 1
`);
