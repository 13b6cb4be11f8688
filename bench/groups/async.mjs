/** The group `async`: asynchronous events through compose. What `kill -9` does to them is `npm run chaos -- async`. */
import { accepted } from "../async/accept.mjs";
import { depth } from "../async/depth.mjs";
import { drain } from "../async/drain.mjs";
import { deployFunction, GROUP, SETTINGS } from "../async/setting.mjs";
import { createLoadClient } from "../load-client.mjs";
import { invocationPath, runtimeInUse, startProduct } from "../product.mjs";
import { measured } from "../report.mjs";
import { functionFolders, PAYLOAD } from "../sync/setting.mjs";

const figures = [
  { figure: "accepted events/s at 16 clients, against the synchronous floor's requests/s", atLeast: 0.5, measure: accepted },
  { figure: "drain of 10,000 events with 8 environments, against driving the executor", atLeast: 0.6, measure: drain },
  { figure: "enqueue p50 at 100,000 waiting events, against an empty queue", atMost: 1.5, measure: depth },
];

/** Runs every measurement; answers the group's rows. */
export async function measure(progress) {
  const folders = await functionFolders();
  progress("docker compose up");
  const product = await startProduct(SETTINGS);
  try {
    await deployFunction(product, "warm");
    await createLoadClient({ url: product.url, path: invocationPath("warm"), payload: PAYLOAD }).once();
    const context = { product, folders, progress, runtime: await runtimeInUse("warm") };
    const rows = [];
    for (const figure of figures) rows.push(await measured(GROUP, figure, context));
    progress("what becomes of 10,000 events under 20 kills: npm run chaos -- async");
    return rows;
  } finally {
    await product.stop();
    await folders.remove();
  }
}
