import { setTimeout as pause } from "node:timers/promises";

/** How long to wait for a condition, and how often to look; milliseconds. */
export interface Patience {
  readonly withinMs?: number;
  readonly everyMs?: number;
}

/**
 * Looks until `probe` answers something other than `undefined` or `false`, and returns it. An
 * exception of the probe counts as "not yet"; the last one is the cause when time is up.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  patience: Patience = {},
): Promise<T> {
  const { withinMs = 20_000, everyMs = 25 } = patience;
  const deadline = performance.now() + withinMs;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline)
      throw new Error(`waited ${withinMs} ms for ${what}${cause instanceof Error ? `: ${cause.message}` : ""}`, { cause });
    await pause(everyMs);
  }
}

/** Waits until the endpoint answers GetAccountSettings. */
export async function untilServing(endpoint: string, withinMs = 60_000): Promise<void> {
  await until(
    `${endpoint} to serve`,
    async () => (await fetch(`${endpoint}/2016-08-19/account-settings`, { signal: AbortSignal.timeout(5_000) })).ok,
    { withinMs, everyMs: 50 },
  );
}
