import { DelayedError, UnrecoverableError, Worker, type Job } from "bullmq";
import type { Logger } from "@lambdock/kernel/logger";
import type { FunctionId } from "@lambdock/model/arn";
import { openSubscriber, openWorkerConnection, type RedisClient } from "@lambdock/store/redis";
import { functionOfQueue, NEW_QUEUE_CHANNEL, PREFIX, QUEUES_KEY } from "./queue-names.ts";
import type { Next, WorkItem } from "./work-item.ts";

export interface EventConsumerOptions {
  readonly redis: RedisClient;
  readonly logger: Logger;
  /** Works on one item; a rejection is a bug or a broken Redis, and the item is tried again. */
  readonly work: (item: WorkItem) => Promise<Next>;
  /** Items of one function that may be under way at once, to begin with. */
  readonly initialConcurrency: number;
}

/** The working end: one BullMQ worker per function that has or had events. */
export interface EventConsumer {
  start(): Promise<void>;
  /** Changes how many items of a function may be under way. */
  setConcurrency(id: FunctionId, limit: number): void;
  /** Waits for items under way; what is not finished then is taken up by the next process. */
  close(): Promise<void>;
}

/** A killed process's items are taken up by another after so long. */
const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 5_000;
/** An item that fails because Redis or Lambdock failed comes back after so long. */
const BROKEN_DELAY_MS = 1_000;
/** Process losses never make an event fail: it goes on until its own bounds end it. */
const STALLED_MAX = 1_000_000_000;

/** A consumer; nothing runs before `start`. */
export function createEventConsumer(options: EventConsumerOptions): EventConsumer {
  const { redis, logger } = options;
  const workers = new Map<string, Worker<WorkItem>>();
  const connection = openWorkerConnection(redis);
  const subscriber = openSubscriber(redis);

  const serve = (name: string): void => {
    if (workers.has(name)) return;
    const worker = new Worker<WorkItem>(name, (job, token) => workOn(job, token ?? "", options), {
      connection,
      prefix: PREFIX,
      concurrency: options.initialConcurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: STALLED_MAX,
      skipVersionCheck: true,
    });
    worker.on("error", (error) => logger.debug("the worker of a queue met an error", { queue: name, error }));
    workers.set(name, worker);
  };

  return {
    async start() {
      subscriber.on("message", (_channel, name) => serve(name));
      await subscriber.connect();
      await subscriber.subscribe(NEW_QUEUE_CHANNEL);
      // Announcements may have been missed while the connection was away.
      subscriber.on("ready", () => void redis.smembers(QUEUES_KEY).then((names) => names.forEach(serve), () => undefined));
      for (const name of await redis.smembers(QUEUES_KEY)) serve(name);
    },
    setConcurrency(id, limit) {
      for (const [name, worker] of workers) if (sameFunction(functionOfQueue(name), id) && worker.concurrency !== limit) worker.concurrency = limit;
    },
    async close() {
      subscriber.disconnect();
      await Promise.all([...workers.values()].map((worker) => worker.close()));
      connection.disconnect();
    },
  };
}

async function workOn(job: Job<WorkItem>, token: string, { work, logger }: EventConsumerOptions): Promise<void> {
  const next = await work(job.data).catch((error: unknown): Next => {
    logger.error("an asynchronous event could not be worked on and comes back", { requestId: job.id ?? "", error });
    return { kind: "later", item: job.data, delayMs: BROKEN_DELAY_MS };
  });
  if (next.kind === "done") return;
  await job.updateData(next.item);
  if (next.kind === "dead") throw new UnrecoverableError(next.reason);
  await job.moveToDelayed(Date.now() + next.delayMs, token);
  throw new DelayedError();
}

function sameFunction(one: FunctionId, other: FunctionId): boolean {
  return one.name === other.name && one.region === other.region && one.accountId === other.accountId;
}
