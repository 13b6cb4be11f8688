import type { Scope } from "@lambdock/model/arn";
import { codeStorageKey, codeUsersKey, unusedCodeKey } from "./keys.ts";
import { claimUnusedCodeScript, holdCodeScript, releaseCodeScript } from "./lua/code-users.ts";
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
  /** Zips that nobody has needed since `before` (epoch milliseconds): each is given to one caller only, who removes it. */
  claimUnused(before: number): Promise<readonly string[]>;
  /** Bytes of all zips of the account and region: `TotalCodeSize`. */
  totalBytes(scope: Scope): Promise<number>;
}

/** Zips claimed in one call, so that a sweep has an end. */
const CLAIMED_AT_ONCE = 1_000;

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
    async claimUnused(before) {
      const zips = await redis.zrangebyscore(unusedCodeKey, "-inf", before, "LIMIT", 0, CLAIMED_AT_ONCE);
      const claimed: string[] = [];
      for (const zip of zips) {
        const mine = await runScript(redis, claimUnusedCodeScript, { keys: [unusedCodeKey, codeUsersKey(zip)], args: [zip, before] });
        if (mine === 1) claimed.push(zip);
      }
      return claimed;
    },
    async totalBytes(scope) {
      const sizes = await redis.hvals(codeStorageKey(scope));
      return sizes.reduce((total, size) => total + Number(size), 0);
    },
  };
}
