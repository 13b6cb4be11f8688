/** Growth that may come at once, and refills with time (scaling.md section 2). */
export interface TokenBucket {
  /** Takes one; false when there is none. */
  take(now: number): boolean;
  /** What was taken was not used. */
  giveBack(): void;
  /** Milliseconds until there is one. */
  waitMs(now: number): number;
  /** True when nothing taken is missing: a new bucket would be the same. */
  full(now: number): boolean;
}

/** What a bucket holds at most, and how fast it fills. */
export interface Growth {
  /** 0: never empty. */
  readonly burst: number;
  readonly perSecond: number;
}

/** A full bucket. */
export function createTokenBucket({ burst, perSecond }: Growth): TokenBucket {
  let level = burst;
  let at = Number.NEGATIVE_INFINITY;

  const refill = (now: number): void => {
    // A clock that was set back gives nothing, and takes nothing.
    if (now <= at) return;
    level = Math.min(burst, level + (level < burst ? ((now - at) * perSecond) / 1_000 : 0));
    at = now;
  };

  return {
    take(now) {
      if (burst === 0) return true;
      refill(now);
      if (level < 1) return false;
      level -= 1;
      return true;
    },
    giveBack: () => void (level = Math.min(burst, level + 1)),
    waitMs(now) {
      refill(now);
      return burst === 0 || level >= 1 ? 0 : ((1 - level) * 1_000) / perSecond;
    },
    full(now) {
      refill(now);
      return level >= burst;
    },
  };
}
