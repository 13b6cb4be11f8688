import type { Worker } from "bullmq";
import type { Logger } from "@lambdock/kernel/logger";
import type { RedisClient } from "@lambdock/store/redis";
import { contentsOf, type QueueContent } from "./queue-content.ts";
import { QUEUES_KEY } from "./queue-names.ts";

export interface ServedQueuesOptions<QueueWorker> {
  readonly connection: RedisClient;
  readonly logger: Logger;
  /** A queue that was neither announced nor had an item for so long, milliseconds, is given up. Longer than an announcement holds. */
  readonly idleMs: number;
  /** Begins to work on a queue. */
  readonly open: (name: string) => QueueWorker;
  /** A queue is given up: its worker has nothing to do any more. */
  readonly onGivenUp: (name: string) => void;
}

/** The queues that this process works on: those that hold items or did so lately. */
export interface ServedQueues<QueueWorker> {
  workerOf(name: string): QueueWorker | undefined;
  /** It is about to get an item. */
  announced(name: string): void;
  /** It has an item. */
  used(name: string): void;
  /** Announcements are heard without a gap from now on, or not at all. */
  listening(heard: boolean): void;
  /** Takes up queues whose announcement was missed, and gives up idle ones. The first time those too that were announced before we listened. */
  lookAround(first: boolean): Promise<void>;
  /** Takes up no more; answers the workers. */
  stop(): readonly QueueWorker[];
}

interface Served<QueueWorker> {
  readonly worker: QueueWorker;
  /** In the monotonic clock's milliseconds. */
  usedAt: number;
}

/** None yet. */
export function createServedQueues<QueueWorker extends Pick<Worker, "close">>(
  options: ServedQueuesOptions<QueueWorker>,
): ServedQueues<QueueWorker> {
  const { connection, logger, idleMs } = options;
  const served = new Map<string, Served<QueueWorker>>();
  let listeningSince = Infinity;
  let stopped = false;

  const serve = (name: string): void => {
    if (!stopped && !served.has(name)) served.set(name, { worker: options.open(name), usedAt: performance.now() });
  };
  const used = (name: string): void => {
    const known = served.get(name);
    if (known !== undefined) known.usedAt = performance.now();
  };
  /** Nobody has announced it for longer than announcements hold: nothing is on its way to it. */
  const isIdle = (name: string): boolean =>
    performance.now() - Math.max(listeningSince, served.get(name)?.usedAt ?? listeningSince) >= idleMs;

  const giveUp = async (name: string, content: QueueContent): Promise<void> => {
    const known = served.get(name);
    served.delete(name);
    const ended: Promise<unknown>[] = content === "nothing" ? [connection.srem(QUEUES_KEY, name)] : [];
    if (known !== undefined) {
      options.onGivenUp(name);
      ended.push(known.worker.close());
    }
    await Promise.all(ended);
  };

  return {
    workerOf: (name) => served.get(name)?.worker,
    announced(name) {
      if (served.has(name)) return used(name);
      serve(name);
      // We may just have taken it off.
      connection.sadd(QUEUES_KEY, name).catch((error: unknown) => logger.debug("a queue could not be listed", { queue: name, error }));
    },
    used,
    listening: (heard) => void (listeningSince = heard ? performance.now() : Infinity),
    async lookAround(first) {
      const known = new Set([...(await connection.smembers(QUEUES_KEY)), ...served.keys()]);
      const names = [...known].filter((name) => !served.has(name) || isIdle(name));
      const contents = await contentsOf(connection, names);
      for (const [index, name] of names.entries()) {
        const content = contents[index]!;
        if (content === "work" || (first && content === "nothing")) serve(name);
        else if (!stopped && isIdle(name)) await giveUp(name, content);
      }
    },
    stop() {
      stopped = true;
      return [...served.values()].map(({ worker }) => worker);
    },
  };
}
