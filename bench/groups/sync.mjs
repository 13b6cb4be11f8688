/** The group `sync`: the synchronous path through compose, warm and cold, against its floors. */
import { setTimeout as pause } from "node:timers/promises";
import { createLoadClient } from "../load-client.mjs";
import { deploy, invocationPath, runtimeInUse, serviceMemory, startProduct } from "../product.mjs";
import { measured, row } from "../report.mjs";
import { burst } from "../sync/burst.mjs";
import { coldStarts, coldWithoutSpare, packageSize } from "../sync/cold.mjs";
import { functionFolders, GROUP, MEMORY_MEGABYTES, PAYLOAD, zipped } from "../sync/setting.mjs";
import { throughput, warmLatency } from "../sync/warm.mjs";

const PARALLEL_STARTS = "4";
/** Before memory is read: an idle process collects its garbage after some seconds. */
const IDLE_MS = 15_000;
const ENVIRONMENTS_AT_16_CLIENTS = "8";

const figures = {
  warm: { figure: "warm sync p50, one client, against the floor", atMost: 2.5, measure: warmLatency },
  throughput: { figure: "requests/s at 16 clients with 8 environments, against the floor", atLeast: 0.45, measure: throughput },
  cold: { figure: "cold start p50 against plain Docker create + start + first answer", atMost: 0.6, measure: coldStarts },
  burst: { figure: "50 cold starts at once against 50 plain Docker starts", atMost: 1.2, measure: burst },
  packageSize: { figure: "50 MB zip against 1 KB zip, cold start p50", atMost: 1.2, measure: packageSize },
};

/** Runs every measurement; answers the group's rows in the order of `figures`. */
export async function measure(progress) {
  const folders = await functionFolders();
  try {
    const { rows, runtime } = await onDefaultStack(folders, progress);
    const { throughputRow, coldMilliseconds } = await onSmallStack({ folders, runtime, progress });
    rows.set("throughput", throughputRow);
    rows.get("cold").note += `; with no spare ready ${coldMilliseconds.toFixed(0)} ms`;
    const order = Object.keys(figures);
    return [...order.map((name) => rows.get(name)), ...rows.get("memory")];
  } finally {
    await folders.remove();
  }
}

async function onDefaultStack(folders, progress) {
  progress("docker compose up");
  const product = await startProduct({ LAMBDOCK_PARALLEL_STARTS: PARALLEL_STARTS });
  try {
    await pause(IDLE_MS);
    const idle = await serviceMemory();
    for (const name of ["warm", "cold"]) await deploy(product, name, await zipped(name), { MemorySize: MEMORY_MEGABYTES });
    await createLoadClient({ url: product.url, path: invocationPath("warm"), payload: PAYLOAD }).once();
    const context = { product, folders, progress, runtime: await runtimeInUse("warm") };
    const rows = new Map();
    for (const name of ["warm", "cold", "packageSize", "burst"]) rows.set(name, await measured(GROUP, figures[name], context));
    rows.set("memory", await memoryRows(idle));
    return { rows, runtime: context.runtime };
  } finally {
    await product.stop();
  }
}

/** A stack that gives a function 8 environments, at which bound requests wait for a free one, and keeps no spares. */
async function onSmallStack(context) {
  const product = await startProduct({ LAMBDOCK_FUNCTION_ENVIRONMENTS_MAX: ENVIRONMENTS_AT_16_CLIENTS, LAMBDOCK_SPARES_PER_FUNCTION: "0" });
  try {
    const throughputRow = await measured(GROUP, figures.throughput, { ...context, product });
    return { throughputRow, coldMilliseconds: await coldWithoutSpare({ product }) };
  } finally {
    await product.stop();
  }
}

/** As started and left alone for a while, before the first request; what load leaves behind is in the note. */
async function memoryRows(before) {
  const after = await serviceMemory();
  return [...before].map(([service, megabytes]) =>
    row({
      group: GROUP,
      figure: `memory of the idle ${service}, RSS in MB`,
      value: megabytes,
      atMost: 75,
      note: `as started; idle again after this run's load ${after.get(service).toFixed(0)} MB`,
    }),
  );
}
