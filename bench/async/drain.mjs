/** Draining 10,000 events of an empty function with 8 environments, against driving the executor directly. */
import { createLogger } from "@lambdock/kernel/logger";
import { openRedis } from "@lambdock/store/redis";
import { driveExecutor } from "../floors/executor-loop.mjs";
import { lifecycleFromNow } from "../lifecycle.mjs";
import { createLoadClient } from "../load-client.mjs";
import { invocationPath, serviceAddress } from "../product.mjs";
import { median } from "../statistics.mjs";
import { deployFunction, ENVIRONMENTS, eventClient, PAYLOAD, queueEnded } from "./setting.mjs";

const EVENTS = 10_000;
const ROUNDS = 5;
/** For reading what the executor has told of a drain that is over. */
const READING_MS_MAX = 120_000;
const NAME = "empty";

/** Events per second, floor and product in turns, in the same environments. */
export async function drain({ product, progress }) {
  await deployFunction(product, NAME);
  const redis = await openRedis({
    url: `redis://${await serviceAddress("redis")}:6379`,
    name: "bench",
    logger: createLogger("bench", "error"),
  });
  const executorUrl = `http://${await serviceAddress("executor")}:4570`;
  const rates = { floor: [], product: [] };
  let restarted = 0;
  try {
    await warmUp(product);
    for (let round = 0; round <= ROUNDS; round += 1) {
      const load = { executorUrl, redis, name: NAME, payload: PAYLOAD, runs: EVENTS, callers: ENVIRONMENTS };
      const measured = { floor: await driveExecutor(load), product: await drainOnce({ product, redis, ...WARM }) };
      const [floor, taken] = [EVENTS / (measured.floor / 1_000), EVENTS / (measured.product / 1_000)];
      progress(`drain, round ${round} of ${ROUNDS}: floor ${floor.toFixed(0)}/s, product ${taken.toFixed(0)}/s`);
      if (round === 0) continue;
      rates.floor.push(floor);
      rates.product.push(taken);
    }
    restarted = EVENTS / ((await drainOnce({ product, redis, ...RESTARTED })) / 1_000);
  } finally {
    redis.disconnect();
  }
  const rate = { floor: median(rates.floor), product: median(rates.product) };
  return {
    value: rate.product / rate.floor,
    note: `${rate.product.toFixed(0)}/s against ${rate.floor.toFixed(0)}/s; ${restarted.toFixed(0)}/s right after a restart of async-queue`,
  };
}

async function warmUp(product) {
  const client = createLoadClient({ url: product.url, path: invocationPath(NAME), payload: PAYLOAD, connections: ENVIRONMENTS });
  await client.throughput(3_000);
  client.close();
}

/** How the queue is held and let go again: the process goes on, as the floor's does, or it is a new one that has to get warm. */
const WARM = { hold: "pause", letGo: "unpause" };
const RESTARTED = { hold: "stop", letGo: "start" };

/**
 * The events are queued while the container async-queue is held: nothing takes them meanwhile. What
 * counts is the time from the start of the first run to the end of the last, as the executor tells
 * in the lifecycle stream. That is read once the queue is empty: reading it costs what the product
 * could have used.
 */
async function drainOnce({ product, redis, hold, letGo }) {
  await product.compose(hold, "async-queue");
  const client = eventClient(product, NAME, 16);
  await client.times(EVENTS);
  client.close();
  const lifecycle = await lifecycleFromNow(redis, READING_MS_MAX);
  try {
    await product.compose(letGo, "async-queue");
    await queueEnded(product, NAME);
    const { first, end } = await runsOf(lifecycle.events());
    return end - first;
  } finally {
    lifecycle.close();
  }
}

/** When the first of the runs began and the last ended, epoch milliseconds. */
async function runsOf(events) {
  let first = Number.POSITIVE_INFINITY;
  let end = 0;
  const ended = new Set();
  for await (const event of events) {
    if (event.type === "invocation-start") first = Math.min(first, event.at);
    if (event.type !== "invocation-end") continue;
    if (event.status !== "success") throw new Error(`a run ended in ${event.status}`);
    ended.add(event.requestId);
    end = Math.max(end, event.at);
    if (ended.size === EVENTS) return { first, end };
  }
  throw new Error(`the lifecycle stream tells of ${ended.size} of ${EVENTS} runs`);
}
