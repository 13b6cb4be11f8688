import { createScript } from "../script.ts";

/** Replaces one field of a hash if it still has the expected text. Answers 1 replaced, 0 changed meanwhile. */
export const swapFieldScript = createScript(`
-- KEYS[1] hash   KEYS[2] hash or string that must exist
-- ARGV[1] field  ARGV[2] expected text, '' for absent  ARGV[3] new text, '' to delete
-- Answers -1 when KEYS[2] is gone.
if redis.call('EXISTS', KEYS[2]) == 0 then return -1 end
local now = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if now ~= ARGV[2] then return 0 end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
end
return 1
`);
