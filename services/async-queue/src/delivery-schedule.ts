/**
 * Tries of a delivery to a destination that can't be reached, before it is given up: six hours of
 * AWS's time, as long as an event may wait to be run. An outage of minutes must not cost a record.
 */
export const DELIVERY_TRIES_MAX = 366;

/** Tries of a delivery to a target that does not exist, which its maker may be about to make again: two minutes. */
export const DELIVERY_TRIES_TO_GONE_MAX = 8;

/** Before the next try, milliseconds of AWS's time: 1 s, doubling to a minute. */
export function deliveryDelayMs(tries: number): number {
  return Math.min(60_000, 1_000 * 2 ** tries);
}
