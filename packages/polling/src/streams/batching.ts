/**
 * When a lane's waiting records become a batch (esm.md sections 1 and 4): when they fill it (records or
 * bytes), when the batching window is over, when the shard ends. The window runs from the end of the
 * previous invocation; one that passes without records starts anew with the first, so that records of
 * an idle stream are gathered too.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching
 */
import type { BatchWindow, Lane } from "./lane.ts";
import type { OpenWindow } from "./shard-protocol.ts";
import type { StreamPolicy } from "./stream-policy.ts";
import { windowEnd, windowOf } from "./tumbling-window.ts";

/** What is known of the shard beside the lane. */
export interface ShardOutlook {
  readonly policy: StreamPolicy;
  /** Nothing will be read any more. */
  readonly closed: boolean;
  /** When the source last had nothing more: what arrived earlier has been read. */
  readonly caughtUpAt: number;
  /** The tumbling window that is open. */
  readonly window?: OpenWindow;
}

/** A batch to be made of the first `count` waiting records, or the time at which to look again. */
export type Cut =
  | { readonly kind: "batch"; readonly count: number; readonly window?: BatchWindow }
  | { readonly kind: "later"; readonly at: number };

const NEVER: Cut = { kind: "later", at: Infinity };

/** Looks whether a lane that works on no batch has one now. */
export function cutBatch(lane: Lane, outlook: ShardOutlook, now: number): Cut {
  return outlook.policy.tumblingWindowMs > 0 ? cutOfWindow(lane, outlook, now) : cutPlain(lane, outlook, now);
}

function cutPlain(lane: Lane, { policy, closed }: ShardOutlook, now: number): Cut {
  if (lane.waiting.length === 0) return NEVER;
  const { count, full } = fill(lane, policy, lane.waiting.length);
  const deadline = deadlineOf(lane, policy);
  return full || closed || now >= deadline ? { kind: "batch", count } : { kind: "later", at: deadline };
}

/** With tumbling windows a batch belongs to one window, and the window's last invocation is told so. */
function cutOfWindow(lane: Lane, outlook: ShardOutlook, now: number): Cut {
  const { policy, closed, caughtUpAt, window } = outlook;
  const head = lane.waiting[0];
  const over = (start: number): boolean => closed || caughtUpAt >= windowEnd(start, policy);
  if (window !== undefined && (head === undefined ? over(window.start) : windowOf(head, policy) > window.start))
    return { kind: "batch", count: 0, window: { start: window.start, final: true, terminatedEarly: false } };
  if (head === undefined) return NEVER;
  // Records that come late belong to the window that is open.
  const start = window?.start ?? windowOf(head, policy);
  const next = lane.waiting.findIndex((record) => windowOf(record, policy) > start);
  const members = next === -1 ? lane.waiting.length : next;
  const { count, full } = fill(lane, policy, members);
  const complete = next !== -1 || over(start);
  const deadline = deadlineOf(lane, policy);
  if (!full && !complete && now < deadline) return { kind: "later", at: deadline };
  return { kind: "batch", count, window: { start, final: complete && count === members, terminatedEarly: false } };
}

/** How many of the first `available` records fit; one always does. */
function fill({ waiting }: Lane, { batchSize, batchBytesMax }: StreamPolicy, available: number): { count: number; full: boolean } {
  let [count, bytes] = [0, 0];
  for (const record of waiting.slice(0, Math.min(available, batchSize))) {
    bytes += record.bytes + 1;
    if (count > 0 && bytes > batchBytesMax) return { count, full: true };
    count += 1;
  }
  return { count, full: count === batchSize || bytes > batchBytesMax };
}

function deadlineOf({ windowFrom, waitingSince }: Lane, { batchingWindowMs }: StreamPolicy): number {
  const running = windowFrom + batchingWindowMs;
  return waitingSince <= running ? running : waitingSince + batchingWindowMs;
}
