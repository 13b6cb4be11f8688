import { DelayedError, Worker, type Job } from "bullmq";
import type { Logger } from "@lambdock/kernel/logger";
import type { FunctionId } from "@lambdock/model/arn";
import { openSubscriber, openWorkerConnection, type RedisClient } from "@lambdock/store/redis";
import { functionOfQueue, NEW_QUEUE_CHANNEL, PREFIX, queueName } from "./queue-names.ts";
import { createServedQueues } from "./served-queues.ts";
import type { Next, WorkItem } from "./work-item.ts";

export interface EventConsumerOptions {
  readonly redis: RedisClient;
  readonly logger: Logger;
  /** Works on one item. `save` makes progress last: after a crash the saved item is worked on. A rejection is a bug or a broken Redis, and the item is tried again. */
  readonly work: (item: WorkItem, save: (item: WorkItem) => Promise<void>) => Promise<Next>;
  /** Items of one function that may be under way at once, to begin with. */
  readonly initialConcurrency: number;
  /** A function has had no events for long: its next begin with the initial concurrency. */
  readonly onIdle?: (id: FunctionId) => void;
  /** After so long a time without events, milliseconds, a function is idle; five minutes when absent. Longer than an announcement holds. */
  readonly idleMs?: number;
}

/** The working end: one BullMQ worker per function that has events or had some lately. */
export interface EventConsumer {
  start(): Promise<void>;
  /** Changes how many items of a function may be under way. */
  setConcurrency(id: FunctionId, limit: number): void;
  /** Takes no more items and waits for those under way, at most so many milliseconds; what is not finished then is taken up by the next process. */
  close(deadlineMs?: number): Promise<void>;
}

/** A killed process's items are taken up by another after so long. */
const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 5_000;
/** An item that fails because Redis or Lambdock failed comes back after so long. */
const BROKEN_DELAY_MS = 1_000;
/** After a lost connection a worker looks for items again after so long. */
const RECOVERY_DELAY_MS = 250;
/** Between looks at the set of queues, for announcements that were missed. */
const RESCAN_MS = 5_000;
const IDLE_MS = 300_000;
/** Process losses never make an event fail: it goes on until its own bounds end it. */
const STALLED_MAX = 1_000_000_000;
const CLOSE_DEADLINE_MS = 2_000_000_000;
/** BullMQ's own end, once nothing is waited for any more. */
const FORCED_CLOSE_MS = 1_000;

/** A consumer; nothing runs before `start`. */
export function createEventConsumer(options: EventConsumerOptions): EventConsumer {
  const { redis, logger } = options;
  const connection = openWorkerConnection(redis);
  const waiting = duplicatesOf(connection);
  const subscriber = openSubscriber(redis);
  const abandoning = createAbandoning();
  const idleMs = options.idleMs ?? IDLE_MS;
  let rescanTimer: NodeJS.Timeout | undefined;

  const queues = createServedQueues({
    connection,
    logger,
    idleMs,
    open: (name) => openItemWorker(name, { ...options, connection, abandoning, onUse: () => queues.used(name) }),
    onGivenUp: (name) => options.onIdle?.(functionOfQueue(name)),
  });

  return {
    async start() {
      subscriber.on("message", (_channel, name) => queues.announced(name));
      subscriber.on("close", () => queues.listening(false)).on("ready", () => queues.listening(true));
      await subscriber.connect();
      await subscriber.subscribe(NEW_QUEUE_CHANNEL);
      await queues.lookAround(true);
      // Announcements are missed while the connection is away.
      rescanTimer = setInterval(
        () => queues.lookAround(false).catch((error: unknown) => logger.debug("the queues could not be listed", { error })),
        Math.min(RESCAN_MS, idleMs),
      );
      rescanTimer.unref();
    },
    setConcurrency(id, limit) {
      const worker = queues.workerOf(queueName(id));
      if (worker !== undefined && worker.concurrency !== limit) worker.concurrency = limit;
    },
    async close(deadlineMs = CLOSE_DEADLINE_MS) {
      clearInterval(rescanTimer);
      subscriber.disconnect();
      const all = queues.stop();
      // While Redis is away nothing that is under way can be finished, so nothing is waited for.
      const away = connection.status !== "ready";
      const closing = Promise.all(all.map((worker) => worker.close(away)));
      await Promise.race([closing, within(deadlineMs), untilLost(connection)]);
      abandoning.now();
      connection.disconnect();
      await Promise.race([closing, within(FORCED_CLOSE_MS)]);
      await Promise.all(all.map((worker) => worker.stopRenewing()));
      for (const copy of waiting) copy.disconnect();
    },
  };
}

