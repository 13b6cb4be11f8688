import { Queue } from "bullmq";
import type { AsyncEvent } from "@lambdock/async-invoke/async-event";
import type { RedisClient } from "@lambdock/store/redis";
import { NEW_QUEUE_CHANNEL, PREFIX, QUEUES_KEY, queueName } from "./queue-names.ts";
import type { WorkItem } from "./work-item.ts";

/** The accepting end of the queue, used by the gateway. */
export interface EventProducer {
  /** Resolves once the event is stored; rejects at once while Redis is away. The same request id twice is one event. */
  enqueue(event: AsyncEvent): Promise<void>;
  close(): Promise<void>;
}

/** Dead events kept per function; the oldest beyond them are forgotten. */
export const DEAD_EVENTS_MAX = 10_000;

/** A producer on a connection whose commands fail fast. */
export function createEventProducer(redis: RedisClient): EventProducer {
  const queues = new Map<string, Queue<WorkItem>>();

  const open = async (name: string): Promise<Queue<WorkItem>> => {
    const queue = new Queue<WorkItem>(name, { connection: redis, prefix: PREFIX, skipVersionCheck: true, skipMetasUpdate: true, skipWaitingForReady: true });
    // The connection's own listener reports losses; an unheard "error" event would end the process.
    queue.on("error", () => undefined);
    // Announced before the first event is added: whoever consumes finds the queue by the set or by the message.
    await redis.sadd(QUEUES_KEY, name);
    await redis.publish(NEW_QUEUE_CHANNEL, name);
    queues.set(name, queue);
    return queue;
  };

  return {
    async enqueue(event) {
      const name = queueName({ accountId: event.accountId, region: event.region, name: event.functionName });
      const queue = queues.get(name) ?? (await open(name));
      await queue.add("event", { stage: "run", event }, { jobId: event.requestId, removeOnComplete: true, removeOnFail: { count: DEAD_EVENTS_MAX } });
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}
