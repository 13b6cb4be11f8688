/** What all figures of the group share: functions, mappings, the product's Redis. */
import { setTimeout as pause } from "node:timers/promises";
import { createLogger } from "@lambdock/kernel/logger";
import { openRedis } from "@lambdock/store/redis";
import { deploy, serviceAddress } from "../product.mjs";
import { source } from "../sync/setting.mjs";
import { zipOf } from "../zip.mjs";

export const GROUP = "polling";
/** No longer than a queue's default visibility timeout, which AWS demands. */
const TIMEOUT_SECONDS = 30;
const STATE_MS_MAX = 60_000;

/** Deploys one of ../functions; `ledger` is where it tells the host. */
export async function deployFunction(product, name, { ledger, memory = 512, as = name } = {}) {
  const Environment = ledger === undefined ? {} : { Environment: { Variables: { LEDGER: ledger } } };
  await deploy(product, as, await zipOf({ "index.mjs": await source(name) }), {
    MemorySize: memory,
    Timeout: TIMEOUT_SECONDS,
    ...Environment,
  });
}

/** Creates a mapping and waits until it is in the state that was asked for. */
export async function createMapping(product, settingsOfMapping) {
  const { UUID } = await product.api("POST", "/2015-03-31/event-source-mappings", settingsOfMapping);
  await inState(product, UUID, settingsOfMapping.Enabled === false ? "Disabled" : "Enabled");
  return UUID;
}

/** Switches a mapping on or off, and waits until it is. */
export async function setEnabled(product, uuid, Enabled) {
  await product.api("PUT", `/2015-03-31/event-source-mappings/${uuid}`, { Enabled });
  await inState(product, uuid, Enabled ? "Enabled" : "Disabled");
}

export const deleteMapping = (product, uuid) => product.api("DELETE", `/2015-03-31/event-source-mappings/${uuid}`);

async function inState(product, uuid, wanted) {
  const deadline = performance.now() + STATE_MS_MAX;
  for (;;) {
    const { State } = await product.api("GET", `/2015-03-31/event-source-mappings/${uuid}`);
    if (State === wanted) return;
    if (performance.now() > deadline) throw new Error(`a mapping is ${State}, not ${wanted}, after ${STATE_MS_MAX / 1_000} s`);
    await pause(20);
  }
}

/** The product's Redis. */
export const productRedis = async () =>
  openRedis({ url: `redis://${await serviceAddress("redis")}:6379`, name: "bench", logger: createLogger("bench", "error") });