/** BullMQ goes on renewing locks for as long as its own close waits, which may be for a Redis that never comes back. */
class ItemWorker extends Worker<WorkItem> {
  async stopRenewing(): Promise<void> {
    await this.lockManager.close();
  }
}

interface ItemWorkerParts extends EventConsumerOptions {
  readonly connection: RedisClient;
  readonly abandoning: Abandoning;
  readonly onUse: () => void;
}

function openItemWorker(name: string, parts: ItemWorkerParts): ItemWorker {
  const { connection, abandoning, onUse, ...options } = parts;
  const worker: ItemWorker = new ItemWorker(
    name,
    (job, token) => {
      onUse();
      return abandoning.until(workOn(job, token ?? "", { worker, ...options }));
    },
    workerOptions(connection, options.initialConcurrency),
  );
  worker.on("error", (error) => options.logger.debug("the worker of a queue met an error", { queue: name, error }));
  return worker;
}

async function workOn(job: Job<WorkItem>, token: string, context: EventConsumerOptions & { readonly worker: ItemWorker }): Promise<void> {
  const { work, logger, worker } = context;
  const requestId = job.id ?? "";
  const next = await work(job.data, (item) => job.updateData(item)).catch((error: unknown): Next => {
    logger.error("an asynchronous event could not be worked on and comes back", { requestId, error });
    return { kind: "later", item: job.data, delayMs: BROKEN_DELAY_MS };
  });
  if (next.kind === "done") return;
  await moveOn(job, next, { token, worker }).catch((error: unknown) => {
    // Redis refused, or another process took the item over: it is not ours to fail. It comes back when its lock has run out.
    logger.warn("an asynchronous event could not be put back and comes back by itself", { requestId, error });
  });
  // Tells the worker that the item was moved already.
  throw new DelayedError();
}

/** Item and place change together, and only while the lock is ours: a crash in between neither loses nor repeats what was decided. */
async function moveOn(
  job: Job<WorkItem>,
  next: Exclude<Next, { kind: "done" }>,
  { token, worker }: { readonly token: string; readonly worker: ItemWorker },
): Promise<void> {
  const data = JSON.stringify(next.item);
  if (next.kind === "later") {
    await worker.backend.moveToDelayed(job.id!, Date.now(), Math.ceil(next.delayMs), token, {
      skipAttempt: true,
      fieldsToUpdate: { data },
    });
  } else {
    await worker.backend.moveToFailed(job, next.reason, job.opts.removeOnFail ?? false, token, false, { data, failedReason: next.reason });
  }
}

/** Work that can be given up, all of it at once: an item stays where it is until its lock has run out. */
interface Abandoning {
  until(work: Promise<void>): Promise<void>;
  now(): void;
}

/** Cheaper than a signal for each item, which BullMQ would make. */
function createAbandoning(): Abandoning {
  const underWay = new Set<(reason: Error) => void>();
  return {
    until: (work) =>
      new Promise((resolve, reject) => {
        underWay.add(reject);
        work.then(resolve, reject).finally(() => underWay.delete(reject));
      }),
    now() {
      for (const reject of underWay) reject(new DelayedError());
    },
  };
}

/** Resolves after so many milliseconds; it does not keep the process alive. */
async function within(deadlineMs: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, deadlineMs).unref());
}

async function untilLost(connection: RedisClient): Promise<void> {
  if (connection.status !== "ready") return;
  await new Promise<void>((resolve) => connection.once("close", () => resolve()));
}

function workerOptions(connection: RedisClient, concurrency: number): ConstructorParameters<typeof ItemWorker>[2] {
  return {
    connection,
    prefix: PREFIX,
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: STALLED_MAX,
    runRetryDelay: RECOVERY_DELAY_MS,
  };
}

/** The connections that BullMQ makes of this one, one per worker, to wait for items. It may leave them open when Redis was away. */
function duplicatesOf(connection: RedisClient): ReadonlySet<RedisClient> {
  const made = new Set<RedisClient>();
  const duplicate = connection.duplicate.bind(connection);
  connection.duplicate = (override) => {
    const copy = duplicate(override);
    made.add(copy);
    copy.once("end", () => made.delete(copy));
    return copy;
  };
  return made;
}
