/** Calls at the instants that an arrival process decided, however long what is called takes. */

export interface PaceOptions {
  /** Milliseconds from the begin, ascending; `undefined` after the last. */
  readonly next: () => number | undefined;
  /** Milliseconds since the begin. */
  readonly now: () => number;
  /** One arrival is due, or was. */
  readonly onDue: (intendedMs: number) => void;
  /** After all that were due together. */
  readonly onPause: () => void;
}

/** Timers are exact to a millisecond, and are not set for longer than this. */
const TIMER_MS_MAX = 60_000;

/** Resolves after the last arrival, or when the signal aborts. */
export function pace({ next, now, onDue, onPause }: PaceOptions, signal: AbortSignal): Promise<void> {
  let due = next();
  return new Promise((resolve) => {
    const step = (): void => {
      const at = now();
      while (due !== undefined && due <= at && !signal.aborted) {
        onDue(due);
        due = next();
      }
      onPause();
      if (due === undefined || signal.aborted) return resolve();
      const waitMs = due - now();
      // Below a millisecond a timer would be late: it is looked at again at once.
      if (waitMs < 1) setImmediate(step);
      else setTimeout(step, Math.min(TIMER_MS_MAX, Math.floor(waitMs)));
    };
    step();
  });
}
