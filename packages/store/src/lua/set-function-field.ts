import { createScript } from "../script.ts";

/** Sets or deletes a field beside a function's record. Answers 1, or 0 when there is no such function. */
export const setFunctionFieldScript = createScript(`
-- KEYS[1] function hash  ARGV[1] field  ARGV[2] text, '' to delete
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
return 1
`);
