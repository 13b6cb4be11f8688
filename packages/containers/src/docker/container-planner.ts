import type { SandboxSpec } from "../port.ts";
import { cgroupsReadable } from "./cgroup-reader.ts";
import type { ContainerPlan, SandboxTransport } from "./container-config.ts";
import type { DockerDriverOptions } from "./docker-options.ts";
import type { EngineFacts } from "./engine.ts";
import type { FunctionNetwork } from "./function-network.ts";
import { sandboxLabels, type Life } from "./labels.ts";
import type { Remembered } from "./remembered.ts";
import type { RuntimeImage } from "./runtime-image.ts";
import { seccompOption } from "./seccomp-profile.ts";

/** What is known of a sandbox before anything is decided about its container. */
export interface Draft {
  readonly spec: SandboxSpec;
  readonly image: RuntimeImage;
  readonly facts: EngineFacts;
}

/** The surroundings that every container shares. */
export interface PlannerParts {
  readonly options: DockerDriverOptions;
  readonly life: Life;
  readonly network: Remembered<FunctionNetwork>;
  readonly supervisorFile: Remembered<string>;
}

/** Completes a draft: paths as the engine's host sees them, network, Runtime API, limits. */
export async function planContainer(parts: PlannerParts, draft: Draft, transport: SandboxTransport): Promise<ContainerPlan> {
  const { options } = parts;
  const { spec, image, facts } = draft;
  const [network, supervisorFile] = await Promise.all([parts.network.get(), parts.supervisorFile.get()]);
  const toHostPath = options.toHostPath ?? ((path: string): string => path);
  return {
    spec: {
      ...spec,
      ...(spec.taskDirectory === undefined ? {} : { taskDirectory: toHostPath(spec.taskDirectory) }),
      ...(spec.layersDirectory === undefined ? {} : { layersDirectory: toHostPath(spec.layersDirectory) }),
    },
    image,
    transport: transport.kind === "fifo" ? { kind: "fifo", ioDirectory: toHostPath(transport.ioDirectory) } : transport,
    supervisorFile: toHostPath(supervisorFile),
    labels: sandboxLabels(parts.life, spec.id, spec.labels),
    // By its id, since names are not unique; Docker's default network is special by its name.
    network: network.name === "bridge" ? network.name : network.id,
    runtimeApi: { address: options.runtimeApi.host ?? network.gateway, port: options.runtimeApi.port },
    memoryWatched: transport.kind !== "none" && cgroupsReadable(options.cgroupRoot, facts),
    hostCpus: facts.cpus,
    pidsMax: options.pidsMax,
    ...seccomp(facts),
  };
}

function seccomp({ seccomp: filters, architecture }: EngineFacts): Pick<ContainerPlan, "seccomp"> {
  const option = filters ? seccompOption(architecture) : undefined;
  return option === undefined ? {} : { seccomp: option };
}
