import type { Scope } from "@lambdock/model/arn";
import { codeStorageKey, codeUsersKey, unusedCodeKey } from "./keys.ts";
import { forgetCodeScript, holdCodeScript, releaseCodeScript } from "./lua/code-users.ts";
import type { RedisClient } from "./redis.ts";
import { runScript, type Script } from "./script.ts";

/**
 * Who needs which zip of the code store. A zip that nobody needs any more stays for a while, so
 * that links to it work until they expire and running environments end, and is then removed.
 */
export interface CodeUsage {
  /** `user` (a content id, or a layer version's ARN) needs these zips (hex SHA-256). */
  hold(user: string, zips: readonly string[]): Promise<void>;
  /** `user` no longer needs these zips, as of `now` (epoch milliseconds). */
  release(user: string, zips: readonly string[], now: number): Promise<void>;
  /** Zips that nobody has needed since `before` (epoch milliseconds); they stay listed until they are forgotten. */
  unused(before: number): Promise<readonly string[]>;
  /** Takes an unused zip off the list for good; false when somebody needs it by now, or did after `before`, and it has to stay. */
  forget(zip: string, before: number): Promise<boolean>;
  /** Bytes of all zips of the account and region: `TotalCodeSize`. */
  totalBytes(scope: Scope): Promise<number>;
}

/** Zips listed in one call, so that a sweep has an end. */
const LISTED_AT_ONCE = 1_000;

/** Code usage in Redis. */
export function createCodeUsage(redis: RedisClient): CodeUsage {
  const note = async (script: Script, zips: readonly string[], args: { readonly user: string; readonly now?: number }): Promise<void> => {
    if (zips.length === 0) return;
    await runScript(redis, script, {
      keys: [unusedCodeKey, ...zips.map(codeUsersKey)],
      args: [args.user, ...zips, ...(args.now === undefined ? [] : [args.now])],
    });
  };
  return {
    hold: (user, zips) => note(holdCodeScript, zips, { user }),
    release: (user, zips, now) => note(releaseCodeScript, zips, { user, now }),
    unused: (before) => redis.zrangebyscore(unusedCodeKey, "-inf", before, "LIMIT", 0, LISTED_AT_ONCE),
    forget: async (zip, before) =>
      (await runScript(redis, forgetCodeScript, { keys: [unusedCodeKey, codeUsersKey(zip)], args: [zip, before] })) === 1,
    async totalBytes(scope) {
      const sizes = await redis.hvals(codeStorageKey(scope));
      return sizes.reduce((total, size) => total + Number(size), 0);
    },
  };
}
