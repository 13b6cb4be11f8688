import type Docker from "dockerode";
import { SandboxUnavailable } from "../port.ts";
import { statusOf, reasonOf } from "./engine-errors.ts";
import type { ContainerRemover } from "./container-remover.ts";
import type { Engine } from "./engine.ts";

/** Limits that can change while a container runs. */
export type ResourceUpdate = Pick<Docker.HostConfig, "Memory" | "MemorySwap" | "CpuPeriod" | "CpuQuota">;

/** A created container. */
export interface SandboxContainer {
  readonly id: string;
  start(): Promise<void>;
  attach(stdin: boolean): Promise<NodeJS.ReadWriteStream>;
  update(resources: ResourceUpdate): Promise<void>;
  /** Sends a signal to its PID 1. */
  signal(name: "TERM" | "KILL"): Promise<void>;
  pause(): Promise<void>;
  unpause(): Promise<void>;
  /** On its network, while it runs. */
  address(): Promise<string | undefined>;
  /** Kills and removes it; true for one that is gone already. Never rejects. */
  remove(): Promise<boolean>;
  /** Whether the kernel killed a process of it for memory. */
  inspectExit(): Promise<{ readonly status: number; readonly outOfMemory: boolean }>;
}

/** Creates the container; a name that is taken is a leftover of our own, and makes room. */
export async function createContainer(
  engine: Engine,
  remover: ContainerRemover,
  config: Docker.ContainerCreateOptions,
): Promise<SandboxContainer> {
  const create = (): Promise<Docker.Container> => engine.call((docker) => docker.createContainer(config));
  try {
    return wrap(engine, remover, (await create()).id);
  } catch (error) {
    if (statusOf(error) !== 409) throw explain(error, config);
    await remover.remove(String(config.name));
    return wrap(engine, remover, (await create()).id);
  }
}

function wrap(engine: Engine, remover: ContainerRemover, id: string): SandboxContainer {
  const use = <T>(request: (container: Docker.Container) => Promise<T>): Promise<T> =>
    engine.call((docker) => request(docker.getContainer(id)));
  return {
    id,
    start: () => use((container) => container.start()),
    attach: (stdin) => engine.streams.getContainer(id).attach({ stream: true, stdin, stdout: true, stderr: true, hijack: true }),
    update: (resources) => use((container) => container.update(resources)),
    signal: (name) => use((container) => container.kill({ signal: `SIG${name}` })),
    pause: () => use((container) => container.pause()),
    unpause: () => use((container) => container.unpause()),
    async address() {
      const { NetworkSettings: settings } = await use((container) => container.inspect());
      return Object.values(settings.Networks)[0]?.IPAddress || undefined;
    },
    remove: () => remover.remove(id),
    async inspectExit() {
      const { State: state } = await use((container) => container.inspect());
      return { status: state.ExitCode, outOfMemory: state.OOMKilled };
    },
  };
}

/** Every failure to create or start a sandbox is one of the environment; this says which and what helps. */
export function explain(error: unknown, config: Docker.ContainerCreateOptions): unknown {
  const status = statusOf(error);
  const reason = reasonOf(error);
  if (status === undefined) return error;
  if (status === 404 && /no such image/i.test(reason)) {
    return new SandboxUnavailable(
      `Docker no longer has the image ${String(config.Image)} of the function: update the function's code, which fetches it again.`,
      "ImageDeleted",
      { cause: error },
    );
  }
  if (/exec format error/i.test(reason)) {
    return new SandboxUnavailable(
      "The function's architecture is not this machine's and Docker can't emulate it: set the function's Architectures to the machine's own, or install binfmt support.",
      "InvalidImage",
      { cause: error },
    );
  }
  if (/bind source path does not exist|mounts denied|not shared/i.test(reason)) {
    return new SandboxUnavailable(
      `Docker can't see Lambdock's data directory (${reason}): keep it on a path or volume that is shared with Docker.`,
      "InternalError",
      { cause: error },
    );
  }
  return new SandboxUnavailable(`Docker could not make a sandbox (${reason}): check that engine with "docker run".`, "InternalError", {
    cause: error,
  });
}
