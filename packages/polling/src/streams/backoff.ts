/** Delays that grow by a factor up to a bound, in milliseconds. */
export interface Backoff {
  readonly firstMs: number;
  readonly factor: number;
  readonly maxMs: number;
}

/**
 * Between the tries of a batch that the function fails. AWS does not publish it; eight invocations were
 * recorded in a minute, which is what this gives (0, 1, 2.7, 5.6, 10.5, 18.9, 33.1 and 48.1 s).
 */
export const RETRY_BACKOFF: Backoff = { firstMs: 1_000, factor: 1.7, maxMs: 15_000 };

/** After throttles and service errors, which count as no attempt (esm.md section 8). */
export const SETBACK_BACKOFF: Backoff = { firstMs: 250, factor: 2, maxMs: 30_000 };

/** Milliseconds before the next try, after so many failures in a row (1 or more). */
export function backoffMs({ firstMs, factor, maxMs }: Backoff, failures: number): number {
  return Math.min(maxMs, firstMs * factor ** Math.min(failures - 1, 64));
}

/** The same delays where time passes so much faster. */
export function scaledBackoff(backoff: Backoff, timeScale: number): Backoff {
  return { ...backoff, firstMs: backoff.firstMs / timeScale, maxMs: backoff.maxMs / timeScale };
}
