import { createScript } from "../script.ts";

/**
 * Publishes a version together with the function's new revision. Answers 1 published, 0 when the
 * function or its highest version number is another by now, -1 when the function is gone.
 */
export const publishVersionScript = createScript(`
-- KEYS[1] function hash       KEYS[2] versions hash           KEYS[3] code storage hash
-- KEYS[4] unfinished versions set
-- ARGV[1] name                ARGV[2] expected revision       ARGV[3] new revision
-- ARGV[4] new record (JSON)   ARGV[5] version number          ARGV[6] version record (JSON)
-- ARGV[7] code bytes          ARGV[8] id with version (JSON)  ARGV[9] '1' while Pending
-- ARGV[10] channel            ARGV[11] id (JSON)
local revision = redis.call('HGET', KEYS[1], 'revision')
if not revision then return -1 end
if revision ~= ARGV[2] then return 0 end
if tonumber(redis.call('HGET', KEYS[1], 'versions') or '0') + 1 ~= tonumber(ARGV[5]) then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[3], 'record', ARGV[4], 'versions', ARGV[5])
redis.call('HSET', KEYS[2], ARGV[5], ARGV[6])
redis.call('HSET', KEYS[3], 'function:' .. ARGV[1] .. ':' .. ARGV[5], ARGV[7])
if ARGV[9] == '1' then redis.call('SADD', KEYS[4], ARGV[8]) end
redis.call('PUBLISH', ARGV[10], ARGV[11])
return 1
`);

/** Replaces a version's record if it still has the expected text. Answers 1 replaced, 0 changed, -1 gone. */
export const replaceVersionScript = createScript(`
-- KEYS[1] versions hash         KEYS[2] unfinished versions set
-- ARGV[1] version number        ARGV[2] expected text   ARGV[3] new record (JSON)
-- ARGV[4] id with version (JSON) ARGV[5] '1' while Pending
-- ARGV[6] channel               ARGV[7] id (JSON)
local now = redis.call('HGET', KEYS[1], ARGV[1])
if not now then return -1 end
if now ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
if ARGV[5] == '1' then
  redis.call('SADD', KEYS[2], ARGV[4])
else
  redis.call('SREM', KEYS[2], ARGV[4])
end
redis.call('PUBLISH', ARGV[6], ARGV[7])
return 1
`);

/**
 * Deletes a version with its policy and event invoke config. Answers the deleted record, '' when
 * there was none, 'changed' when aliases were written since they were looked at, 'gone' without the function.
 */
export const deleteVersionScript = createScript(`
-- KEYS[1] function hash   KEYS[2] versions hash              KEYS[3] policies hash
-- KEYS[4] event invoke configs hash                          KEYS[5] code storage hash
-- KEYS[6] unfinished versions set
-- ARGV[1] name            ARGV[2] version number             ARGV[3] expected count of alias writes
-- ARGV[4] id with version (JSON)                             ARGV[5] channel   ARGV[6] id (JSON)
if redis.call('EXISTS', KEYS[1]) == 0 then return 'gone' end
if (redis.call('HGET', KEYS[1], 'aliasWrites') or '0') ~= ARGV[3] then return 'changed' end
local record = redis.call('HGET', KEYS[2], ARGV[2])
if not record then return '' end
redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('HDEL', KEYS[3], ARGV[2])
redis.call('HDEL', KEYS[4], ARGV[2])
redis.call('HDEL', KEYS[5], 'function:' .. ARGV[1] .. ':' .. ARGV[2])
redis.call('SREM', KEYS[6], ARGV[4])
redis.call('PUBLISH', ARGV[5], ARGV[6])
return record
`);
