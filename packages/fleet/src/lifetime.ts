/**
 * How long execution environments live. AWS publishes no figures; these ranges are what has been
 * measured (scaling.md section 4): idle for 5 to 15 minutes with the surplus halving about every
 * five, and replaced after 2 to 8 hours even under steady load.
 */

/** Bounds of a sampled duration, milliseconds, both inclusive. Equal bounds make it fixed. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A duration out of the range; every one is as likely. */
export function sample(range: Range, random: () => number): number {
  return range.min === range.max ? range.min : range.min + (range.max - range.min) * random();
}
