import { DeliveryFailed } from "@lambdock/delivery/delivery-failed";

/**
 * Deliveries to a target that takes its time to fail, because nothing answers there. Each of them
 * holds a place in which an event of the function could run: after the first such failure a target
 * is tried by one delivery at a time, after a pause that doubles with each; the others fail at
 * once, and are repeated by the queue as if they had been tried.
 */
export interface Patience {
  /** Rejects with what `deliver` rejected with, or with the target's last failure. */
  send(arn: string, deliver: () => Promise<void>): Promise<void>;
}

/** A failure that took so long, milliseconds, is one that nobody can wait for again and again. */
const SLOW_MS = 1_000;
const PAUSE_MS_MIN = 1_000;
const PAUSE_MS_MAX = 30_000;

interface SlowTarget {
  readonly failure: DeliveryFailed;
  readonly pauseMs: number;
  /** In the clock's milliseconds. */
  readonly nextAt: number;
  probed: boolean;
}

/** `now` is monotonic, milliseconds; pauses pass `timeScale` times faster, like the delays between an event's own tries. */
export function createPatience(now: () => number, timeScale: number): Patience {
  const slow = new Map<string, SlowTarget>();

  const failed = (arn: string, error: unknown, tookMs: number): void => {
    const before = slow.get(arn);
    // Whoever answers quickly, if only to refuse, holds up nobody. A message that can never be taken says nothing about others.
    if (!(error instanceof DeliveryFailed) || error.permanent || tookMs < SLOW_MS) return void slow.delete(arn);
    // Of those that were under way together only one makes the pause longer.
    if (before !== undefined && !before.probed) return;
    const pauseMs = before === undefined ? PAUSE_MS_MIN : Math.min(PAUSE_MS_MAX, before.pauseMs * 2);
    slow.set(arn, { failure: error, pauseMs, nextAt: now() + pauseMs / timeScale, probed: false });
  };

  return {
    async send(arn, deliver) {
      const target = slow.get(arn);
      if (target !== undefined) {
        if (target.probed || now() < target.nextAt) throw target.failure;
        target.probed = true;
      }
      const begun = now();
      try {
        await deliver();
      } catch (error) {
        failed(arn, error, now() - begun);
        throw error;
      }
      slow.delete(arn);
    },
  };
}
