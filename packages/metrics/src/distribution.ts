/**
 * How the values of a metric are spread: exact count, sum, minimum and maximum, and a histogram of
 * logarithmic buckets (as DDSketch has) from which every percentile is known within 1 %. Two of
 * them merge into what one would have been for all values, in any order.
 */

/** Changed in place. Values are never negative. */
export interface Distribution {
  count: number;
  sum: number;
  min: number;
  max: number;
  /** Values of 0, which have no logarithm. */
  zeros: number;
  /** Bucket index -> values in (GAMMA^(index-1), GAMMA^index]. */
  readonly buckets: Map<number, number>;
}

/** Greatest relative error of a percentile. */
export const RELATIVE_ERROR = 0.01;
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);
/** Whatever is smaller counts as 0: a nanosecond, where values are milliseconds. */
const SMALLEST = 1e-6;

/** Of no values. */
export function emptyDistribution(): Distribution {
  return { count: 0, sum: 0, min: Infinity, max: -Infinity, zeros: 0, buckets: new Map() };
}

/** Adds a value, so many times. A negative one, such as a clock that was set back tells, counts as 0. */
export function record(distribution: Distribution, given: number, times = 1): void {
  const value = given > SMALLEST ? given : 0;
  distribution.count += times;
  distribution.sum += value * times;
  if (value < distribution.min) distribution.min = value;
  if (value > distribution.max) distribution.max = value;
  if (value === 0) distribution.zeros += times;
  else addTo(distribution.buckets, bucketOf(value), times);
}

/** Adds all values of another. */
export function merge(into: Distribution, from: Distribution): void {
  into.count += from.count;
  into.sum += from.sum;
  into.min = Math.min(into.min, from.min);
  into.max = Math.max(into.max, from.max);
  into.zeros += from.zeros;
  for (const [index, count] of from.buckets) addTo(into.buckets, index, count);
}

/** So many values of about this size. */
export interface Step {
  /** Within the relative error of each of them. */
  readonly value: number;
  readonly count: number;
}

/** Its values from the smallest to the greatest. */
export function steps({ zeros, buckets, min, max }: Distribution): Step[] {
  const ascending = [...buckets].sort(([one], [other]) => one - other);
  // The middle of an outermost bucket may be outside of what was seen.
  const steps = ascending.map(([index, count]) => ({ value: Math.min(max, Math.max(min, middleOf(index))), count }));
  return zeros === 0 ? steps : [{ value: 0, count: zeros }, ...steps];
}

/** Numbers that {@link decodeDistribution} takes back; short where all values are the same, as counts of one are. */
export function encodeDistribution({ count, sum, min, max, zeros, buckets }: Distribution): readonly number[] {
  if (min === max) return [count, min];
  const ascending = [...buckets].sort(([one], [other]) => one - other);
  let last = 0;
  const pairs = ascending.flatMap(([index, times]) => {
    const step = index - last;
    last = index;
    return [step, times];
  });
  return [count, rounded(sum), min, max, zeros, ...pairs];
}

export function decodeDistribution(numbers: readonly number[]): Distribution {
  const distribution = emptyDistribution();
  if (numbers.length === 2) {
    record(distribution, numbers[1]!, numbers[0]);
    return distribution;
  }
  [distribution.count, distribution.sum, distribution.min, distribution.max, distribution.zeros] = numbers as [
    number,
    number,
    number,
    number,
    number,
  ];
  let index = 0;
  for (let at = 5; at < numbers.length; at += 2) {
    index += numbers[at]!;
    distribution.buckets.set(index, numbers[at + 1]!);
  }
  return distribution;
}

function bucketOf(value: number): number {
  return Math.ceil(Math.log(value) / LOG_GAMMA);
}

/** As far, relatively, from the bucket's lower end as from its upper one. */
function middleOf(index: number): number {
  return (2 * GAMMA ** index) / (GAMMA + 1);
}

function addTo(buckets: Map<number, number>, index: number, count: number): void {
  buckets.set(index, (buckets.get(index) ?? 0) + count);
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
