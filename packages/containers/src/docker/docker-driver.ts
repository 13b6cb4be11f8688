import { createHash, randomUUID } from "node:crypto";
import { copyFile, mkdir, readFile, chmod, rename } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxDriver } from "../port.ts";
import { RUNTIMES } from "../runtimes-directory.ts";
import { createContainerRemover } from "./container-remover.ts";
import type { DockerDriverOptions } from "./docker-options.ts";
import { createEngine, type Engine } from "./engine.ts";
import { thawLeftover } from "./freezer.ts";
import { createFifoStore } from "./fifo-store.ts";
import { ensureFunctionNetwork, removeFunctionNetwork, type FunctionNetwork } from "./function-network.ts";
import { LABEL_LIFE, LABEL_OWNER, type Life } from "./labels.ts";
import { remember } from "./remembered.ts";
import { createRuntimePreparer } from "./runtime-preparer.ts";
import { createSandboxFactory } from "./sandbox-factory.ts";

/** The Docker driver, with what the composition needs beyond the port. */
export interface DockerDriver extends SandboxDriver {
  readonly engine: Engine;
  /** The sandboxes' network, created when missing: a Runtime API on this host listens on its gateway. */
  network(): Promise<FunctionNetwork>;
}

/** A driver that makes one container per sandbox. Nothing is asked of the engine before the first call. */
export function createDockerDriver(options: DockerDriverOptions): DockerDriver {
  const engine = createEngine(options.connection, options.requestsMax);
  const life: Life = { owner: options.owner, life: randomUUID() };
  const preparer = createRuntimePreparer({ ...options, engine, life, runtimesDirectory: RUNTIMES });
  const remover = createContainerRemover(engine, options.logger);
  const fifos = createFifoStore(join(options.dataDirectory, "io"), life.life);
  const network = remember(() => ensureFunctionNetwork(engine, options.network));
  const supervisorFile = remember(() => placeSupervisor(options.dataDirectory));
  const factory = createSandboxFactory({ options, life, engine, preparer, fifos, remover, network, supervisorFile });
  return {
    kind: "docker",
    engine,
    network: () => network.get(),
    prepareRuntime: (image) => preparer.prepare(image),
    create: (spec, events) => factory.create(spec, events),
    async reap() {
      const facts = await engine.facts();
      const removed = await reapContainers(engine, life, (id) => remover.remove(id, () => thawLeftover(options.cgroupRoot, facts, id)));
      await fifos.clearOthers();
      return removed;
    },
    async ping() {
      await engine.facts();
      await engine.call((docker) => docker.ping());
      await network.get();
      await remover.retry();
    },
    async close() {
      await removeFunctionNetwork(engine, options.network).catch((error: unknown) =>
        options.logger.debug("the network of the functions stays", { error }),
      );
      await fifos.clear();
      engine.close();
    },
  };
}

async function reapContainers(engine: Engine, { owner, life }: Life, remove: (id: string) => Promise<boolean>): Promise<number> {
  const found = await engine.call((docker) => docker.listContainers({ all: true, filters: { label: [`${LABEL_OWNER}=${owner}`] } }));
  const left = found.filter((container) => container.Labels[LABEL_LIFE] !== life);
  const removed = await Promise.all(left.map((container) => remove(container.Id)));
  return removed.filter(Boolean).length;
}

/** Containers see only what is on a shared path, so the script is copied there, under a name of its content. */
async function placeSupervisor(dataDirectory: string): Promise<string> {
  const source = join(RUNTIMES, "supervisor.sh");
  const digest = createHash("sha256")
    .update(await readFile(source))
    .digest("hex");
  const target = join(dataDirectory, `supervisor-${digest.slice(0, 16)}.sh`);
  await mkdir(dataDirectory, { recursive: true });
  const partial = `${target}.${process.pid}`;
  await copyFile(source, partial);
  await chmod(partial, 0o644);
  await rename(partial, target);
  return target;
}
