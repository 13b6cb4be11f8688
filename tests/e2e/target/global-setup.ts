import { chosenTarget, endpoint, publishEndpoint } from "./config.ts";
import { createTarget } from "./create-target.ts";
import type { Target } from "./target.ts";
import { untilServing } from "./wait.ts";

declare global {
  var lambdockTarget: Target | undefined;
}

/** Starts the target that most test files share; test workers find it in `ENDPOINT`. */
export default async function globalSetup(): Promise<void> {
  const kind = chosenTarget();
  if (kind === "external") {
    await untilServing(endpoint());
    return;
  }
  const target = await createTarget(kind, { project: `lambdock-e2e-${process.pid}` });
  globalThis.lambdockTarget = target;
  try {
    await target.start();
  } catch (error) {
    process.stderr.write(`${await target.logs()}\n`);
    await target.dispose();
    throw error;
  }
  publishEndpoint(target.endpoint);
}
