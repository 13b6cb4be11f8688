import type { CodeStore } from "@lambdock/code-store/code-store";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";

export interface CodeSweepParts {
  readonly codeStore: Pick<CodeStore, "sweep">;
  readonly timers: Pick<Timers, "after">;
  readonly logger: Logger;
}

const SWEEP_EVERY_MS = 10 * 60_000;

/**
 * Removes, now and then, the code that was unpacked here and whose zip the gateway has removed: that
 * happens long after the last function that needed it is gone. Answers how to end it.
 */
export function startCodeSweep({ codeStore, timers, logger }: CodeSweepParts): () => void {
  let stopped = false;
  let cancel = (): void => undefined;
  const sweep = async (): Promise<void> => {
    try {
      const removed = await codeStore.sweep();
      if (removed > 0) logger.info("removed code that no function needs any more", { directories: removed });
    } catch (error) {
      // Costs only space.
      logger.warn("unused code could not be removed", { cause: error });
    }
    schedule();
  };
  const schedule = (): void => {
    if (!stopped) cancel = timers.after(SWEEP_EVERY_MS, () => void sweep());
  };
  schedule();
  return () => {
    stopped = true;
    cancel();
  };
}
