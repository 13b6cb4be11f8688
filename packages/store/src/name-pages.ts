import type { RedisClient } from "./redis.ts";

/** Which part of a list is wanted. */
export interface PageRequest {
  /** Names after this one; from the beginning when absent. */
  readonly after?: string;
  readonly limit: number;
}

/** Part of a list in the order of names; `next` is the last name of the page when more follow. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** Names of a sorted set whose scores are all 0, so that Redis orders them by their bytes. */
export async function namesAfter(redis: RedisClient, key: string, { after, limit }: PageRequest): Promise<Page<string>> {
  const from = after === undefined ? "-" : `(${after}`;
  // One more than asked for tells whether another page follows.
  const names = await redis.zrange(key, from, "+", "BYLEX", "LIMIT", 0, limit + 1);
  const last = names[limit - 1];
  return names.length > limit && last !== undefined ? { items: names.slice(0, limit), next: last } : { items: names };
}
