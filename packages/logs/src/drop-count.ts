import type { Clock } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";

/** Counts what had to be dropped, and says so from time to time. */
export interface DropCount {
  add(events: number, reason: string): void;
  total(): number;
}

/** Drops are reported at most this often. */
const REPORT_EVERY_MS = 5_000;

/** A count that warns at the first drop and then at most every five seconds. */
export function createDropCount(logger: Logger, clock: Clock): DropCount {
  let total = 0;
  let reported = 0;
  let reportedAt = -Infinity;
  return {
    add(events, reason) {
      total += events;
      if (clock.monotonic() - reportedAt < REPORT_EVERY_MS) return;
      logger.warn("log events dropped", { events: total - reported, total, reason });
      reported = total;
      reportedAt = clock.monotonic();
    },
    total: () => total,
  };
}
