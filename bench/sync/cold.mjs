/** Cold starts one at a time: against plain Docker, and by size of the package. */
import { randomBytes } from "node:crypto";
import { dockerStartFloor } from "../floors/docker-start.mjs";
import { createLoadClient } from "../load-client.mjs";
import { deploy, invocationPath, reconfigure } from "../product.mjs";
import { median } from "../statistics.mjs";
import { zipOf } from "../zip.mjs";
import { MEMORY_MEGABYTES, source, zipped } from "./setting.mjs";

const ROUNDS = 15;
const LARGE_BYTES = 52_000_000;

/** p50 as the client sees it, floor and product in turns. */
export async function coldStarts({ product, runtime, folders }) {
  const floor = await dockerStartFloor({ runtime, taskDirectory: folders.cold, memoryMegabytes: MEMORY_MEGABYTES, event: {} });
  const samples = { floor: [], product: [] };
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      const started = await floor.start();
      await started.remove();
      const measured = { floor: started.milliseconds, product: await coldSample(product, "cold") };
      if (round === 0) continue; // fills the page cache
      for (const [side, milliseconds] of Object.entries(measured)) samples[side].push(milliseconds);
    }
  } finally {
    floor.close();
  }
  const p50 = { floor: median(samples.floor), product: median(samples.product) };
  return { value: p50.product / p50.floor, note: `${p50.product.toFixed(0)} ms against ${p50.floor.toFixed(0)} ms` };
}

/** p50 in milliseconds of a product that keeps no spare sandboxes: every start makes one from nothing. */
export async function coldWithoutSpare({ product }) {
  await deploy(product, "cold", await zipped("cold"), { MemorySize: MEMORY_MEGABYTES });
  const samples = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const milliseconds = await coldSample(product, "cold");
    if (round > 0) samples.push(milliseconds);
  }
  return median(samples);
}

/** p50 of a package of 50 MB that does not compress, against one of 1 KB, in turns. */
export async function packageSize({ product }) {
  const handler = await source("cold");
  await deploy(product, "small", await zipped("cold"), { MemorySize: MEMORY_MEGABYTES });
  await deploy(product, "large", await zipOf({ "index.mjs": handler, "ballast.bin": randomBytes(LARGE_BYTES) }, { store: true }), {
    MemorySize: MEMORY_MEGABYTES,
  });
  const samples = { small: [], large: [] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const name of ["small", "large"]) {
      const milliseconds = await coldSample(product, name);
      if (round > 0) samples[name].push(milliseconds);
    }
  }
  const p50 = { small: median(samples.small), large: median(samples.large) };
  return { value: p50.large / p50.small, note: `${p50.large.toFixed(0)} ms against ${p50.small.toFixed(0)} ms` };
}

/** Client-observed: an update has retired every environment, and the next request is timed. */
async function coldSample(product, name) {
  await reconfigure(product, name);
  const client = createLoadClient({ url: product.url, path: invocationPath(name), payload: "{}" });
  const begun = performance.now();
  await client.once();
  client.close();
  return performance.now() - begun;
}
