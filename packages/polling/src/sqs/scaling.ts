/**
 * How many batches of a queue are worked at a time (esm.md 3.2). AWS begins with five pollers, adds
 * up to 300 a minute while messages remain, up to 1,250; it takes some away when the function fails
 * or is throttled, and trims to five, then two, when the queue is idle. MaximumConcurrency is another
 * ceiling without the trimming to two. A provisioned poller works up to ten batches.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 *
 * Unpublished, and so ours: it grows for as long as every poller is busy, since more would be of no use else;
 * failures and throttles halve the number, at most once a second; an idle
 * queue brings it back towards five within seconds, and to two after a minute.
 */
import type { MappingSettings } from "@lambdock/model/event-source-mapping";

/** Bounds of one mapping. */
export interface ScalingRules {
  readonly start: number;
  readonly ceiling: number;
  /** What an idle queue is trimmed to at first, and in the end. */
  readonly idle: number;
  readonly asleep: number;
  /** Concurrent batches added per minute while messages remain. */
  readonly growthPerMinute: number;
  /** Batches that one poller works at a time. */
  readonly batchesPerPoller: number;
  /** Whether failures of the function take concurrency away. */
  readonly backsOffOnErrors: boolean;
}

/** The number of now, and what it follows from. */
export interface Scaling {
  /** Batches that may be worked at a time; a fraction is a poller on its way. */
  readonly concurrency: number;
  /** Epoch milliseconds of the latest change. */
  readonly at: number;
  /** Since when nothing was found; absent while messages remain. */
  readonly idleSince?: number;
  /** Of the latest halving. */
  readonly backedOffAt?: number;
  /** Of the latest failure or throttle. */
  readonly setbackAt?: number;
}

export const POLLERS_START = 5;
export const POLLERS_ASLEEP = 2;
/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
export const CONCURRENCY_CEILING = 1_250;
const GROWTH_PER_MINUTE = 300;
/** Concurrent invocations of one provisioned poller, and how fast they come. */
const PROVISIONED_BATCHES = 10;
const PROVISIONED_GROWTH_PER_MINUTE = 1_000;
const MINUTE_MS = 60_000;
/** An idle queue keeps its pollers for so long. */
const ASLEEP_AFTER_MS = 60_000;
const BACK_OFF_INTERVAL_MS = 1_000;
/** After a failure or throttle it does not grow for so long. */
const GROWTH_PAUSE_MS = 2_000;

/** The bounds that a mapping's settings mean. */
export function scalingRules(
  settings: Pick<MappingSettings, "maximumConcurrency" | "provisionedPollers" | "reportBatchItemFailures">,
): ScalingRules {
  const backsOffOnErrors = !settings.reportBatchItemFailures;
  if (settings.provisionedPollers !== undefined) {
    const least = settings.provisionedPollers.minimum * PROVISIONED_BATCHES;
    const ceiling = settings.provisionedPollers.maximum * PROVISIONED_BATCHES;
    const bounds = { start: least, ceiling, idle: least, asleep: least, batchesPerPoller: PROVISIONED_BATCHES };
    return { ...bounds, growthPerMinute: PROVISIONED_GROWTH_PER_MINUTE, backsOffOnErrors };
  }
  const ceiling = settings.maximumConcurrency ?? CONCURRENCY_CEILING;
  const start = Math.min(POLLERS_START, ceiling);
  const asleep = settings.maximumConcurrency === undefined ? POLLERS_ASLEEP : start;
  return { start, ceiling, idle: start, asleep, batchesPerPoller: 1, growthPerMinute: GROWTH_PER_MINUTE, backsOffOnErrors };
}

/** The state of a mapping that begins: nothing was found yet. */
export function initialScaling(rules: ScalingRules, now: number): Scaling {
  return { concurrency: rules.start, at: now, idleSince: now };
}

/** Whole batches that may be worked at a time, at least one. */
export function concurrencyOf({ concurrency }: Scaling): number {
  return Math.max(1, Math.floor(concurrency));
}

/** Pollers of now, as AWS counts them. */
export function pollersOf(scaling: Scaling, { batchesPerPoller }: ScalingRules): number {
  return Math.ceil(concurrencyOf(scaling) / batchesPerPoller);
}

/** A receive came back: with messages the number grows if there is use for more, without it goes towards idle. */
export function onReceived(scaling: Scaling, messages: number, moment: ScalingMoment & Use): Scaling {
  const { now, rules } = moment;
  if (messages === 0) return towardsIdle(scaling, moment);
  const { idleSince, ...busy } = scaling;
  if (idleSince === undefined) return onTime(busy, moment);
  return { ...busy, concurrency: within(Math.max(scaling.concurrency, rules.start), rules), at: now };
}

/** Time has passed: while every poller has a batch and messages remain, it is time to grow in. */
export function onTime(scaling: Scaling, { now, rules, allBusy }: ScalingMoment & Use): Scaling {
  const hindered = scaling.setbackAt !== undefined && now - scaling.setbackAt < GROWTH_PAUSE_MS;
  if (!allBusy || hindered || scaling.idleSince !== undefined) return { ...scaling, at: now };
  return { ...scaling, concurrency: within(scaling.concurrency + grownSince(scaling, now, rules), rules), at: now };
}

function towardsIdle(scaling: Scaling, { now, rules }: ScalingMoment): Scaling {
  const idleSince = scaling.idleSince ?? now;
  const target = now - idleSince >= ASLEEP_AFTER_MS ? rules.asleep : rules.idle;
  const { concurrency } = scaling;
  const nearer = concurrency > target ? Math.max(target, concurrency / 2) : Math.min(target, concurrency + grownSince(scaling, now, rules));
  return { ...scaling, concurrency: within(nearer, rules), at: now, idleSince };
}

function grownSince(scaling: Scaling, now: number, rules: ScalingRules): number {
  return (rules.growthPerMinute * Math.max(0, now - scaling.at)) / MINUTE_MS;
}

/** The function failed; no change when failures are reported item by item. */
export function onFunctionError(scaling: Scaling, moment: ScalingMoment): Scaling {
  return moment.rules.backsOffOnErrors ? backOff(scaling, moment) : scaling;
}

/** The function was throttled, or could not be run. */
export function onThrottle(scaling: Scaling, moment: ScalingMoment): Scaling {
  return backOff(scaling, moment);
}

/** Whether more pollers would have been of use since the state's latest change. */
export interface Use {
  /** Every poller had a batch that the function worked on. */
  readonly allBusy: boolean;
}

/** When something happened (epoch ms), and under which bounds. */
export interface ScalingMoment {
  readonly now: number;
  readonly rules: ScalingRules;
}

/** Settings changed: the number of now, within the new bounds. */
export function withRules(scaling: Scaling, { now, rules }: ScalingMoment): Scaling {
  return { ...scaling, concurrency: Math.max(within(scaling.concurrency, rules), Math.min(rules.start, rules.asleep)), at: now };
}

function backOff(scaling: Scaling, { now, rules }: ScalingMoment): Scaling {
  const told = { ...scaling, at: now, setbackAt: now };
  if (scaling.backedOffAt !== undefined && now - scaling.backedOffAt < BACK_OFF_INTERVAL_MS) return told;
  return { ...told, concurrency: within(scaling.concurrency / 2, rules), backedOffAt: now };
}

function within(concurrency: number, rules: ScalingRules): number {
  return Math.max(1, Math.min(rules.ceiling, concurrency));
}
