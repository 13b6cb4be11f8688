/** A Lambdock of its own to be killed: `docker compose up` under the name chaos-<pid>. */
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { docker, removeContainer } from "../docker-api.mjs";
import { hostAddress, serviceContainers, startProduct } from "../product.mjs";

const PROJECT = `chaos-${process.pid}`;
const RECOVERY_MS_MAX = 60_000;

/** Starts it; `settings` are variables of docker-compose.yml, `scale` is how many containers a service has if not one. */
export async function startStack(settings, scale = {}) {
  const product = await startProduct(settings, PROJECT);
  const scales = Object.entries(scale).flatMap(([service, count]) => ["--scale", `${service}=${count}`]);
  if (scales.length > 0) await product.compose("up", "-d", "--no-build", "--no-recreate", "--wait", ...scales);
  const containers = await serviceContainers(PROJECT);
  return {
    ...product,
    containers,
    /** This machine, as functions reach it. */
    hostAddress: await hostAddress(PROJECT),
    /** Starts whatever is down and waits until the whole answers. */
    async recover() {
      for (const id of containers.values()) await docker("POST", `/containers/${id}/start`).catch(() => undefined);
      const deadline = performance.now() + RECOVERY_MS_MAX;
      while (!(await healthy(product.url))) {
        if (performance.now() > deadline) throw new Error(`Lambdock does not answer ${RECOVERY_MS_MAX / 1_000} s after the last kill`);
        await pause(250);
      }
    },
    /** Writes what all services said to a file; answers its path. */
    async logs() {
      const file = join(tmpdir(), `${PROJECT}.log`);
      const { stdout } = await product.compose("logs", "--no-color", "--timestamps");
      await writeFile(file, stdout);
      return file;
    },
    /** The executor removes functions' containers when it stops; what one that was killed left is removed here. */
    async stop() {
      await product.compose("stop", "executor").catch(() => undefined);
      const filters = encodeURIComponent(JSON.stringify({ network: [`${PROJECT}_functions`], label: ["dev.lambdock.purpose=sandbox"] }));
      const left = await docker("GET", `/containers/json?all=true&filters=${filters}`);
      await Promise.all(left.map(({ Id }) => removeContainer(Id).catch(() => undefined)));
      await product.stop();
    },
  };
}

async function healthy(url) {
  const response = await fetch(`${url}/_lambdock/health`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  return response?.ok === true;
}
