/** The warm path: latency of one client, and requests per second of sixteen. */
import { createLoadClient } from "../load-client.mjs";
import { deploy, invocationPath } from "../product.mjs";
import { median } from "../statistics.mjs";
import { startWarmFloor } from "../warm-floor.mjs";
import { MEMORY_MEGABYTES, PAYLOAD, zipped } from "./setting.mjs";

/** p50 of one client, floor and product in turns. */
export async function warmLatency({ product, runtime, folders }) {
  const floor = await startWarmFloor({ runtime, taskDirectory: folders.warm, memoryMegabytes: MEMORY_MEGABYTES, environments: 1 });
  const clients = bothClients(floor, product, 1);
  try {
    const samples = { floor: [], product: [] };
    for (const side of ["floor", "product"]) await clients[side].latencies(500);
    for (let round = 0; round < 8; round += 1) {
      for (const side of ["floor", "product"]) samples[side].push(...(await clients[side].latencies(250)));
    }
    const p50 = { floor: median(samples.floor), product: median(samples.product) };
    return { value: p50.product / p50.floor, note: `${p50.product.toFixed(2)} ms against ${p50.floor.toFixed(2)} ms` };
  } finally {
    for (const client of Object.values(clients)) client.close();
    await floor.stop();
  }
}

/** Requests per second of 16 clients; the product must have been started with at most 8 environments per function. */
export async function throughput({ product, runtime, folders }) {
  const floor = await startWarmFloor({ runtime, taskDirectory: folders.warm, memoryMegabytes: MEMORY_MEGABYTES, environments: 8 });
  const clients = bothClients(floor, product, 16);
  try {
    await deploy(product, "warm", await zipped("warm"), { MemorySize: MEMORY_MEGABYTES });
    const rates = { floor: [], product: [] };
    await clients.floor.throughput(2_000);
    await clients.product.throughput(6_000);
    for (let round = 0; round < 5; round += 1) {
      for (const side of ["floor", "product"]) rates[side].push(await clients[side].throughput(3_000));
    }
    const rate = { floor: median(rates.floor), product: median(rates.product) };
    return { value: rate.product / rate.floor, note: `${rate.product.toFixed(0)}/s against ${rate.floor.toFixed(0)}/s` };
  } finally {
    for (const client of Object.values(clients)) client.close();
    await floor.stop();
  }
}

function bothClients(floor, product, connections) {
  return {
    floor: createLoadClient({ url: floor.url, path: "/", payload: PAYLOAD, connections }),
    product: createLoadClient({ url: product.url, path: invocationPath("warm"), payload: PAYLOAD, connections }),
  };
}
