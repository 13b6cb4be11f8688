/**
 * SQS itself against a bare Lua queue on the same Redis: the same SDK client, the same protocol, and
 * as plain a server as can be. The product is called as users call it, through the one endpoint; the
 * note has the service's own port too.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { takeAll } from "../floors/sdk-loop.mjs";
import { serviceAddress } from "../product.mjs";
import { median } from "../statistics.mjs";
import { createQueue, fill, sqsClient } from "./clients.mjs";

const MESSAGES = 10_000;
const LOOPS = 8;
const ROUNDS = 5;
const FLOOR = new URL("../floors/lua-queue.mjs", import.meta.url).pathname;

/** Both figures come from the same rounds: the queue is filled, then emptied, floor and product in turns. */
export function sqsFigures() {
  let taken;
  const rates = async (context) => (taken ??= measureAll(context));
  return {
    send: async (context) => ratio((await rates(context)).send),
    take: async (context) => ratio((await rates(context)).take),
  };
}

async function measureAll({ product, progress }) {
  const floor = spawn(process.execPath, [FLOOR, `redis://${await serviceAddress("redis")}:6379`], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(floor.stdout, "data");
  const sides = {
    floor: { sqs: sqsClient(`http://127.0.0.1:${Number(line)}`), QueueUrl: "http://floor/bench" },
    product: { sqs: sqsClient(product.url) },
    direct: { sqs: sqsClient(`http://${await serviceAddress("sqs")}:4576`) },
  };
  sides.product.QueueUrl = sides.direct.QueueUrl = (await createQueue(sides.product.sqs, "bare")).QueueUrl;
  const rates = { send: { floor: [], product: [], direct: [] }, take: { floor: [], product: [], direct: [] } };
  const round = async (number, name) => {
    const load = { ...sides[name], messages: MESSAGES, loops: LOOPS };
    const [send, take] = [MESSAGES / ((await fill(load)) / 1_000), MESSAGES / ((await takeAll(load)) / 1_000)];
    progress(`SQS, round ${number} of ${ROUNDS}, ${name}: ${send.toFixed(0)}/s sent, ${take.toFixed(0)}/s received and deleted`);
    if (number === 0) return; // warms up
    rates.send[name].push(send);
    rates.take[name].push(take);
  };
  try {
    for (let number = 0; number <= ROUNDS; number += 1) for (const name of Object.keys(sides)) await round(number, name);
  } finally {
    for (const { sqs } of Object.values(sides)) sqs.destroy();
    floor.kill();
  }
  return rates;
}

function ratio(rates) {
  const [floor, product, direct] = [rates.floor, rates.product, rates.direct].map(median);
  return {
    value: product / floor,
    note: `${product.toFixed(0)}/s against ${floor.toFixed(0)}/s; on SQS's own port ${direct.toFixed(0)}/s`,
  };
}
