import { createScript } from "../script.ts";

/**
 * Reserves concurrency for a function. Answers 1; 0 when the account would keep too little for
 * functions without a reservation; -1 when there is no such function.
 */
export const putReservationScript = createScript(`
-- KEYS[1] function hash  KEYS[2] reservations hash  KEYS[3] generation
-- ARGV[1] function ARN   ARGV[2] reserved           ARGV[3] beginning of the ARNs of account and region
-- ARGV[4] most that all reservations of the account may be together
-- ARGV[5] epoch milliseconds: a generation that is greater than any of a store that was lost
if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
local total = tonumber(ARGV[2])
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  if all[i] ~= ARGV[1] and string.sub(all[i], 1, #ARGV[3]) == ARGV[3] then total = total + tonumber(all[i + 1]) end
end
if tonumber(ARGV[2]) > 0 and total > tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
local generation = redis.call('INCR', KEYS[3])
if generation < tonumber(ARGV[5]) then redis.call('SET', KEYS[3], ARGV[5]) end
return 1
`);

/** Gives a reservation up. Answers 1; 0 when there was none; -1 when there is no such function. */
export const deleteReservationScript = createScript(`
-- KEYS[1] function hash  KEYS[2] reservations hash  KEYS[3] generation
-- ARGV[1] function ARN
if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('INCR', KEYS[3])
return 1
`);

/** All reservations and their generation, as they are at one moment: generation, then ARN and number by turns. */
export const readReservationsScript = createScript(`
-- KEYS[1] reservations hash  KEYS[2] generation
local answer = redis.call('HGETALL', KEYS[1])
table.insert(answer, 1, redis.call('GET', KEYS[2]) or '0')
return answer
`);
