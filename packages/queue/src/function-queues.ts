import type { Queue } from "bullmq";
import type { RedisClient } from "@lambdock/store/redis";
import { PREFIX } from "./queue-names.ts";
import type { WorkItem } from "./work-item.ts";

/** BullMQ's queues by name, opened when first asked for, all on one connection. */
export interface FunctionQueues {
  open(name: string): Promise<Queue<WorkItem>>;
  close(): Promise<void>;
}

/** Nothing is opened yet. */
export function createFunctionQueues(redis: RedisClient): FunctionQueues {
  const queues = new Map<string, Promise<Queue<WorkItem>>>();
  return {
    open(name) {
      const known = queues.get(name);
      if (known !== undefined) return known;
      const queue = openQueue(redis, name);
      queues.set(name, queue);
      return queue;
    },
    close: async () => void (await Promise.all([...queues.values()].map(async (queue) => (await queue).close()))),
  };
}

async function openQueue(redis: RedisClient, name: string): Promise<Queue<WorkItem>> {
  // Loaded with the first event: a gateway that only ever invokes synchronously stays 5 MB smaller.
  const { Queue: BullQueue } = await import("bullmq");
  const queue = new BullQueue<WorkItem>(name, {
    connection: redis,
    prefix: PREFIX,
    skipVersionCheck: true,
    skipMetasUpdate: true,
    skipWaitingForReady: true,
  });
  // The connection's own listener reports losses; an unheard "error" event would end the process.
  queue.on("error", () => undefined);
  return queue;
}
