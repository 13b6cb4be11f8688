/** What all figures of the group share. */
import { setTimeout as pause } from "node:timers/promises";
import { createLoadClient } from "../load-client.mjs";
import { deploy, invocationPath } from "../product.mjs";
import { MEMORY_MEGABYTES, PAYLOAD, source } from "../sync/setting.mjs";
import { zipOf } from "../zip.mjs";

export { MEMORY_MEGABYTES, PAYLOAD };
export const GROUP = "async";
export const ENVIRONMENTS = 8;
/** A stack that gives a function 8 environments, at which bound invocations wait for a free one. */
export const SETTINGS = { LAMBDOCK_FUNCTION_ENVIRONMENTS_MAX: String(ENVIRONMENTS), LAMBDOCK_SPARES_PER_FUNCTION: "0" };
const SETTLING_MS_MAX = 120_000;

/** Deploys one of ../functions. */
export const deployFunction = async (product, name) =>
  deploy(product, name, await zipOf({ "index.mjs": await source(name) }), { MemorySize: MEMORY_MEGABYTES });

/** Clients that send events: `InvocationType=Event`, each answered by 202. */
export function eventClient(product, name, connections) {
  return createLoadClient({
    url: product.url,
    path: invocationPath(name),
    payload: PAYLOAD,
    connections,
    headers: { "x-amz-invocation-type": "Event" },
    status: 202,
  });
}

/** Lambdock's own account of a function's queue: events waiting, running, retrying, dead. */
export async function queueOf(product, name) {
  const { queues } = await product.api("GET", "/_lambdock/async");
  return queues.find((queue) => queue.name === name) ?? { waiting: 0, running: 0, retrying: 0, dead: 0 };
}

/** Drops the events that wait, and waits until those under way have ended. */
export async function emptyQueue(product, name) {
  await queueEnded(product, name, () => product.api("DELETE", `/_lambdock/async/000000000000/us-east-1/${name}/events?state=waiting`));
}

/** Waits until no event waits or is under way; each look is preceded by `before`. */
export async function queueEnded(product, name, before = async () => undefined) {
  const deadline = performance.now() + SETTLING_MS_MAX;
  for (;;) {
    await before();
    const { waiting, running, retrying } = await queueOf(product, name);
    if (waiting + running + retrying === 0) return;
    if (performance.now() > deadline) throw new Error(`events of ${name} are still under way after ${SETTLING_MS_MAX / 1_000} s`);
    await pause(100);
  }
}
