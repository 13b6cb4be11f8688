import { createScript } from "../script.ts";

/** Deletes a layer version with its policy. Answers the deleted record, or nil when there was none. */
export const deleteLayerVersionScript = createScript(`
-- KEYS[1] layer hash     KEYS[2] layer policies hash  KEYS[3] layer names sorted set
-- KEYS[4] code storage hash
-- ARGV[1] version        ARGV[2] layer name
local record = redis.call('HGET', KEYS[1], ARGV[1])
if not record then return false end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[4], 'layer:' .. ARGV[2] .. ':' .. ARGV[1])
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('ZREM', KEYS[3], ARGV[2]) end
return record
`);
