/** What all of it costs a warm invocation: without freezing against before, and what freezing adds. */
import { setTimeout as pause } from "node:timers/promises";
import { createLoadClient } from "../load-client.mjs";
import { deploy, invocationPath, runtimeInUse, startProduct } from "../product.mjs";
import { median } from "../statistics.mjs";
import { MEMORY_MEGABYTES, PAYLOAD, zipped } from "../sync/setting.mjs";
import { warmLatency } from "../sync/warm.mjs";
import { WARM_P50_AGAINST_FLOOR_BEFORE } from "./before.mjs";

const ROUNDS = 150;
/** Longer than the grace: each request finds its environment frozen. */
const PAUSE_MS = 60;
const GRACE_MS = "10";

/** The warm p50 against the floor, against that of before; what freezing costs is in the note. */
export async function againstBefore({ folders, progress }) {
  const off = await withWarm({ LAMBDOCK_FREEZE: "off" }, async (product) => {
    const paused = await pausedLatency(product);
    const context = { product, folders, runtime: await runtimeInUse("warm") };
    return { paused, ...(await warmLatency(context)) };
  });
  progress(`warm, freeze off: ${off.note}`);
  const on = await withWarm({ LAMBDOCK_FREEZE: "on", LAMBDOCK_FREEZE_GRACE_MS: GRACE_MS }, pausedLatency);
  const frozen = `freezing costs a request that comes after a pause ${(on - off.paused).toFixed(2)} ms (p50 ${on.toFixed(2)} ms against ${off.paused.toFixed(2)} ms)`;
  return {
    value: off.value / WARM_P50_AGAINST_FLOOR_BEFORE,
    note: `${off.value.toFixed(3)} times the floor (${off.note}) against ${WARM_P50_AGAINST_FLOOR_BEFORE} before; ${frozen}`,
  };
}

async function withWarm(settings, measure) {
  const product = await startProduct(settings);
  try {
    await deploy(product, "warm", await zipped("warm"), { MemorySize: MEMORY_MEGABYTES });
    await clientOf(product).latencies(50);
    return await measure(product);
  } finally {
    await product.stop();
  }
}

/** p50 of requests with a pause before each. */
async function pausedLatency(product) {
  const client = clientOf(product);
  const samples = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await pause(PAUSE_MS);
    samples.push(...(await client.latencies(1)));
  }
  client.close();
  return median(samples);
}

function clientOf(product) {
  return createLoadClient({ url: product.url, path: invocationPath("warm"), payload: PAYLOAD });
}
