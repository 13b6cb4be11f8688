import { SandboxUnavailable, type Sandbox, type SandboxEvents, type SandboxSpec } from "../port.ts";
import { openAttachChannel } from "./attach-channel.ts";
import { openCgroup, type CgroupReader } from "./cgroup-reader.ts";
import type { ChannelEvents } from "./channel.ts";
import { containerConfig, type ContainerPlan } from "./container-config.ts";
import { planContainer, type Draft, type PlannerParts } from "./container-planner.ts";
import type { ContainerRemover } from "./container-remover.ts";
import { createCpuControl } from "./cpu-control.ts";
import { DirectSandbox } from "./direct-sandbox.ts";
import { statusOf } from "./engine-errors.ts";
import type { Engine } from "./engine.ts";
import { openFifoChannel } from "./fifo-channel.ts";
import { createFreezer } from "./freezer.ts";
import type { FifoStore } from "./fifo-store.ts";
import { createMemoryWatch, type MemoryWatch } from "./memory-watch.ts";
import type { RuntimePreparer } from "./runtime-preparer.ts";
import { createContainer, explain, type SandboxContainer } from "./sandbox-container.ts";
import { SupervisedSandbox } from "./supervised-sandbox.ts";
import { decideTransport } from "./transport.ts";

const MIB = 1_048_576;
/** From the container's start to the supervisor's first word: milliseconds on an idle machine. */
const SUPERVISOR_TIMEOUT_MS = 30_000;

/** What sandboxes are made with. */
export interface FactoryParts extends PlannerParts {
  readonly engine: Engine;
  readonly preparer: RuntimePreparer;
  readonly fifos: FifoStore;
  readonly remover: ContainerRemover;
}

export interface SandboxFactory {
  create(spec: SandboxSpec, events: SandboxEvents): Promise<Sandbox>;
}

interface Context extends FactoryParts {
  readonly memoryWatch: MemoryWatch;
}

/** Creates a sandbox: two requests to the engine, create and start, when named pipes can be used. */
export function createSandboxFactory(parts: FactoryParts): SandboxFactory {
  const context: Context = { ...parts, memoryWatch: createMemoryWatch(parts.options.timers) };
  const { engine, options, preparer, network } = parts;
  const attempt = async (spec: SandboxSpec, events: SandboxEvents): Promise<Sandbox> => {
    const [image, facts] = await Promise.all([preparer.describe(spec.runtime.reference), engine.facts()]);
    const draft: Draft = { spec, image, facts };
    if (!image.hasShell) return createDirect(context, draft, events);
    return decideTransport(options.transport, facts) === "fifo"
      ? createWithFifos(context, draft, events)
      : createAttached(context, draft, events);
  };
  return {
    async create(spec, events) {
      try {
        return await attempt(spec, events);
      } catch (error) {
        if (!(error instanceof SandboxUnavailable)) throw error;
        if (error.reasonCode === "ImageDeleted") preparer.forget(spec.runtime.reference);
        if (!networkIsGone(error)) throw error;
        network.forget(); // someone pruned it
        return attempt(spec, events);
      }
    },
  };
}

async function createDirect(context: Context, draft: Draft, events: SandboxEvents): Promise<Sandbox> {
  const { engine, options } = context;
  const config = containerConfig(await planContainer(context, draft, { kind: "none" }));
  const { id, memorySizeMb } = draft.spec;
  return DirectSandbox.create({
    id,
    memorySizeMb,
    hostCpus: draft.facts.cpus,
    createContainer: () => createContainer(engine, context.remover, config),
    reachable: reachable(options),
    createFreezer: (container) => createFreezer(options.cgroupRoot, draft.facts, container),
    events,
    timers: options.timers,
    logger: options.logger,
  });
}

async function createWithFifos(context: Context, draft: Draft, events: SandboxEvents): Promise<Sandbox> {
  const ioDirectory = await context.fifos.take();
  const release = (): Promise<void> => context.fifos.remove(ioDirectory);
  try {
    const plan = await planContainer(context, draft, { kind: "fifo", ioDirectory });
    return await createSupervised(context, {
      plan,
      draft,
      events,
      release,
      open: (_container, heard) => Promise.resolve(openFifoChannel(ioDirectory, heard)),
    });
  } catch (error) {
    await release();
    throw error;
  }
}

