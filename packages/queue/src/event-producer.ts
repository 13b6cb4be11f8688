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
  const announced = new Map<string, Promise<void>>();

  const open = (name: string): Queue<WorkItem> => {
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
  };

  /** Before the first event is added: whoever consumes finds the queue by the set or by the message. */
  const announce = (name: string): Promise<void> => {
    const known = announced.get(name);
    if (known !== undefined) return known;
    const telling = tell(redis, name);
    announced.set(name, telling);
    telling.catch(() => announced.delete(name));
    return telling;
  };

  // A Redis that comes back may have lost what it was told last.
  const forget = (): void => announced.clear();
  redis.on("close", forget);

  return {
    async enqueue(event) {
      const name = queueName({ accountId: event.accountId, region: event.region, name: event.functionName });
      await announce(name);
      await open(name).add(
        "event",
        { stage: "run", event },
        { jobId: event.requestId, removeOnComplete: true, removeOnFail: { count: DEAD_EVENTS_MAX } },
      );
    },
    async close() {
      redis.off("close", forget);
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}

async function tell(redis: RedisClient, name: string): Promise<void> {
  await redis.sadd(QUEUES_KEY, name);
  await redis.publish(NEW_QUEUE_CHANNEL, name);
}
