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

/** Resolves after the last arrival, or as soon as the signal aborts. */
export function pace({ next, now, onDue, onPause }: PaceOptions, signal: AbortSignal): Promise<void> {
  let due = next();
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const step = (): void => {
      timer = undefined;
      const at = now();
      while (due !== undefined && due <= at && !signal.aborted) {
        onDue(due);
        due = next();
      }
      onPause();
      if (due === undefined || signal.aborted) {
        signal.removeEventListener("abort", wake);
        return resolve();
      }
      const waitMs = due - now();
      // Below a millisecond a timer would be late: it is looked at again at once.
      if (waitMs < 1) setImmediate(step);
      else timer = setTimeout(step, Math.min(TIMER_MS_MAX, Math.floor(waitMs)));
    };
    // The next arrival may be an hour away. Without a timer a step is under way, which looks itself.
    const wake = (): void => {
      if (timer === undefined) return;
      clearTimeout(timer);
      step();
    };
    signal.addEventListener("abort", wake, { once: true });
    step();
  });
}
