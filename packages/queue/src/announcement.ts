import type { RedisClient } from "@lambdock/store/redis";
import { NEW_QUEUE_CHANNEL, QUEUES_KEY } from "./queue-names.ts";

/** A queue that was announced within this time has a consumer: those give up a queue only when it has been idle for longer. */
export const ANNOUNCED_FOR_MS = 60_000;

/** Tells the consumers of a queue that is about to get an item, by the set for those who can't hear now. */
export async function announceQueue(redis: RedisClient, name: string): Promise<void> {
  await redis.sadd(QUEUES_KEY, name);
  await redis.publish(NEW_QUEUE_CHANNEL, name);
}
