import type { AsyncEvent, Attempt, RetryPolicy } from "@lambdock/async-invoke/async-event";
import type { Ended } from "@lambdock/async-invoke/destination-record";
import { expired, judge } from "@lambdock/async-invoke/retry";
import { DeliveryFailed } from "@lambdock/delivery/delivery-failed";
import type { AsyncEventState, Lifecycle, LifecycleEvent } from "@lambdock/model/lifecycle";
import { RECURSIVE_INVOCATION_MESSAGE } from "@lambdock/model/lineage";
import type { Logger } from "@lambdock/kernel/logger";
import type { DeliveryTarget } from "@lambdock/async-invoke/targets";
import type { Next, WorkItem } from "@lambdock/queue/work-item";
import { FunctionDeleted } from "./attempt.ts";
import { DELIVERY_TRIES_MAX, DELIVERY_TRIES_TO_GONE_MAX, deliveryDelayMs } from "./delivery-schedule.ts";
import type { AsyncMetrics } from "./metrics.ts";

/** What one event's work needs to know and do. */
export interface WorkParts {
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  readonly metrics: AsyncMetrics;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** AWS's time passes so much faster than the wall clock's. */
  readonly timeScale: number;
  readonly random: () => number;
  readonly policyOf: (event: AsyncEvent) => Promise<RetryPolicy>;
  readonly targetsOf: (ended: Ended) => Promise<readonly DeliveryTarget[]>;
  readonly attempt: (event: AsyncEvent) => Promise<Attempt>;
  readonly deliver: (target: DeliveryTarget, ended: Ended) => Promise<void>;
}

/** Works on one item of the queue: a run and its verdict, or the delivery of an ended event. */
export async function work(item: WorkItem, save: (item: WorkItem) => Promise<void>, parts: WorkParts): Promise<Next> {
  return item.stage === "run" ? runOnce(item, save, parts) : deliverOnce(item, parts);
}

async function runOnce(
  item: Extract<WorkItem, { stage: "run" }>,
  save: (item: WorkItem) => Promise<void>,
  parts: WorkParts,
): Promise<Next> {
  const { event, lastAttempt } = item;
  const policy = await parts.policyOf(event);
  const age = (): number => (parts.now() - event.acceptedAt) * parts.timeScale;
  if (expired(policy, age()))
    return ended(
      { event, condition: "EventAgeExceeded", endedAt: parts.now(), ...(lastAttempt === undefined ? {} : { lastAttempt }) },
      save,
      parts,
    );
  parts.metrics.eventAge(event.functionName, age());
  tell(parts, event, "attempt", { ageMs: age() });
  const made = await tryOnce(event, parts);
  if (made === "deleted") {
    const what = event.qualifier === "$LATEST" ? "function" : `function, or its qualifier ${event.qualifier},`;
    drop(event, `The ${what} was deleted.`, parts);
    return dead(item, `The ${what} was deleted while the event waited.`, parts);
  }
  if (made.kind === "recursion") dropRecursion(event, parts);
  const verdict = judge(event, made, { policy, ageMs: age(), random: parts.random() });
  if (verdict.kind === "ended")
    return ended({ event: verdict.event, condition: verdict.condition, lastAttempt: made, endedAt: parts.now() }, save, parts);
  const delayMs = verdict.delayMs / parts.timeScale;
  tell(parts, verdict.event, "retry", { nextAt: parts.now() + delayMs });
  return { kind: "later", item: { stage: "run", event: verdict.event, lastAttempt: made }, delayMs };
}

async function tryOnce(event: AsyncEvent, parts: WorkParts): Promise<Attempt | "deleted"> {
  try {
    return await parts.attempt(event);
  } catch (error) {
    if (error instanceof FunctionDeleted) return "deleted";
    throw error;
  }
}

/** The event is over: it is told to whoever shall hear of it, and otherwise kept among the dead if it failed. */
async function ended(end: Ended, save: (item: WorkItem) => Promise<void>, parts: WorkParts): Promise<Next> {
  const targets = await parts.targetsOf(end);
  if (end.condition !== "Success") drop(end.event, end.condition, parts);
  const item: WorkItem = { stage: "deliver", ended: end, targets, tries: 0 };
  if (targets.length > 0) {
    // From here on a crash repeats the delivery, not the function.
    await save(item);
    return deliverOnce(item, parts);
  }
  if (end.condition === "Success") return succeeded(end.event, parts);
  return dead(item, end.lastAttempt?.kind === "recursion" ? RECURSIVE_INVOCATION_MESSAGE : end.condition, parts);
}

async function deliverOnce(item: Extract<WorkItem, { stage: "deliver" }>, parts: WorkParts): Promise<Next> {
  const { event, condition } = item.ended;
  const left: DeliveryTarget[] = [];
  let { givenUp } = item;
  for (const target of item.targets) {
    try {
      await parts.deliver(target, item.ended);
      tell(parts, event, "delivered", { reason: target.arn });
    } catch (error) {
      if (mayRepeat(error, item.tries)) left.push(target);
      else givenUp = giveUp(target, event, error, parts);
    }
  }
  if (left.length > 0)
    return {
      kind: "later",
      item: { ...item, targets: left, tries: item.tries + 1, ...(givenUp === undefined ? {} : { givenUp }) },
      delayMs: deliveryDelayMs(item.tries) / parts.timeScale,
    };
  if (condition === "Success") return succeeded(event, parts);
  return givenUp === undefined ? { kind: "done" } : dead(item, givenUp, parts);
}

function mayRepeat(error: unknown, tries: number): boolean {
  const { permanent = false, gone = false } = error instanceof DeliveryFailed ? error : {};
  return !permanent && tries + 1 < (gone ? DELIVERY_TRIES_TO_GONE_MAX : DELIVERY_TRIES_MAX);
}

/** Never silently lost: logged, counted, and the event stays among the dead for the reason that this answers. */
function giveUp(target: DeliveryTarget, event: AsyncEvent, error: unknown, parts: WorkParts): string {
  const reason = error instanceof Error ? error.message : String(error);
  parts.metrics.deliveryFailed(event.functionName, target.kind);
  parts.logger.error("an event's end could not be delivered", { target: target.arn, requestId: event.requestId, reason });
  tell(parts, event, "delivery-failed", { reason, target: target.kind });
  return reason;
}

function drop(event: AsyncEvent, reason: string, parts: WorkParts): void {
  parts.metrics.dropped(event.functionName);
  tell(parts, event, "dropped", { reason });
}

function dropRecursion({ functionName, functionArn, qualifier }: AsyncEvent, parts: WorkParts): void {
  parts.metrics.recursionDropped(functionName);
  parts.lifecycle.emit({ type: "recursion-dropped", at: parts.now(), functionArn, qualifier });
}

function succeeded(event: AsyncEvent, parts: WorkParts): Next {
  tell(parts, event, "succeeded");
  return { kind: "done" };
}

function dead(item: WorkItem, reason: string, parts: WorkParts): Next {
  tell(parts, item.stage === "run" ? item.event : item.ended.event, "dead", { reason });
  return { kind: "dead", item, reason };
}

function tell(
  parts: WorkParts,
  event: AsyncEvent,
  state: AsyncEventState,
  more: Pick<Extract<LifecycleEvent, { type: "async-event" }>, "nextAt" | "reason" | "ageMs" | "target"> = {},
): void {
  const { functionArn, qualifier, requestId, attempts } = event;
  parts.lifecycle.emit({ type: "async-event", at: parts.now(), functionArn, qualifier, requestId, state, attempts, ...more });
}
