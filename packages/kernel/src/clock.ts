/**
 * Time as a service. Decisions never read a clock: edges pass `now` in. `timeScale` makes delays
 * pass N times faster, so that hours can be watched in seconds; `now` stays wall-clock time.
 */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Monotonic milliseconds with fractions, for durations. */
  monotonic(): number;
}

export interface Timers extends Clock {
  /** Runs after that many milliseconds; the returned function cancels. */
  after(delayMs: number, run: () => void): () => void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
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
