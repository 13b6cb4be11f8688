import type { AsyncEvent } from "@lambdock/async-invoke/async-event";
import type { RedisClient } from "@lambdock/store/redis";
import { ANNOUNCED_FOR_MS, announceQueue } from "./announcement.ts";
import { createFunctionQueues } from "./function-queues.ts";
import { queueName } from "./queue-names.ts";

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
  const queues = createFunctionQueues(redis);
  const announced = new Map<string, Announcement>();

  /** Before an event is added: whoever consumes finds the queue by the set or by the message. */
  const announce = (name: string): Promise<void> => {
    const known = announced.get(name);
    if (known !== undefined && performance.now() - known.at < ANNOUNCED_FOR_MS) return known.telling;
    const telling = announceQueue(redis, name);
    announced.set(name, { at: performance.now(), telling });
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
      const queue = await queues.open(name);
      await queue.add(
        "event",
        { stage: "run", event },
        { jobId: event.requestId, removeOnComplete: true, removeOnFail: { count: DEAD_EVENTS_MAX } },
      );
    },
    async close() {
      redis.off("close", forget);
      await queues.close();
    },
  };
}

interface Announcement {
  /** In the monotonic clock's milliseconds. */
  readonly at: number;
  readonly telling: Promise<void>;
}
