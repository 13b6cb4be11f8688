import type { Executor } from "@lambdock/executor-client/port";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { ReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";

/** Tells the executor what is reserved, so that no invocation has to ask. */
export interface ReservationNews {
  /** Tells it what is stored now; when that fails, again until it succeeds. Never rejects. */
  announce(): Promise<void>;
  stop(): void;
}

export interface ReservationNewsParts {
  readonly reservedConcurrency: Pick<ReservedConcurrencyStore, "table">;
  readonly executor: Pick<Executor, "reserve">;
  readonly clock: Pick<Timers, "after">;
  readonly logger: Logger;
}

const REPEAT_MS = 1_000;

/**
 * An executor that starts asks its callers for the reservations; one that runs on hears of a change
 * here. Announcements may overtake each other: the executor keeps the newest table.
 */
export function createReservationNews({ reservedConcurrency, executor, clock, logger }: ReservationNewsParts): ReservationNews {
  let stopped = false;
  let failing = false;
  let cancelRepeat = (): void => undefined;

  const announce = async (): Promise<void> => {
    cancelRepeat();
    try {
      await executor.reserve(await reservedConcurrency.table());
      failing = false;
    } catch (error) {
      if (!failing) logger.warn("the executor could not be told the reserved concurrency; trying again", { cause: error });
      failing = true;
      if (!stopped) cancelRepeat = clock.after(REPEAT_MS, () => void announce());
    }
  };

  return {
    announce,
    stop() {
      stopped = true;
      cancelRepeat();
    },
  };
}
