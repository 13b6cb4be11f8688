import { createScript } from "../script.ts";

/**
 * Stores an alias if it still has the expected text and its versions exist. Answers '' when stored,
 * 'changed', 'gone' without the function, or the number of the version that is missing.
 */
export const putAliasScript = createScript(`
-- KEYS[1] function hash   KEYS[2] versions hash                    KEYS[3] aliases hash
-- ARGV[1] alias           ARGV[2] expected text, '' for absent     ARGV[3] new record (JSON)
-- ARGV[4] channel         ARGV[5] id (JSON)                        ARGV[6..] numbers of its versions
if redis.call('EXISTS', KEYS[1]) == 0 then return 'gone' end
if (redis.call('HGET', KEYS[3], ARGV[1]) or '') ~= ARGV[2] then return 'changed' end
for i = 6, #ARGV do
  if redis.call('HEXISTS', KEYS[2], ARGV[i]) == 0 then return ARGV[i] end
end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[3])
redis.call('HINCRBY', KEYS[1], 'aliasWrites', 1)
redis.call('PUBLISH', ARGV[4], ARGV[5])
return ''
`);

/** Deletes an alias with its policy and event invoke config. Answers the deleted record, '' when there was none, 'gone' without the function. */
export const deleteAliasScript = createScript(`
-- KEYS[1] function hash   KEYS[2] aliases hash   KEYS[3] policies hash   KEYS[4] event invoke configs hash
-- ARGV[1] alias           ARGV[2] channel        ARGV[3] id (JSON)
if redis.call('EXISTS', KEYS[1]) == 0 then return 'gone' end
local record = redis.call('HGET', KEYS[2], ARGV[1])
if not record then return '' end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[4], ARGV[1])
redis.call('HINCRBY', KEYS[1], 'aliasWrites', 1)
redis.call('PUBLISH', ARGV[2], ARGV[3])
return record
`);
