/**
 * How many events of one function are tried at once. AWS's pollers begin with a few, add more while
 * the function keeps up, and slow down when it is throttled (async.md section 8); so does this:
 * additive growth, halved by a throttle. Where environments are bounded, events beyond them are not
 * throttled but wait in the executor; then as many are tried as keep its environments at work, and
 * the others stay in the queue, where they cost nothing.
 */
export interface DispatchLimit {
  /** Events that may be under way at once. */
  readonly limit: number;
  /** Attempts since the limit last changed that spoke for growth; below 0: for shrinking. */
  readonly streak: number;
}

/** What an attempt told of the room there is: it was throttled, or it ran. */
export type Room =
  | "throttled"
  | {
      /** For an environment, milliseconds. */
      readonly waitedMs: number;
      /** Events under way when it ended, itself among them. */
      readonly underWay: number;
    };

const LIMIT_MIN = 1;
/** Who waits no longer than this found an environment as good as free. */
const FREE_MS = 5;
/** Waits up to this keep environments at work while the next event is fetched; longer ones are of no use. */
const USEFUL_MS = 25;
/** A limit of which a smaller part is in use says nothing about a larger one: a trickle must not prepare a burst. */
const SHARE_IN_USE_MIN = 0.25;

/** Where every function begins. */
export const INITIAL_DISPATCH_LIMIT: DispatchLimit = { limit: 10, streak: 0 };

/** After an attempt: a round of them without a wait adds a tenth, a round of long waits takes one, a throttle halves. The limit is never above `limitMax`. */
export function adjustDispatch(before: DispatchLimit, room: Room, limitMax: number): DispatchLimit {
  const limit = Math.min(before.limit, limitMax);
  if (room === "throttled") return { limit: Math.max(LIMIT_MIN, Math.floor(limit / 2)), streak: 0 };
  const step = Math.max(1, Math.floor(limit / 10));
  if (room.waitedMs > USEFUL_MS) {
    const streak = Math.min(before.streak, 0) - 1;
    return streak > -limit ? { limit, streak } : { limit: Math.max(LIMIT_MIN, limit - step), streak: 0 };
  }
  if (room.waitedMs > FREE_MS) return { limit, streak: 0 };
  if (room.underWay < limit * SHARE_IN_USE_MIN) return { limit, streak: before.streak };
  const streak = Math.max(before.streak, 0) + 1;
  return streak < limit ? { limit, streak } : { limit: Math.min(limitMax, limit + step), streak: 0 };
}
