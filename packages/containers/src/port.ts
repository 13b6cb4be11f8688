/**
 * The sandbox port: where an execution environment's processes run. Two drivers stand behind it,
 * Docker containers and child processes, and one conformance suite keeps both honest.
 *
 * A sandbox is made ahead of the init phase (network, mounts, limits, and for Lambdock's own
 * runtime images the runtime process itself, waiting at the gate). `startRuntime` begins init.
 * The runtime's output arrives through `onOutput`, complete and in order; `drained()` resolves
 * once everything the processes had written before the call has been handed to `onOutput`.
 */
export interface SandboxDriver {
  readonly kind: "docker" | "process";
  /** Makes an image or interpreter available; rejects with SandboxUnavailable, whose message is one sentence with the cure. */
  prepareRuntime(image: RuntimeSource): Promise<PreparedRuntime>;
  /** Creates a sandbox in which the runtime has not begun its init. */
  create(spec: SandboxSpec, events: SandboxEvents): Promise<Sandbox>;
  /** Removes whatever an earlier executor of the same owner left behind; answers how many. */
  reap(): Promise<number>;
  /** Resolves when the driver can create sandboxes; rejects with a SandboxUnavailable. */
  ping(): Promise<void>;
  /** Releases connections and networks. Sandboxes are destroyed by their owner before. */
  close(): Promise<void>;
}

/** Where a function's runtime comes from. */
export type RuntimeSource =
  | { readonly kind: "managed"; readonly runtime: string; readonly architecture: "x86_64" | "arm64" }
  | { readonly kind: "image"; readonly imageUri: string; readonly architecture: "x86_64" | "arm64" };

/** A runtime that `create` can use at once. */
export interface PreparedRuntime {
  /** Image id (Docker) or interpreter path (process). */
  readonly reference: string;
  /** True when the runtime process itself can wait at the gate before init (Lambdock's own runtimes). */
  readonly waitsAtGate: boolean;
  /** `INIT_START Runtime Version: …`, such as `nodejs:24.v12`. */
  readonly runtimeVersion: string;
  readonly runtimeVersionArn: string;
  /** `repository@sha256:…` of a container image. */
  readonly resolvedImageUri?: string;
}

/** Everything that shapes one sandbox. Paths are in the executor's own file system. */
export interface SandboxSpec {
  /** Unique, safe in file names and container names. */
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly runtime: PreparedRuntime;
  /** Directory of unpacked code, mounted read-only at `/var/task`; absent for images. */
  readonly taskDirectory?: string;
  /** Directory of merged layers, mounted read-only at `/opt`. */
  readonly layersDirectory?: string;
  /** ImageConfig overrides; a managed runtime has none. */
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly workingDirectory?: string;
  /** The whole environment of the runtime but for AWS_LAMBDA_RUNTIME_API, which the driver adds. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names in it that external extensions don't see. */
  readonly hiddenFromExtensions?: readonly string[];
  /** Unguessable: the driver makes the Runtime API reachable under a host name that carries it. */
  readonly token: string;
  readonly memorySizeMb: number;
  readonly ephemeralStorageMb: number;
}

/** What happens to a sandbox on its own. */
export interface SandboxEvents {
  /**
   * Bytes the processes wrote to stdout, stderr or the telemetry descriptor, in order. Those of
   * external extensions are told apart where they have a pipe of their own.
   */
  onOutput(chunk: Uint8Array, origin?: "extension"): void;
  /** The runtime process ended by itself or was killed; the sandbox itself may live on. */
  onRuntimeExit(exit: RuntimeExit): void;
  /** The process of an external extension ended, or could not be started. */
  onExtensionExit(exit: ExtensionExit): void;
  /** The whole sandbox is gone without having been asked (engine stopped, container removed). */
  onLost(reason: string): void;
}

export interface RuntimeExit {
  /** Exit status; 128 + n when signal n ended it. */
  readonly status: number;
  /** The kernel or the memory watch killed it for exceeding MemorySize. */
  readonly outOfMemory: boolean;
}

export interface ExtensionExit {
  /** File name in `/opt/extensions`. */
  readonly name: string;
  /** Exit status; 128 + n when signal n ended it. */
  readonly status: number;
  /** Why it could not be started. */
  readonly launchError?: "permission denied" | "exec format error" | "no such file or directory";
}

export interface Sandbox {
  readonly id: string;
  /** File names of the external extensions in `/opt/extensions`. */
  readonly extensions: readonly string[];
  /** Starts all external extensions at once; each process that can't be started or ends is told to `onExtensionExit`. */
  startExtensions(): Promise<void>;
  /** Lets the runtime begin init. After a reset: starts a new runtime process in the same sandbox. */
  startRuntime(): Promise<void>;
  /** The runtime asked for its first invocation: the burst of CPU that init enjoys ends. */
  endInit(): void;
  /** Sends a signal to the runtime process alone, if it lives: SIGTERM that it may catch, or SIGKILL. */
  signalRuntime(signal: "TERM" | "KILL"): void;
  /** SIGKILLs every process of the function, extensions too; `/tmp` and the sandbox stay. Resolves once they are gone. */
  killRuntime(): Promise<void>;
  /** Resolves when all output written before this call has been delivered. */
  drained(): Promise<void>;
  /** Where servers that run in it can be reached from here; `undefined` where they can't be. */
  address(): Promise<string | undefined>;
  /** Freezing and thawing take a fraction of a millisecond, not the tens of milliseconds of requests to an engine. */
  readonly freezesQuickly: boolean;
  /**
   * Stops every process where it is: timers, sockets and computations go on after `thaw`. Whatever
   * else is asked of a frozen sandbox thaws it first. Rejects when it can't be; then nothing is frozen.
   */
  freeze(): Promise<void>;
  /** Lets the processes go on; `undefined` when they do so already as it returns. Idempotent. */
  thaw(): Promise<void> | undefined;
  /** Highest memory the function's processes used since the sandbox began, MB, rounded up. */
  maxMemoryUsedMb(): number;
  /** Ends and removes everything. Idempotent; never rejects. */
  destroy(): Promise<void>;
}

/** The environment is broken, not the user's code: the message is one sentence with the cure. */
export class SandboxUnavailable extends Error {
  override readonly name = "SandboxUnavailable";
  /** AWS's StateReasonCode for a function that can't be prepared because of this. */
  readonly reasonCode: string;
  constructor(message: string, reasonCode = "InternalError", options?: ErrorOptions) {
    super(message, options);
    this.reasonCode = reasonCode;
  }
}

/** The Runtime API's address as a driver hands it to a sandbox. Implemented by the executor's Runtime API server. */
export interface RuntimeApiAddress {
  /** Port on which the Runtime API listens for sandboxes. */
  readonly port: number;
  /** Opens one more loopback address for a child process and answers `host:port`; identified by that address. */
  openLoopback(token: string): Promise<string>;
  closeLoopback(token: string): Promise<void>;
}
