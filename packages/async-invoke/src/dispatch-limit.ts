/**
 * How many events of one function are tried at once. AWS's pollers begin with a few, add more while
 * the function keeps up, and slow down when it is throttled (async.md section 8); so does this:
 * additive growth, halved by a throttle.
 */
export interface DispatchLimit {
  /** Events that may be under way at once. */
  readonly limit: number;
  /** Attempts that went well since the limit last changed. */
  readonly streak: number;
}

const LIMIT_MIN = 1;

/** Where every function begins. */
export const INITIAL_DISPATCH_LIMIT: DispatchLimit = { limit: 10, streak: 0 };

/** After an attempt: one round without a throttle adds a tenth, a throttle halves. */
export function adjustDispatch(before: DispatchLimit, attempt: "ran" | "throttled", limitMax: number): DispatchLimit {
  if (attempt === "throttled") return { limit: Math.max(LIMIT_MIN, Math.floor(before.limit / 2)), streak: 0 };
  const streak = before.streak + 1;
  if (streak < before.limit) return { limit: before.limit, streak };
  return { limit: Math.min(limitMax, before.limit + Math.max(1, Math.floor(before.limit / 10))), streak: 0 };
}
