/** How soon a throttled caller has its answer, against a warm invocation. */
import { createLoadClient } from "../load-client.mjs";
import { deploy, invocationPath } from "../product.mjs";
import { median } from "../statistics.mjs";
import { MEMORY_MEGABYTES, PAYLOAD, zipped } from "../sync/setting.mjs";

const ROUNDS = 8;
const REQUESTS = 200;
/** The one environment is at work for all of the measurement; below the function's timeout. */
const BUSY_MS = 55_000;

/** p50 of one client, in turns: a warm function, and one whose only reserved execution is at work. */
export async function throttleLatency({ product }) {
  await deploy(product, "warm", await zipped("warm"), { MemorySize: MEMORY_MEGABYTES });
  await deploy(product, "full", await zipped("cold"), { MemorySize: MEMORY_MEGABYTES });
  await product.api("PUT", "/2017-10-31/functions/full/concurrency", { ReservedConcurrentExecutions: 1 });
  const target = (name, payload, status = 200) => createLoadClient({ url: product.url, path: invocationPath(name), payload, status });
  const clients = { warm: target("warm", PAYLOAD), throttled: target("full", PAYLOAD, 429) };
  const occupant = target("full", JSON.stringify({ busyMs: BUSY_MS }));
  const occupied = occupant.once().catch(() => undefined);
  try {
    await untilThrottled(clients.throttled);
    const samples = { warm: [], throttled: [] };
    for (const side of ["warm", "throttled"]) await clients[side].latencies(REQUESTS);
    for (let round = 0; round < ROUNDS; round += 1)
      for (const side of ["warm", "throttled"]) samples[side].push(...(await clients[side].latencies(REQUESTS)));
    const p50 = { warm: median(samples.warm), throttled: median(samples.throttled) };
    return { value: p50.throttled / p50.warm, note: `${p50.throttled.toFixed(2)} ms against ${p50.warm.toFixed(2)} ms` };
  } finally {
    // Deleting the function ends what occupies it.
    await product.api("DELETE", "/2015-03-31/functions/full");
    for (const client of [...Object.values(clients), occupant]) client.close();
    await occupied;
  }
}

/** The occupant may come second. */
async function untilThrottled(client) {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline)
    if (
      await client.once().then(
        () => true,
        () => false,
      )
    )
      return;
  throw new Error("the function was never at its limit");
}
