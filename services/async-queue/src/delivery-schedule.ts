/** Tries of a delivery to a destination that can't be reached, before it is given up. */
export const DELIVERY_TRIES_MAX = 8;

/** Before the next try, milliseconds of AWS's time: 1 s, doubling to a minute. */
export function deliveryDelayMs(tries: number): number {
  return Math.min(60_000, 1_000 * 2 ** tries);
}