async function createAttached(context: Context, draft: Draft, events: SandboxEvents): Promise<Sandbox> {
  const plan = await planContainer(context, draft, { kind: "attach" });
  const open: Supervised["open"] = async (container, heard) =>
    openAttachChannel(await container.attach(true), heard, context.options.timers);
  return createSupervised(context, { plan, draft, events, release: () => Promise.resolve(), open });
}

interface Supervised {
  readonly plan: ContainerPlan;
  readonly draft: Draft;
  readonly events: SandboxEvents;
  readonly release: () => Promise<void>;
  readonly open: (container: SandboxContainer, heard: ChannelEvents) => Promise<ReturnType<typeof openFifoChannel>>;
}

async function createSupervised(context: Context, { plan, draft, events, release, open }: Supervised): Promise<Sandbox> {
  const { engine, options } = context;
  const config = containerConfig(plan);
  const container = await createContainer(engine, context.remover, config);
  let sandbox: SupervisedSandbox | undefined;
  try {
    const channel = await open(container, {
      onOutput: (chunk, origin) => sandbox?.onOutput(chunk, origin),
      onStatus: (line) => sandbox?.onStatus(line),
      onClosed: () => sandbox?.onClosed(),
    });
    const { id, memorySizeMb } = plan.spec;
    sandbox = new SupervisedSandbox({
      id,
      memorySizeMb,
      waitsAtGate: plan.image.waitsAtGate,
      container,
      reachable: reachable(options),
      channel,
      events,
      timers: options.timers,
      logger: options.logger,
      release,
    });
    await container.start();
    await equip(context, sandbox, { plan, draft, container });
    if (!(await sandbox.up(SUPERVISOR_TIMEOUT_MS))) {
      throw new SandboxUnavailable(
        `The container of sandbox ${id} started but did not answer: check that ${options.dataDirectory} is shared with Docker.`,
      );
    }
    return sandbox;
  } catch (error) {
    await (sandbox?.destroy() ?? container.remove());
    throw explain(error, config);
  }
}

/** The containers of an engine in a virtual machine can reach us, but we can't reach them. */
function reachable({ runtimeApi }: FactoryParts["options"]): boolean {
  return runtimeApi.host !== "host-gateway";
}

/** Gives a running sandbox its CPU control, its memory watch and its freezer. */
async function equip(
  context: Context,
  sandbox: SupervisedSandbox,
  made: { readonly plan: ContainerPlan; readonly draft: Draft; readonly container: SandboxContainer },
): Promise<void> {
  const { plan, draft, container } = made;
  const { memorySizeMb } = plan.spec;
  const cgroup = await openAccounts(context, made);
  const cpu = createCpuControl({
    memorySizeMb,
    hostCpus: draft.facts.cpus,
    cgroup,
    update: (resources) => container.update(resources),
    logger: context.options.logger,
  });
  sandbox.equip({
    cpu,
    memory: cgroup === undefined ? undefined : context.memoryWatch.watch(cgroup, memorySizeMb * MIB, () => sandbox.onExceeded()),
    freezer: createFreezer(context.options.cgroupRoot, draft.facts, container),
  });
}

/** The kernel's accounts of a running container. Where they can't be had after all, its own limit takes over. */
async function openAccounts(
  { options }: Context,
  { plan, draft, container }: { readonly plan: ContainerPlan; readonly draft: Draft; readonly container: SandboxContainer },
): Promise<CgroupReader | undefined> {
  if (!plan.memoryWatched) return undefined;
  const cgroup = openCgroup(options.cgroupRoot, draft.facts, container.id);
  if (cgroup !== undefined) return cgroup;
  options.logger.warn("cgroup files of a container can't be read: /tmp counts against its MemorySize", {
    root: options.cgroupRoot,
    container: container.id,
  });
  const limit = plan.spec.memorySizeMb * MIB;
  await container.update({ Memory: limit, MemorySwap: limit });
  return undefined;
}

function networkIsGone(error: SandboxUnavailable): boolean {
  return statusOf(error.cause) === 404 && /network .* not found/i.test(error.message);
}
