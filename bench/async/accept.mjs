/** Accepting events: 16 clients, against the synchronous floor's requests/s of the same run. */
import { createLoadClient } from "../load-client.mjs";
import { median } from "../statistics.mjs";
import { startWarmFloor } from "../warm-floor.mjs";
import { emptyQueue, ENVIRONMENTS, eventClient, MEMORY_MEGABYTES, PAYLOAD } from "./setting.mjs";

const CLIENTS = 16;
const ROUNDS = 5;
const ROUND_MS = 3_000;

/**
 * The whole product runs: what is accepted is run at the same time, on the same processors. What is
 * left of a round is purged before the floor's turn. The note has the rate with async-queue stopped too.
 */
export async function accepted({ product, runtime, folders }) {
  const floor = await startWarmFloor({
    runtime,
    taskDirectory: folders.warm,
    memoryMegabytes: MEMORY_MEGABYTES,
    environments: ENVIRONMENTS,
  });
  const clients = {
    floor: createLoadClient({ url: floor.url, path: "/", payload: PAYLOAD, connections: CLIENTS }),
    product: eventClient(product, "warm", CLIENTS),
  };
  const rates = { floor: [], product: [], alone: [] };
  const round = async (side, name = side) => {
    rates[name].push(await clients[side].throughput(ROUND_MS));
    if (side === "product") await emptyQueue(product, "warm");
  };
  try {
    for (const side of ["floor", "product"]) await round(side);
    for (const taken of Object.values(rates)) taken.length = 0; // the first warmed up
    for (let count = 0; count < ROUNDS; count += 1) for (const side of ["floor", "product"]) await round(side);
    await product.compose("stop", "async-queue");
    for (let count = 0; count < ROUNDS; count += 1) await round("product", "alone");
    await product.compose("start", "async-queue");
  } finally {
    for (const client of Object.values(clients)) client.close();
    await floor.stop();
  }
  const [floorRate, rate, alone] = [rates.floor, rates.product, rates.alone].map(median);
  return {
    value: rate / floorRate,
    note: `${rate.toFixed(0)}/s against ${floorRate.toFixed(0)}/s, while they are run too; ${alone.toFixed(0)}/s with async-queue stopped`,
  };
}
