/**
 * Works on message-move tasks, those of any process: a task lives in Redis, each step is one
 * script that keeps the task's rate itself, so whoever steps it, it goes on; a killed process is
 * replaced by the others within a second.
 */
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import { parseQueueArn } from "./queue-ref.ts";
import { queueKey } from "./sqs-keys.ts";
import type { MoveStore } from "./store/move-store.ts";

export interface MoveWorker {
  /** Looks for tasks now. */
  kick(): void;
  /** Stops looking; resolves when the step under way is done. */
  stop(): Promise<void>;
}

/** Between two looks for tasks whose process has died. */
const LOOK_MS = 1_000;
/** Between two steps of a task whose rate allows no more now. */
const PAUSE_MS = 50;

/** Starts a worker. */
export function startMoveWorker({
  moves,
  timers,
  logger,
}: {
  readonly moves: MoveStore;
  readonly timers: Timers;
  readonly logger: Logger;
}): MoveWorker {
  let stopped = false;
  let wanted = false;
  let working = Promise.resolve();
  let busy = false;
  let cancel = (): void => undefined;

  const step = async (): Promise<number> => {
    let next = LOOK_MS;
    for (const { sourceArn, id } of await moves.running()) {
      const source = parseQueueArn(sourceArn);
      if (source === undefined) continue;
      const outcome = await moves.step(queueKey(source), id, Math.floor(timers.now()));
      if (outcome === "RUNNING") next = 0;
      else if (outcome === "PAUSED") next = Math.min(next, PAUSE_MS);
    }
    return next;
  };
  const run = async (): Promise<void> => {
    busy = true;
    wanted = false;
    let next = LOOK_MS;
    try {
      next = await step();
    } catch (error) {
      logger.debug("move tasks wait for Redis", { cause: error });
    }
    busy = false;
    schedule(wanted ? 0 : next);
  };
  const schedule = (delayMs: number): void => {
    if (stopped) return;
    cancel();
    cancel = timers.after(delayMs, () => (working = run()));
  };
  schedule(0);
  return {
    kick() {
      wanted = true;
      if (!busy) schedule(0);
    },
    async stop() {
      stopped = true;
      cancel();
      await working;
    },
  };
}
