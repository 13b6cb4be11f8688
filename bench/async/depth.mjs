/** 100,000 waiting events: what they cost in memory, and whether the next is accepted as fast as the first. */
import { createLogger } from "@lambdock/kernel/logger";
import { openRedis } from "@lambdock/store/redis";
import { serviceAddress } from "../product.mjs";
import { median } from "../statistics.mjs";
import { emptyQueue, eventClient, queueOf } from "./setting.mjs";

const EVENTS = 100_000;
const SAMPLES = 1_000;
const NAME = "warm";

/** p50 of one client's sends at a full queue against an empty one; async-queue is stopped, so that the queue stays what it is. */
export async function depth({ product, progress }) {
  const redis = await openRedis({
    url: `redis://${await serviceAddress("redis")}:6379`,
    name: "bench",
    logger: createLogger("bench", "error"),
  });
  const one = eventClient(product, NAME, 1);
  const many = eventClient(product, NAME, 16);
  try {
    await product.compose("stop", "async-queue");
    await many.times(2_000); // warm
    await emptyQueue(product, NAME);
    const before = await usedBytes(redis);
    const empty = median(await one.latencies(SAMPLES));
    const begun = performance.now();
    await many.times(EVENTS - SAMPLES);
    progress(`${EVENTS} events queued, at ${((EVENTS / (performance.now() - begun)) * 1_000).toFixed(0)}/s`);
    const { waiting } = await queueOf(product, NAME);
    if (waiting !== EVENTS) throw new Error(`${waiting} events wait, not ${EVENTS}`);
    const megabytes = ((await usedBytes(redis)) - before) / 1_048_576;
    const full = median(await one.latencies(SAMPLES));
    return {
      value: full / empty,
      note: `${full.toFixed(2)} ms against ${empty.toFixed(2)} ms; Redis ${megabytes.toFixed(0)} MB for ${EVENTS} events`,
    };
  } finally {
    one.close();
    many.close();
    await emptyQueue(product, NAME);
    redis.disconnect();
    await product.compose("start", "async-queue");
  }
}

async function usedBytes(redis) {
  return Number(/used_memory:(\d+)/.exec(await redis.info("memory"))[1]);
}
