import type { Job, JobType, Queue } from "bullmq";
import type { FunctionId } from "@lambdock/model/arn";
import type { RedisClient } from "@lambdock/store/redis";
import { announceQueue } from "./announcement.ts";
import { createFunctionQueues } from "./function-queues.ts";
import { functionOfQueue, PREFIX, QUEUES_KEY, queueName } from "./queue-names.ts";
import { eventOf, type WorkItem } from "./work-item.ts";

/** Where an event is: waiting for its first or next run, being run, waiting for a retry, or failed for good. */
export type EventState = "waiting" | "running" | "retrying" | "dead";

/** One function's queue at a glance. */
export interface QueueSummary extends FunctionId {
  readonly waiting: number;
  readonly running: number;
  readonly retrying: number;
  readonly dead: number;
  /** Age of the event that has waited longest for its first run, milliseconds; 0 when none waits. */
  readonly oldestAgeMs: number;
}

export interface QueuedEvent {
  readonly requestId: string;
  readonly state: EventState;
  readonly item: WorkItem;
  /** Why it is dead. */
  readonly reason?: string;
  /** Epoch milliseconds of the next try, for retrying ones. */
  readonly nextAt?: number;
}

/** Looking at the queues, and helping by hand. */
export interface EventAdmin {
  summaries(): Promise<QueueSummary[]>;
  list(id: FunctionId, state: EventState, page: { readonly from: number; readonly count: number }): Promise<QueuedEvent[]>;
  /** Runs dead events again as if just accepted: those named, or all. Answers how many. */
  redrive(id: FunctionId, requestIds?: readonly string[]): Promise<number>;
  /** Drops events in a state (running ones cannot be). Answers how many. */
  purge(id: FunctionId, state: Exclude<EventState, "running">): Promise<number>;
  close(): Promise<void>;
}

const JOB_STATES: Readonly<Record<EventState, JobType[]>> = {
  waiting: ["waiting"],
  running: ["active"],
  retrying: ["delayed"],
  dead: ["failed"],
};
const CLEAN_STATES = { waiting: "wait", retrying: "delayed", dead: "failed" } as const;
const PURGE_BATCH = 1_000;
/** BullMQ's score of a delayed job: the time in milliseconds, and twelve bits of order. */
const DELAYED_SCORE_UNIT = 0x1000;

/** An admin on any connection. */
export function createEventAdmin(redis: RedisClient, now: () => number): EventAdmin {
  const queues = createFunctionQueues(redis);

  const summary = async (name: string): Promise<QueueSummary> => {
    const queue = await queues.open(name);
    const [counts, [oldest]] = await Promise.all([
      queue.getJobCounts("waiting", "active", "delayed", "failed"),
      queue.getJobs(["waiting"], 0, 0, true),
    ]);
    return {
      ...functionOfQueue(name),
      waiting: counts["waiting"] ?? 0,
      running: counts["active"] ?? 0,
      retrying: counts["delayed"] ?? 0,
      dead: counts["failed"] ?? 0,
      oldestAgeMs: oldest === undefined ? 0 : Math.max(0, now() - eventOf(oldest.data).acceptedAt),
    };
  };

  const nextTries = async (name: string, jobs: readonly Job<WorkItem>[]): Promise<readonly number[]> => {
    if (jobs.length === 0) return [];
    const scores = await redis.zmscore(`${PREFIX}:${name}:delayed`, ...jobs.map((job) => String(job.id)));
    return scores.map((score) => Math.floor(Number(score ?? 0) / DELAYED_SCORE_UNIT));
  };

  return {
    summaries: async () => Promise.all((await redis.smembers(QUEUES_KEY)).sort().map(summary)),
    async list(id, state, { from, count }) {
      if (count <= 0) return [];
      const queue = await queues.open(queueName(id));
      const jobs = (await queue.getJobs(JOB_STATES[state], from, from + count - 1, state !== "dead")) as Job<WorkItem>[];
      const tries = state === "retrying" ? await nextTries(queueName(id), jobs) : [];
      return jobs.map((job, index) => shown(job, state, tries[index]));
    },
    async redrive(id, requestIds) {
      const queue = await queues.open(queueName(id));
      const chosen = requestIds ?? (await queue.getRanges(["failed"], 0, -1, true));
      if (chosen.length > 0) await announceQueue(redis, queueName(id));
      let redriven = 0;
      for (const requestId of chosen) if (await redriveOne(queue, requestId, Math.floor(now()))) redriven += 1;
      return redriven;
    },
    purge: async (id, state) => purge(await queues.open(queueName(id)), state),
    close: () => queues.close(),
  };
}

/** False when it is not among the dead any more. Dead items are read one by one: each may be megabytes. */
async function redriveOne(queue: Queue<WorkItem>, requestId: string, acceptedAt: number): Promise<boolean> {
  const job = (await queue.getJob(requestId)) as Job<WorkItem> | undefined;
  if (job === undefined || !(await job.isFailed())) return false;
  await job.updateData({ stage: "run", event: { ...eventOf(job.data), attempts: 0, setbacks: 0, acceptedAt } });
  await job.retry("failed");
  return true;
}

async function purge(queue: Queue<WorkItem>, state: Exclude<EventState, "running">): Promise<number> {
  let purged = 0;
  for (;;) {
    const batch = await queue.clean(0, PURGE_BATCH, CLEAN_STATES[state]);
    purged += batch.length;
    if (batch.length < PURGE_BATCH) return purged;
  }
}

function shown(job: Job<WorkItem>, state: EventState, nextAt: number | undefined): QueuedEvent {
  return {
    requestId: String(job.id),
    state,
    item: job.data,
    ...(state === "dead" && job.failedReason !== undefined ? { reason: job.failedReason } : {}),
    ...(nextAt === undefined ? {} : { nextAt }),
  };
}
