import type { Timers } from "@lambdock/kernel/clock";

/** Waiting that ends early when it is stopped or nudged. */
export interface Pausing {
  /** False: stopped. Milliseconds. */
  pause(delayMs: number): Promise<boolean>;
  /** Ends the pauses that run now; they answer true. */
  nudge(): void;
  stop(): void;
  readonly stopped: boolean;
}

/** Pauses over the given timers. */
export function createPausing(timers: Timers): Pausing {
  const ends = new Set<() => void>();
  let stopped = false;
  const endAll = (): void => {
    for (const end of [...ends]) end();
  };
  return {
    pause(delayMs) {
      if (stopped) return Promise.resolve(false);
      return new Promise((resolve) => {
        const end = (): void => {
          cancel();
          ends.delete(end);
          resolve(!stopped);
        };
        const cancel = timers.after(delayMs, end);
        ends.add(end);
      });
    },
    nudge: endAll,
    stop() {
      stopped = true;
      endAll();
    },
    get stopped() {
      return stopped;
    },
  };
}
