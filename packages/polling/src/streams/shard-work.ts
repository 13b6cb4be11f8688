/**
 * The work on one shard, without clock or I/O: records are read and filtered, split over lanes by key,
 * gathered into batches, and each lane invokes one batch at a time until it is done or given up. The
 * checkpoint is the highest sequence number below which everything in all lanes is done
 * (esm.md sections 4.1, 4.2).
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html
 */
import { advanceLane } from "./advance-lane.ts";
import { onDiscarded, onInvoked } from "./batch-ending.ts";
import { emptyLane, lowestPending, type Lane } from "./lane.ts";
import { laneOfKey } from "./lane-of-key.ts";
import { compareSequenceNumbers } from "./sequence-number.ts";
import type { ShardCheckpoint, ShardEffect, ShardEvent } from "./shard-protocol.ts";
import type { ShardStep, ShardWork } from "./shard-state.ts";
import type { StreamPolicy } from "./stream-policy.ts";
import type { PendingRecord } from "./stream-record.ts";

/** A shard about to be read from its checkpoint, or from its starting position when there is none. */
export function newShardWork(policy: StreamPolicy, checkpoint: ShardCheckpoint, now: number): ShardWork {
  const { sequenceNumber, window } = checkpoint;
  return {
    policy,
    closed: false,
    caughtUpAt: 0,
    lanes: layOut(policy, now),
    windowsOf: policy.tumblingWindowMs,
    told: checkpoint,
    finished: false,
    nextId: 1,
    wakeAt: Infinity,
    ...(sequenceNumber === undefined ? {} : { readThrough: sequenceNumber }),
    ...(window === undefined || policy.tumblingWindowMs === 0 ? {} : { window }),
  };
}

/** One transition. */
export function stepShard(work: ShardWork, event: ShardEvent, now: number): ShardStep {
  const { state, effects } = take(work, event, now);
  return advance(event.type === "wake" ? { ...state, wakeAt: Infinity } : state, effects, now);
}

function take(work: ShardWork, event: ShardEvent, now: number): ShardStep {
  switch (event.type) {
    case "read":
      return onRead(work, event, now);
    case "invoked":
      return onInvoked(work, event, now);
    case "discarded":
      return onDiscarded(work, event.batch, now);
    case "policy":
      return { state: { ...work, policy: event.policy }, effects: [] };
    case "rewound":
      return { state: rewound(work), effects: [] };
    case "wake":
      return { state: work, effects: [] };
  }
}

function rewound(work: ShardWork): ShardWork {
  const { readThrough: _readThrough, ...rest } = work;
  return rest;
}

/** Records that a re-made iterator reads again are known already. */
function onRead(work: ShardWork, event: Extract<ShardEvent, { type: "read" }>, now: number): ShardStep {
  let { readThrough } = work;
  const pending: PendingRecord[] = [];
  let read = 0;
  for (const record of event.records) {
    if (readThrough !== undefined && compareSequenceNumbers(record.sequenceNumber, readThrough) <= 0) continue;
    if (record.passes) pending.push(readThrough === undefined ? record : { ...record, after: readThrough });
    readThrough = record.sequenceNumber;
    read += 1;
  }
  const effects: ShardEffect[] = [];
  if (read > 0) effects.push({ type: "report", step: "batch-polled", records: read });
  if (read > pending.length) effects.push({ type: "report", step: "filtered", records: read - pending.length });
  const state: ShardWork = {
    ...work,
    closed: work.closed || event.closed,
    caughtUpAt: Math.max(work.caughtUpAt, event.caughtUpAt ?? 0),
    lanes: distribute(work.lanes, pending, now),
    ...(readThrough === undefined ? {} : { readThrough }),
  };
  return { state, effects };
}

function distribute(lanes: readonly Lane[], records: readonly PendingRecord[], now: number): readonly Lane[] {
  if (records.length === 0) return lanes;
  const more: PendingRecord[][] = lanes.map(() => []);
  for (const record of records) more[laneOfKey(record.orderKey, lanes.length)]!.push(record);
  return lanes.map((lane, index) => {
    const added = more[index]!;
    if (added.length === 0) return lane;
    return { ...lane, waiting: [...lane.waiting, ...added], waitingSince: lane.waiting.length === 0 ? now : lane.waitingSince };
  });
}

/** Tells the checkpoint, then begins whatever can begin: the order lets a checkpoint be kept before the next batch runs. */
function advance(before: ShardWork, effects: readonly ShardEffect[], now: number): ShardStep {
  let work = laidOut(before, now);
  const all = [...effects];
  const checkpoint = checkpointOf(work);
  if (checkpoint.sequenceNumber !== work.told.sequenceNumber || checkpoint.window !== work.told.window) {
    all.push({ type: "checkpoint", checkpoint });
    work = { ...work, told: checkpoint };
  }
  let wakeAt = Infinity;
  if (fits(work)) {
    const lanes: Lane[] = [];
    for (const lane of work.lanes) {
      const step = advanceLane(lane, work, now);
      lanes.push(step.lane);
      all.push(...step.effects);
      work = { ...work, nextId: step.nextId };
      wakeAt = Math.min(wakeAt, step.wakeAt);
    }
    work = { ...work, lanes };
  }
  return ending(work, all, wakeAt);
}

function ending(work: ShardWork, effects: ShardEffect[], wakeAt: number): ShardStep {
  if (wakeAt !== Infinity && wakeAt !== work.wakeAt) effects.push({ type: "wake", at: wakeAt });
  const finished = work.closed && work.window === undefined && work.lanes.every((lane) => lane.batches.length + lane.waiting.length === 0);
  if (finished && !work.finished) effects.push({ type: "finished" });
  return { state: { ...work, finished, wakeAt }, effects };
}

/**
 * After a change of the factor or of the windows the lanes are laid out anew, once nothing is in
 * flight: attempts start again, and a window that was open is dropped with its state.
 */
function laidOut(work: ShardWork, now: number): ShardWork {
  if (fits(work) || work.lanes.some((lane) => isBusy(lane))) return work;
  const { window: _window, ...rest } = work;
  const pending = work.lanes
    .flatMap((lane) => [...lane.batches.flatMap((batch) => batch.records), ...lane.waiting])
    .sort((one, other) => compareSequenceNumbers(one.sequenceNumber, other.sequenceNumber));
  return { ...rest, windowsOf: work.policy.tumblingWindowMs, lanes: distribute(layOut(work.policy, now), pending, now) };
}

function fits({ lanes, policy, windowsOf }: ShardWork): boolean {
  return lanes.length === policy.lanes && windowsOf === policy.tumblingWindowMs;
}

function layOut({ lanes }: StreamPolicy, now: number): readonly Lane[] {
  return Array.from({ length: lanes }, () => emptyLane(now));
}

function isBusy({ batches: [first] }: Lane): boolean {
  return first?.phase === "invoking" || first?.phase === "discarding";
}

function checkpointOf(work: ShardWork): ShardCheckpoint {
  let lowest: PendingRecord | undefined;
  for (const lane of work.lanes) {
    const record = lowestPending(lane);
    if (record !== undefined && (lowest === undefined || compareSequenceNumbers(record.sequenceNumber, lowest.sequenceNumber) < 0))
      lowest = record;
  }
  const sequenceNumber = lowest === undefined ? work.readThrough : lowest.after;
  return {
    ...(sequenceNumber === undefined ? {} : { sequenceNumber }),
    ...(work.window === undefined ? {} : { window: work.window }),
  };
}
