/** 200 requests at once into a cold function on Docker: each has an answer, and nothing is left behind. */
import { setTimeout as pause } from "node:timers/promises";
import { createLoadClient } from "../load-client.mjs";
import { containersOf, deploy, invocationPath } from "../product.mjs";
import { PAYLOAD, zipped } from "../sync/setting.mjs";

const REQUESTS = 200;
/** Longer than that is a hang. */
const ANSWER_MS = 240_000;
/** Containers are gone so long after their function is. */
const REMOVAL_MS = 60_000;

/** Requests without an answer that is a result or a throttle, and containers that were left. */
export async function burstIntoCold({ product, progress }) {
  await deploy(product, "burst", await zipped("warm"), { MemorySize: 128 });
  const client = createLoadClient({ url: product.url, path: invocationPath("burst"), payload: PAYLOAD, connections: REQUESTS });
  const begun = performance.now();
  const outcomes = await Promise.race([
    Promise.all(Array.from({ length: REQUESTS }, () => outcomeOf(client))),
    pause(ANSWER_MS, [], { ref: false }),
  ]);
  const seconds = (performance.now() - begun) / 1_000;
  const environments = (await containersOf("burst")).length;
  progress(`${outcomes.length} answers after ${seconds.toFixed(1)} s`);
  client.close();
  await product.api("DELETE", "/2015-03-31/functions/burst");
  const left = await remaining("burst");
  const count = (kind) => outcomes.filter((outcome) => outcome === kind).length;
  const answered = count("result") + count("throttle");
  return {
    value: REQUESTS - answered + left,
    note: `${count("result")} results and ${count("throttle")} throttles in ${seconds.toFixed(1)} s by ${environments} environments, ${left} containers left after the function was deleted`,
  };
}

async function outcomeOf(client) {
  try {
    await client.once();
    return "result";
  } catch (error) {
    return / answered 429: /.test(error.message) ? "throttle" : error.message;
  }
}

async function remaining(name) {
  const deadline = performance.now() + REMOVAL_MS;
  for (;;) {
    const { length } = await containersOf(name);
    if (length === 0 || performance.now() > deadline) return length;
    await pause(100);
  }
}
