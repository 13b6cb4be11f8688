import type { Executor } from "@lambdock/executor-client/port";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { ProvisionedAllocation, ReservationTable } from "@lambdock/model/reserved-concurrency";
import type { ReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";

/** Tells the executor what is reserved and provisioned, so that no invocation has to ask. */
export interface ReservationNews {
  /** Tells it what is stored now; when that fails, again until it succeeds. Never rejects. */
  announce(): Promise<void>;
  stop(): void;
}

export interface ReservationNewsParts {
  readonly reservedConcurrency: Pick<ReservedConcurrencyStore, "table">;
  readonly executor: Pick<Executor, "reserve" | "allocations">;
  readonly clock: Pick<Timers, "after">;
  readonly logger: Logger;
  /** Sees what the executor reports; answers true when it has changed what the executor was told. */
  readonly onLook: (reported: readonly ProvisionedAllocation[]) => Promise<boolean>;
}

/** What the executor knows, and when to look at it again. */
interface Told {
  readonly table: ReservationTable;
  readonly pauseMs: number;
}

const REPEAT_MS = 1_000;
/** How long an executor that was restarted stays without what is provisioned, at most. */
const LOOK_MS = 2_000;
/** So often is looked whether requests may follow an alias that has moved. */
const MOVE_LOOK_MS = 200;

/**
 * An executor that starts asks its callers for the reservations when they call; one that runs on hears
 * of a change here. What is provisioned can't wait for a call, so as long as there is any the executor
 * is looked at now and then, and told again when it has forgotten. Announcements may overtake each
 * other: the executor keeps the newest table.
 */
export function createReservationNews({ reservedConcurrency, executor, clock, logger, onLook }: ReservationNewsParts): ReservationNews {
  let stopped = false;
  let failing = false;
  let cancelNext = (): void => undefined;
  const next = (afterMs: number, what: () => Promise<void>): void => {
    cancelNext();
    if (!stopped) cancelNext = clock.after(afterMs, () => void what());
  };

  const attempt = async (work: () => Promise<Told>): Promise<void> => {
    try {
      const { table, pauseMs } = await work();
      failing = false;
      if (table.provisioned === undefined) cancelNext();
      else next(pauseMs, () => attempt(() => remind(table)));
    } catch (error) {
      if (!failing) logger.warn("the executor could not be told the reserved concurrency; trying again", { cause: error });
      failing = true;
      next(REPEAT_MS, announce);
    }
  };
  const tell = async (): Promise<Told> => {
    const table = await reservedConcurrency.table();
    await executor.reserve(table);
    return { table, pauseMs: isMoving(table) ? MOVE_LOOK_MS : LOOK_MS };
  };
  const remind = async (table: ReservationTable): Promise<Told> => {
    const reported = await executor.allocations();
    if (await onLook(reported)) return tell();
    const known = new Set(reported.map(({ id }) => id));
    if (table.provisioned?.every(({ id }) => known.has(id)) !== true) return tell();
    const underway = reported.some(({ status }) => status === "IN_PROGRESS");
    return { table, pauseMs: underway && isMoving(table) ? MOVE_LOOK_MS : LOOK_MS };
  };
  const announce = (): Promise<void> => attempt(tell);

  return {
    announce,
    stop() {
      stopped = true;
      cancelNext();
    },
  };
}

/** True while an alias with provisioned concurrency is on its way to another version. */
function isMoving({ provisioned = [] }: ReservationTable): boolean {
  return provisioned.some(({ environments }) => environments.some(({ count }) => count === 0));
}
