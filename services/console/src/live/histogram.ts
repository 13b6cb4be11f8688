/** Durations in buckets that grow by 9 %: any percentile to that accuracy, in constant space. */
const PER_DOUBLING = 8;
/** Up to 2^20 ms, 17 minutes: longer than a function may run. */
export const BUCKETS: number = PER_DOUBLING * 20;

/** The bucket of a duration in milliseconds. */
export function bucketOf(ms: number): number {
  return Math.min(BUCKETS - 1, Math.max(0, Math.floor(Math.log2(ms + 1) * PER_DOUBLING)));
}

/** The middle of a bucket, milliseconds. */
export function middleOf(bucket: number): number {
  return 2 ** ((bucket + 0.5) / PER_DOUBLING) - 1;
}

/** The duration below which a share (0-1) of all lie; `undefined` when there are none. */
export function percentile(counts: ArrayLike<number>, share: number): number | undefined {
  let total = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) total += counts[bucket]!;
  if (total === 0) return undefined;
  let seen = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    seen += counts[bucket]!;
    if (seen >= total * share) return middleOf(bucket);
  }
  return undefined;
}
