/**
 * How many cold starts of a function lately came in one burst: so many sandboxes the next burst
 * would like to find made. Load tests and crowds come again and again. Cold starts one after the
 * other (a function that breaks its environment each time) are none: a burst is never larger than the
 * concurrency that the function had in it.
 */
export interface Bursts {
  /** A cold start begins; with it so many environments of the function are at work. */
  add(now: number, atWork: number): void;
  /** The largest burst of the last `rememberedMs`, the present one included; 0 when there was none. */
  largest(now: number): number;
}

/** Cold starts that follow each other within so many milliseconds are of one burst. */
const GAP_MS = 1_000;

/** No burst yet. A burst is forgotten so many milliseconds after it was at its largest. */
export function createBursts(rememberedMs: number): Bursts {
  let burst = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  let largest = 0;
  let largestAt = Number.NEGATIVE_INFINITY;
  const remembered = (now: number): number => (now - largestAt < rememberedMs ? largest : 0);
  return {
    add(now, atWork) {
      burst = Math.min(now - lastAt < GAP_MS ? burst + 1 : 1, atWork);
      lastAt = now;
      if (burst < remembered(now)) return;
      largest = burst;
      largestAt = now;
    },
    largest: remembered,
  };
}
