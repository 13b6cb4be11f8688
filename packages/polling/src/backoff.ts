/** When to try again what keeps failing. */
export interface BackoffRules {
  readonly firstMs: number;
  readonly mostMs: number;
}

/**
 * Milliseconds before try number `attempt` + 1 (the first try is 0): doubling, at most `mostMs`, with
 * jitter of half the delay. `random` is from 0 up to 1.
 */
export function backoffMs(attempt: number, { firstMs, mostMs }: BackoffRules, random: number): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * random;
}
