import type { Logger } from "@lambdock/kernel/logger";

/** What has been started, to be stopped in reverse order. */
export interface StopList {
  add(name: string, stop: (deadlineMs: number) => void | Promise<void>): void;
  /** Stops everything, the newest first; one that fails is logged and the rest still stopped. A second call does nothing more. */
  run(deadlineMs: number): Promise<void>;
}

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
