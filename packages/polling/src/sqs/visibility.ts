/**
 * For how long messages are taken (esm.md 3.3): as the queue says, unless window and function
 * timeout together are longer; then window, timeout and half a minute.
 */

const MARGIN_MS = 30_000;
/** Twelve hours. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const VISIBILITY_MS_MAX = 43_200_000;

/** Milliseconds to ask for; `undefined`: as the queue says. */
export function visibilityWanted({ queueMs, windowMs, timeoutMs }: VisibilityFacts): number | undefined {
  if (windowMs === 0 || windowMs + timeoutMs <= queueMs) return undefined;
  return Math.min(VISIBILITY_MS_MAX, windowMs + timeoutMs + MARGIN_MS);
}

/** All in milliseconds. */
export interface VisibilityFacts {
  /** The queue's VisibilityTimeout. */
  readonly queueMs: number;
  readonly windowMs: number;
  /** The function's Timeout. */
  readonly timeoutMs: number;
}
