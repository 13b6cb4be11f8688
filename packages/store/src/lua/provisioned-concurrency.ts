import { createScript } from "../script.ts";
import { CONCURRENCY_FUNCTIONS } from "./reserved-concurrency.ts";

/**
 * Provisions concurrency for a version or an alias. Answers a list that begins with what became of it:
 * `changed`; `gone`: there is no such function; `over-reserved`: more than its function reserved;
 * `over-account`, then what is left; `below-floor`: too little would be left; `version-provisioned`:
 * a version behind the alias has its own; `alias-provisioned`: an alias of the version has.
 */
export const putProvisionedScript = createScript(`
-- KEYS[1] function hash  KEYS[2] reservations hash  KEYS[3] generation  KEYS[4] provisioned hash
-- ARGV[1] function ARN   ARGV[2] qualifier          ARGV[3] requested
-- ARGV[4] versions behind the qualifier, each between commas            ARGV[5] value
-- ARGV[6] beginning of the ARNs of account and region                   ARGV[7] concurrency of the account
-- ARGV[8] least that the account keeps unreserved   ARGV[9] now, epoch milliseconds
${CONCURRENCY_FUNCTIONS}
if redis.call('EXISTS', KEYS[1]) == 0 then return {'gone'} end
local functionArn, target, requested = ARGV[1], ARGV[1] .. ':' .. ARGV[2], tonumber(ARGV[3])
local reservations, provisioned = pairsOf(KEYS[2]), pairsOf(KEYS[4])
local own = provisionedOf(provisioned, functionArn, target)
local reserved = reservations[functionArn]
if reserved then
  if own + requested > tonumber(reserved) then return {'over-reserved'} end
else
  local left = tonumber(ARGV[7]) - own - claimedByOthers(reservations, provisioned, ARGV[6], functionArn)
  if requested > left then return {'over-account', math.max(left, 0)} end
  if left - requested < tonumber(ARGV[8]) then return {'below-floor'} end
end
local forVersion = string.match(ARGV[2], '^%d+$')
for other, value in pairs(provisioned) do
  if other ~= target and startsWith(other, functionArn .. ':') then
    local qualifier = string.sub(other, #functionArn + 2)
    local ofVersion = string.match(qualifier, '^%d+$')
    if ofVersion and not forVersion and string.find(ARGV[4], ',' .. qualifier .. ',', 1, true) then return {'version-provisioned'} end
    if forVersion and not ofVersion and string.find(string.match(value, '^%d+ (%S*)'), ARGV[4], 1, true) then return {'alias-provisioned'} end
  end
end
redis.call('HSET', KEYS[4], target, ARGV[5])
advance(KEYS[3], ARGV[9])
return {'changed'}
`);

/** Replaces or, for a new value of '', deletes what is provisioned for a target, if it still has the expected id ('' for any). Answers 1 done, 0 changed meanwhile or none. */
export const replaceProvisionedScript = createScript(`
-- KEYS[1] provisioned hash  KEYS[2] generation
-- ARGV[1] target            ARGV[2] expected id  ARGV[3] new value
local now = redis.call('HGET', KEYS[1], ARGV[1])
if not now then return 0 end
if ARGV[2] ~= '' and string.match(now, '^%d+ %S* (%S+)') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
end
redis.call('INCR', KEYS[2])
return 1
`);
