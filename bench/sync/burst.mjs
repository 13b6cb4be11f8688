/**
 * 50 cold starts at once, against 50 plain Docker starts at the parallelism that the executor has.
 * The first round's burst is one that nobody expected; before the others, as in a load test that is
 * repeated, the sandboxes are made that the product keeps ready after a burst.
 */
import { dockerStartFloor } from "../floors/docker-start.mjs";
import { createLoadClient } from "../load-client.mjs";
import { invocationPath, parallelStarts, reconfigure, sandboxesMade } from "../product.mjs";
import { median } from "../statistics.mjs";
import { MEMORY_MEGABYTES } from "./setting.mjs";

const COUNT = 50;
/** Functions stay busy so many times as long as the floor's burst took, so that none serves two of the requests. */
const BUSY_PER_FLOOR = 2.5;
const BUSY_MS_MIN = 15_000;
/** Below the functions' timeout of 60 s. */
const BUSY_MS_MAX = 55_000;
const ROUNDS = 3;

/** Time until all 50 handlers have begun, floor and product in turns. Rejects on any error. */
export async function burst({ product, runtime, folders, progress }) {
  const parallel = await parallelStarts();
  const floor = await dockerStartFloor({ runtime, taskDirectory: folders.cold, memoryMegabytes: MEMORY_MEGABYTES, event: {} });
  const totals = { floor: [], product: [] };
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      totals.floor.push(await floorBurst(floor, parallel));
      totals.product.push(await productBurst(product, busyAfter(totals.floor.at(-1))));
      progress(
        `50 cold starts, round ${round} of ${ROUNDS}: floor ${totals.floor.at(-1).toFixed(0)} ms, product ${totals.product.at(-1).toFixed(0)} ms`,
      );
    }
  } finally {
    floor.close();
  }
  const first = totals.product.shift() / totals.floor.shift();
  const total = { floor: median(totals.floor), product: median(totals.product) };
  return {
    value: total.product / total.floor,
    note: `${total.product.toFixed(0)} ms against ${total.floor.toFixed(0)} ms, ${parallel} at a time, no error; ${first.toFixed(2)} the first time`,
  };
}

const busyAfter = (floorMs) => Math.round(Math.min(BUSY_MS_MAX, Math.max(BUSY_MS_MIN, BUSY_PER_FLOOR * floorMs)));

/** Plain starts in so many lanes; all containers stay until the last has answered. */
async function floorBurst(floor, parallel) {
  const started = [];
  let begunStarts = 0;
  const begun = performance.now();
  const lane = async () => {
    while (begunStarts < COUNT) {
      begunStarts += 1;
      started.push(await floor.start());
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  const total = performance.now() - begun;
  await Promise.all(started.map(({ remove }) => remove()));
  return total;
}

/** Requests at once to a function without environments: until the last handler has begun, by the machine's one clock. */
async function productBurst(product, busyMs) {
  await reconfigure(product, "cold");
  await sandboxesMade("cold");
  const client = createLoadClient({
    url: product.url,
    path: invocationPath("cold"),
    payload: JSON.stringify({ busyMs }),
    connections: COUNT,
  });
  const begun = Date.now();
  const answers = (await Promise.all(Array.from({ length: COUNT }, () => client.once()))).map((text) => JSON.parse(text));
  client.close();
  const environments = new Set(answers.map(({ environment }) => environment)).size;
  if (environments !== COUNT)
    throw new Error(`${COUNT} requests ran in ${environments} environments: starting took longer than the functions stayed busy`);
  return Math.max(...answers.map(({ begunAt }) => begunAt)) - begun;
}
