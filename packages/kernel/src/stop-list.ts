import type { Logger } from "./logger.ts";

/** What has been started, to be stopped in reverse order. */
export interface StopList {
  /** `stop` hears how many milliseconds are left of the deadline. */
  add(name: string, stop: (deadlineMs: number) => void | Promise<void>): void;
  /**
   * Stops everything, the newest first, with one deadline for all (milliseconds from now); one that
   * fails is logged and the rest still stopped. A second call does nothing more.
   */
  run(deadlineMs: number): Promise<void>;
}

/** An empty list; what does not stop cleanly is told to the logger. */
export function createStopList(logger: Logger): StopList {
  const entries: { readonly name: string; readonly stop: (deadlineMs: number) => void | Promise<void> }[] = [];
  return {
    add(name, stop) {
      entries.push({ name, stop });
    },
    async run(deadlineMs) {
      const until = performance.now() + deadlineMs;
      for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
        const { name, stop } = entry;
        try {
          await stop(Math.max(0, until - performance.now()));
        } catch (error) {
          logger.error("a part did not stop cleanly", { part: name, error });
        }
      }
    },
  };
}
