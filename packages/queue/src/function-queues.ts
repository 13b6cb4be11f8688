import { Queue } from "bullmq";
import type { RedisClient } from "@lambdock/store/redis";
import { PREFIX } from "./queue-names.ts";
import type { WorkItem } from "./work-item.ts";

/** BullMQ's queues by name, opened when first asked for, all on one connection. */
export interface FunctionQueues {
  open(name: string): Queue<WorkItem>;
  close(): Promise<void>;
}

/** Nothing is opened yet. */
export function createFunctionQueues(redis: RedisClient): FunctionQueues {
  const queues = new Map<string, Queue<WorkItem>>();
  return {
    open(name) {
      const known = queues.get(name);
      if (known !== undefined) return known;
      const queue = new Queue<WorkItem>(name, {
        connection: redis,
        prefix: PREFIX,
        skipVersionCheck: true,
        skipMetasUpdate: true,
        skipWaitingForReady: true,
      });
      // The connection's own listener reports losses; an unheard "error" event would end the process.
      queue.on("error", () => undefined);
      queues.set(name, queue);
      return queue;
    },
    close: async () => void (await Promise.all([...queues.values()].map((queue) => queue.close()))),
  };
}
