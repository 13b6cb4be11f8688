import { createScript } from "../script.ts";

/** Adds tags unless that makes too many. Answers 1 stored, 0 too many, -1 when the resource is gone. */
export const putTagsScript = createScript(`
-- KEYS[1] tags hash       KEYS[2] the tagged resource
-- ARGV[1] most tags allowed
-- ARGV[2..] tag key, tag value, ...
if redis.call('EXISTS', KEYS[2]) == 0 then return -1 end
local count = redis.call('HLEN', KEYS[1])
for i = 2, #ARGV, 2 do
  if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0 then count = count + 1 end
end
if count > tonumber(ARGV[1]) then return 0 end
for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1
`);
