/** An SQS mapping at work: messages per second, and what a slow function beside it takes away. */
import { setTimeout as pause } from "node:timers/promises";
import { takeAll } from "../floors/sdk-loop.mjs";
import { lifecycleFromNow } from "../lifecycle.mjs";
import { median } from "../statistics.mjs";
import { createQueue, fill, messagesIn, sqsClient } from "./clients.mjs";
import { createMapping, deployFunction, productRedis, setEnabled } from "./setting.mjs";

const MESSAGES = 10_000;
/** Loops of the bare SDK: as many as a mapping begins with. */
const LOOPS = 5;
const FILLING_LOOPS = 8;
const ROUNDS = 3;
const EMPTYING_MS_MAX = 180_000;
/** More than the slow function can take in all rounds. */
const SLOW_MESSAGES = 2_000;

/** One mapping, batch size 10, empty handler, against a bare SDK loop on the same queue; in turns. */
export async function mappingThroughput({ product, progress }) {
  const sqs = sqsClient(product.url);
  const redis = await productRedis();
  const quick = await quickMapping(product, sqs);
  const rates = { floor: [], product: [], single: [] };
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      const load = { sqs, QueueUrl: quick.QueueUrl, messages: MESSAGES };
      await fill({ ...load, loops: FILLING_LOOPS });
      const floor = MESSAGES / ((await takeAll({ ...load, loops: LOOPS })) / 1_000);
      const measured = await mappingRate({ product, sqs, redis, mapping: quick });
      await fill({ ...load, messages: MESSAGES / 4, loops: FILLING_LOOPS });
      const single = MESSAGES / 4 / ((await takeAll({ ...load, messages: MESSAGES / 4, loops: 1 })) / 1_000);
      progress(`mapping, round ${round} of ${ROUNDS}: ${LOOPS} SDK loops ${floor.toFixed(0)}/s, product ${measured.toFixed(0)}/s`);
      if (round === 0) continue;
      rates.floor.push(floor);
      rates.product.push(measured);
      rates.single.push(single);
    }
  } finally {
    redis.disconnect();
  }
  const [floor, rate, single] = [rates.floor, rates.product, rates.single].map(median);
  return {
    value: rate / floor,
    note: `${rate.toFixed(0)}/s against ${floor.toFixed(0)}/s of ${LOOPS} loops, as many as a mapping begins with; one loop ${single.toFixed(0)}/s`,
  };
}

/** The quick function's rate while another one's queue is full of messages that take 5 s each, against being alone; in turns. */
export async function besideSlow({ product, progress }) {
  const sqs = sqsClient(product.url);
  const redis = await productRedis();
  const quick = await quickMapping(product, sqs);
  const slow = await createQueue(sqs, "slow", { VisibilityTimeout: "120" });
  await deployFunction(product, "slow", { memory: 128 });
  await fill({ sqs, QueueUrl: slow.QueueUrl, messages: SLOW_MESSAGES, loops: FILLING_LOOPS });
  const slowMapping = await createMapping(product, { FunctionName: "slow", EventSourceArn: slow.arn, BatchSize: 1, Enabled: false });
  const rates = { alone: [], beside: [] };
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      const alone = await mappingRate({ product, sqs, redis, mapping: quick });
      await firstRun({ redis, name: "slow", begin: () => setEnabled(product, slowMapping, true) });
      const beside = await mappingRate({ product, sqs, redis, mapping: quick });
      await setEnabled(product, slowMapping, false);
      progress(`quick beside slow, round ${round} of ${ROUNDS}: alone ${alone.toFixed(0)}/s, beside ${beside.toFixed(0)}/s`);
      if (round === 0) continue;
      rates.alone.push(alone);
      rates.beside.push(beside);
    }
    if ((await messagesIn(sqs, slow.QueueUrl)) === 0) throw new Error("the slow function ran out of messages");
  } finally {
    redis.disconnect();
  }
  const [alone, beside] = [rates.alone, rates.beside].map(median);
  return { value: beside / alone, note: `${beside.toFixed(0)}/s beside it, ${alone.toFixed(0)}/s alone` };
}

let known;
async function quickMapping(product, sqs) {
  if (known !== undefined) return known;
  const queue = await createQueue(sqs, "quick", { VisibilityTimeout: "120" });
  await deployFunction(product, "empty", { memory: 1_769 });
  const uuid = await createMapping(product, { FunctionName: "empty", EventSourceArn: queue.arn, BatchSize: 10, Enabled: false });
  return (known = { ...queue, uuid });
}

/** Fills the queue while the mapping is off, switches it on, and takes the time from the first run to the empty queue: messages per second. */
async function mappingRate({ product, sqs, redis, mapping: { QueueUrl, uuid } }) {
  await fill({ sqs, QueueUrl, messages: MESSAGES, loops: FILLING_LOOPS });
  const begun = await firstRun({ redis, name: "empty", begin: () => setEnabled(product, uuid, true) });
  const deadline = performance.now() + EMPTYING_MS_MAX;
  for (;;) {
    const left = await messagesIn(sqs, QueueUrl);
    if (left === 0) break;
    if (performance.now() > deadline) throw new Error(`${left} messages are left after ${EMPTYING_MS_MAX / 1_000} s`);
    await pause(20);
  }
  const ended = Date.now();
  await setEnabled(product, uuid, false);
  return MESSAGES / ((ended - begun) / 1_000);
}

/** When a function first runs after `begin` was called, epoch milliseconds. */
async function firstRun({ redis, name, begin }) {
  const lifecycle = await lifecycleFromNow(redis, EMPTYING_MS_MAX);
  try {
    await begin();
    for await (const event of lifecycle.events())
      if (event.type === "invocation-start" && event.functionArn.endsWith(`:${name}`)) return event.at;
  } finally {
    lifecycle.close();
  }
  throw new Error(`${name} was not run within ${EMPTYING_MS_MAX / 1_000} s`);
}
