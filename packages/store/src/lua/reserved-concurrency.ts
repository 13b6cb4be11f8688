import { createScript } from "../script.ts";

/**
 * What is reserved and provisioned, as the scripts that bound it read it. A provisioned value is
 * `<requested> <versions, each between commas> <id> <JSON>`; its field is `<function ARN>:<qualifier>`.
 */
export const CONCURRENCY_FUNCTIONS = `
local function startsWith(text, start) return string.sub(text, 1, #start) == start end
local function requestedOf(value) return tonumber(string.match(value, '^%d+')) end
local function pairsOf(key)
  local flat = redis.call('HGETALL', key)
  local map = {}
  for i = 1, #flat, 2 do map[flat[i]] = flat[i + 1] end
  return map
end
-- What all functions but one have claimed of the account: reservations, and what is provisioned without one.
local function claimedByOthers(reservations, provisioned, scope, functionArn)
  local claimed = 0
  for arn, reserved in pairs(reservations) do
    if arn ~= functionArn and startsWith(arn, scope) then claimed = claimed + tonumber(reserved) end
  end
  for target, value in pairs(provisioned) do
    local arn = string.match(target, '^(.*):[^:]*$')
    if arn ~= functionArn and startsWith(arn, scope) and not reservations[arn] then claimed = claimed + requestedOf(value) end
  end
  return claimed
end
-- What the function has provisioned, but for one qualifier.
local function provisionedOf(provisioned, functionArn, exceptTarget)
  local sum = 0
  for target, value in pairs(provisioned) do
    if target ~= exceptTarget and startsWith(target, functionArn .. ':') then sum = sum + requestedOf(value) end
  end
  return sum
end
-- Greater than before, and than any generation of a store that was lost (ARGV: epoch milliseconds).
local function advance(key, now)
  local generation = redis.call('INCR', key)
  if generation < tonumber(now) then redis.call('SET', key, now) end
end
`;

/**
 * Reserves concurrency for a function. Answers `{'changed'}`; `{'over'}` when the account would keep
 * too little for functions without a reservation; `{'below-provisioned', n}` when the function has n
 * provisioned, which is more; `{'gone'}` when there is no such function.
 */
export const putReservationScript = createScript(`
-- KEYS[1] function hash  KEYS[2] reservations hash  KEYS[3] generation  KEYS[4] provisioned hash
-- ARGV[1] function ARN   ARGV[2] reserved           ARGV[3] beginning of the ARNs of account and region
-- ARGV[4] most that all of the account may have claimed together
-- ARGV[5] now, epoch milliseconds
${CONCURRENCY_FUNCTIONS}
if redis.call('EXISTS', KEYS[1]) == 0 then return {'gone'} end
local reserved = tonumber(ARGV[2])
local reservations, provisioned = pairsOf(KEYS[2]), pairsOf(KEYS[4])
local total = reserved + claimedByOthers(reservations, provisioned, ARGV[3], ARGV[1])
if reserved > 0 and total > tonumber(ARGV[4]) then return {'over'} end
local own = provisionedOf(provisioned, ARGV[1])
if own > reserved then return {'below-provisioned', own} end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
advance(KEYS[3], ARGV[5])
return {'changed'}
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

/** Generation, reservations (ARN and number by turns) and provisioned concurrency (target and value by turns), as they are at one moment. */
export const readConcurrencyScript = createScript(`
-- KEYS[1] reservations hash  KEYS[2] generation  KEYS[3] provisioned hash
return {redis.call('GET', KEYS[2]) or '0', redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[3])}
`);
