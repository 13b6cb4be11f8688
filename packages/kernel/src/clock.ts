/**
 * Time as a service. Decisions never read a clock: edges pass `now` in. `timeScale` makes delays
 * pass N times faster, so that hours can be watched in seconds; `now` stays wall-clock time.
 */
export interface Clock {
  /** Epoch milliseconds, with fractions: differences of a second or less are exact to microseconds. */
  now(): number;
  /** Monotonic milliseconds with fractions, for durations. */
  monotonic(): number;
}

export interface Timers extends Clock {
  /** Runs after that many milliseconds; the returned function cancels. */
  after(delayMs: number, run: () => void): () => void;
}

/** Wall clock minus monotonic clock; anchored anew when they drift apart (a laptop slept, the clock was set). */
let anchor = Date.now() - performance.now();
const DRIFT_MS_MAX = 5;

function preciseNow(): number {
  const now = anchor + performance.now();
  const wall = Date.now();
  if (Math.abs(wall - now) <= DRIFT_MS_MAX) return now;
  anchor += wall - now;
  return wall;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: preciseNow,
  monotonic: () => performance.now(),
};

/** The machine's own timers. They do not keep the process alive. */
export const systemTimers: Timers = {
  ...systemClock,
  after(delayMs, run) {
    const handle = setTimeout(run, delayMs);
    handle.unref();
    return () => clearTimeout(handle);
  },
};
