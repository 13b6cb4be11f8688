/**
 * Gauges such as ConcurrentExecutions, from events that raise and lower them. CloudWatch's maximum
 * of a minute must be the true one, and a function that works through ten quiet minutes has data in
 * each: so a level has one value in every second in which anything ran, the highest of that second.
 */

/** One gauge. Changed in place. */
export interface Level<About> {
  readonly about: About;
  /** What it is now. */
  value: number;
  /** Runs that it is told about, also those that don't raise it: while there is one, it has a value. */
  active: number;
  /** The second that is not told yet, since the epoch. */
  second: number;
  /** The highest value in that second. */
  highest: number;
  /** Something ran in that second. */
  touched: boolean;
}

/** Takes the value that a level had in each of so many seconds. */
export type Sample<About> = (
  level: Level<About>,
  sample: { readonly value: number; readonly second: number; readonly seconds: number },
) => void;

/** A level of which nothing is known before that instant (epoch milliseconds). */
export function newLevel<About>(about: About, at: number): Level<About> {
  return { about, value: 0, active: 0, second: secondOf(at), highest: 0, touched: false };
}

/** A run begins (`sign` 1) or ends (-1), which changes the level by its weight. */
export function change<About>(
  level: Level<About>,
  { sign, weight, at }: { readonly sign: 1 | -1; readonly weight: number; readonly at: number },
  sample: Sample<About>,
): void {
  settle(level, secondOf(at), sample);
  level.value += sign * weight;
  level.active += sign;
  level.touched = true;
  if (level.value > level.highest) level.highest = level.value;
}

/** Tells all seconds before this one. What comes later for one of them counts in the first that is open. */
export function settle<About>(level: Level<About>, second: number, sample: Sample<About>): void {
  if (second <= level.second) return;
  if (level.touched || level.active > 0) sample(level, { value: level.highest, second: level.second, seconds: 1 });
  const seconds = second - level.second - 1;
  if (seconds > 0 && level.active > 0) sample(level, { value: level.value, second: level.second + 1, seconds });
  level.second = second;
  level.highest = level.value;
  level.touched = false;
}

/** Seconds since the epoch. */
export function secondOf(at: number): number {
  return Math.floor(at / 1_000);
}
