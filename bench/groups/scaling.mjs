/** The group `scaling`: what versions, limits, lifetimes and freezing cost, and that limits hold under load. */
import { startProduct } from "../product.mjs";
import { measured } from "../report.mjs";
import { burstIntoCold } from "../scaling/burst.mjs";
import { aboveLimits, ACCOUNT_CONCURRENCY } from "../scaling/limits.mjs";
import { simulatedHour } from "../scaling/simulator.mjs";
import { throttleLatency } from "../scaling/throttle.mjs";
import { againstBefore } from "../scaling/warm.mjs";
import { functionFolders } from "../sync/setting.mjs";

const GROUP = "scaling";

const figures = {
  before: { figure: "warm sync p50 against the floor, against that of before (freeze off)", atMost: 1.05, measure: againstBefore },
  above: { figure: "invocations that ran above a limit in load runs", atMost: 0, measure: aboveLimits },
  throttle: { figure: "throttle decision, answered, p50 against a warm invoke", atMost: 0.7, measure: throttleLatency },
  burst: { figure: "burst of 200 into a cold function: not answered, or left behind", atMost: 0, measure: burstIntoCold },
  simulator: { figure: "an hour with 10,000 environments in virtual time, seconds", atMost: 60, measure: simulatedHour },
};

/** Runs every measurement; answers the group's rows in the order of `figures`. */
export async function measure(progress) {
  const folders = await functionFolders();
  try {
    const rows = [await measured(GROUP, figures.before, { folders, progress })];
    rows.push(
      await onStack({ LAMBDOCK_CONCURRENCY: String(ACCOUNT_CONCURRENCY) }, (product) =>
        measured(GROUP, figures.above, { product, progress }),
      ),
    );
    // A stack for both: nothing that one leaves behind changes the other.
    const others = await onStack({}, async (product) => [
      await measured(GROUP, figures.throttle, { product, progress }),
      await measured(GROUP, figures.burst, { product, progress }),
    ]);
    return [...rows, ...others, await measured(GROUP, figures.simulator, { progress })];
  } finally {
    await folders.remove();
  }
}

async function onStack(settings, run) {
  const product = await startProduct(settings);
  try {
    return await run(product);
  } finally {
    await product.stop();
  }
}
