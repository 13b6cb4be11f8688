/** The pace of a stream: `burst` bytes at once, then `perSecond`. Taking may leave a debt, which the next taker waits for. */
export function createStreamPace({
  burst,
  perSecond,
}: {
  readonly burst: number;
  readonly perSecond: number;
}): (bytes: number, now: number) => number {
  let level = burst;
  let updatedAt: number | undefined;
  return (bytes, now) => {
    const gained = updatedAt === undefined ? 0 : ((now - updatedAt) / 1_000) * perSecond;
    updatedAt = now;
    level = Math.min(burst, level + gained) - bytes;
    return level >= 0 ? 0 : Math.ceil((-level / perSecond) * 1_000);
  };
}
