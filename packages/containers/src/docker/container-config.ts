/** One sandbox as Docker's create request. `runtime-api.md` section 5.2 and DESIGN.md decision 3. */
import type Docker from "dockerode";
import type { SandboxSpec } from "../port.ts";
import { burstQuotaUs, CPU_PERIOD_US, cpuWeight } from "./cpu-share.ts";
import type { RuntimeImage } from "./runtime-image.ts";

const MIB = 1_048_576;
/** `sbx_user1051`. AWS runs container images as this user too, whatever their USER says. */
const SANDBOX_USER = "993:990";
/** Single digit, for dash; AWS uses 62. */
const TELEMETRY_FD = "9";
const TELEMETRY_VARIABLE = "_LAMBDA_TELEMETRY_LOG_FD";
/** Added to the function's name space; the token before it is the sandbox's secret. */
const RUNTIME_API_DOMAIN = "rt.lambdock";

export const SUPERVISOR_PATH = "/var/lambdock/supervisor.sh";
const IO_PATH = "/var/lambdock/io";

/** How the supervisor is reached. `none`: the image has no shell, its own entry point is PID 1. */
export type SandboxTransport =
  | { readonly kind: "fifo"; readonly ioDirectory: string }
  | { readonly kind: "attach" }
  | { readonly kind: "none" };

/** A spec with everything the driver decided about it. Paths are the engine's host's. */
export interface ContainerPlan {
  readonly spec: SandboxSpec;
  readonly image: RuntimeImage;
  readonly transport: SandboxTransport;
  readonly supervisorFile: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly network: string;
  readonly runtimeApi: { readonly address: string; readonly port: number };
  /** The memory watch enforces MemorySize, so the kernel's limit has room for `/tmp`. */
  readonly memoryWatched: boolean;
  readonly hostCpus: number;
  readonly pidsMax: number;
  /** A `SecurityOpt` of the engine; absent where the engine's own profile holds, or none can. */
  readonly seccomp?: string;
}

/** The name under which the engine knows a sandbox. */
export function containerName(id: string): string {
  return `lambdock-${id}`;
}

/** The whole create request. */
export function containerConfig(plan: ContainerPlan): Docker.ContainerCreateOptions {
  const { spec, image, transport } = plan;
  const attached = transport.kind !== "fifo";
  const stdin = transport.kind === "attach";
  const workingDirectory = spec.workingDirectory ?? image.workingDirectory;
  return {
    name: containerName(spec.id),
    Image: image.id,
    // The name under which AWS's extensions open their servers; Docker makes it the container's address.
    Hostname: "sandbox",
    Domainname: "localdomain",
    User: SANDBOX_USER,
    Env: environment(plan),
    Entrypoint: [...entryPoint(plan)],
    Cmd: [],
    ...(workingDirectory === undefined ? {} : { WorkingDir: workingDirectory }),
    Labels: { ...plan.labels },
    AttachStdin: stdin,
    OpenStdin: stdin,
    StdinOnce: stdin,
    AttachStdout: attached,
    AttachStderr: attached,
    StopTimeout: 0,
    Healthcheck: { Test: ["NONE"] },
    HostConfig: hostConfig(plan),
  };
}

/** The supervisor's command line, or the image's own. */
function entryPoint(plan: ContainerPlan): readonly string[] {
  const { spec, image, transport } = plan;
  const command = [...(spec.entryPoint ?? image.entryPoint), ...(spec.command ?? commandOf(plan))];
  if (transport.kind === "none") return command;
  const hidden = [...(spec.hiddenFromExtensions ?? []), TELEMETRY_VARIABLE].join(" ");
  return ["/bin/sh", SUPERVISOR_PATH, transport.kind, image.waitsAtGate ? "now" : "wait", hidden, ...command];
}

/** Docker drops an image's CMD when the entry point is overridden; so does AWS for ImageConfig.EntryPoint. */
function commandOf({ spec, image }: ContainerPlan): readonly string[] {
  if (image.use === "managed") return [spec.environment["_HANDLER"] ?? ""]; // AWS's images take the handler as CMD
  return spec.entryPoint === undefined ? image.command : [];
}

function environment({ spec, transport, runtimeApi }: ContainerPlan): string[] {
  return Object.entries({
    ...spec.environment,
    AWS_LAMBDA_RUNTIME_API: `${runtimeApiHost(spec.token)}:${runtimeApi.port}`,
    ...(transport.kind === "none" ? {} : { [TELEMETRY_VARIABLE]: TELEMETRY_FD }),
  }).map(([name, value]) => `${name}=${value}`);
}

function runtimeApiHost(token: string): string {
  return `${token}.${RUNTIME_API_DOMAIN}`;
}

function hostConfig(plan: ContainerPlan): Docker.HostConfig {
  const { spec } = plan;
  const memory = (spec.memorySizeMb + (plan.memoryWatched ? spec.ephemeralStorageMb : 0)) * MIB;
  const quota = burstQuotaUs(spec.memorySizeMb, plan.hostCpus);
  return {
    NetworkMode: plan.network,
    ExtraHosts: [`${runtimeApiHost(spec.token)}:${plan.runtimeApi.address}`],
    Memory: memory,
    MemorySwap: memory,
    OomKillDisable: false,
    CpuPeriod: CPU_PERIOD_US,
    ...(quota === -1 ? {} : { CpuQuota: quota }),
    CpuShares: cpuWeight(spec.memorySizeMb),
    // RLIMIT_NPROC would count the user's processes of all sandboxes together.
    PidsLimit: plan.pidsMax,
    Ulimits: [
      { Name: "nofile", Soft: 1_024, Hard: 1_024 },
      { Name: "stack", Soft: 8 * MIB, Hard: -1 },
      { Name: "memlock", Soft: 65_536, Hard: 65_536 },
      { Name: "core", Soft: 0, Hard: 0 },
    ],
    ReadonlyRootfs: true,
    Tmpfs: { "/tmp": `rw,exec,nosuid,nodev,size=${spec.ephemeralStorageMb}m,mode=1777` },
    Mounts: mounts(plan),
    IpcMode: "none", // AWS has no /dev/shm either
    CapDrop: ["ALL"],
    // Without label=disable, SELinux keeps containers from the mounted code and pipes.
    SecurityOpt: ["no-new-privileges:true", "label=disable", ...(plan.seccomp === undefined ? [] : [plan.seccomp])],
    Init: false,
    // With named pipes a sandbox ends when the executor does, and then leaves nothing behind.
    AutoRemove: plan.transport.kind === "fifo",
    RestartPolicy: { Name: "no" },
    LogConfig: { Type: "none", Config: {} },
  };
}

function mounts({ spec, transport, supervisorFile }: ContainerPlan): Docker.MountConfig {
  const sources: readonly (readonly [string | undefined, string])[] = [
    [spec.taskDirectory, "/var/task"],
    [spec.layersDirectory, "/opt"],
    [transport.kind === "none" ? undefined : supervisorFile, SUPERVISOR_PATH],
    [transport.kind === "fifo" ? transport.ioDirectory : undefined, IO_PATH],
  ];
  return sources.flatMap(([source, target]) =>
    source === undefined ? [] : [{ Type: "bind" as const, Source: source, Target: target, ReadOnly: true }],
  );
}
