import type { Logger } from "@lambdock/kernel/logger";
import type { Timers } from "@lambdock/kernel/clock";
import type { EngineConnection } from "./engine.ts";

/** Everything the Docker driver needs to know about its surroundings. */
export interface DockerDriverOptions {
  readonly connection: EngineConnection;
  /** Tells this executor's containers from those of others, such as a hash of its data directory. */
  readonly owner: string;
  /** Directory of the executor for named pipes and the supervisor script; in compose on a volume. */
  readonly dataDirectory: string;
  readonly runtimeApi: SandboxFacingRuntimeApi;
  /**
   * Network of the sandboxes, created when missing. `bridge` is Docker's default network: starts
   * are some 50 ms faster there, but functions reach each other's ports.
   */
  readonly network: string;
  readonly images: ImageOptions;
  /** Translates a path of the executor to one of the engine's host; absent where they are the same. */
  readonly toHostPath?: (path: string) => string;
  /** Where the host's cgroup file system can be read (`/sys/fs/cgroup`, `/host/cgroup` in compose); empty: nowhere. */
  readonly cgroupRoot: string;
  /** How control and output travel; `auto` takes named pipes where engine and executor share a kernel. */
  readonly transport: "auto" | "fifo" | "attach";
  /** Processes and threads of one sandbox; AWS allows 1,024. */
  readonly pidsMax: number;
  /** Simultaneous short requests to the engine. */
  readonly requestsMax: number;
  readonly logger: Logger;
  readonly timers: Timers;
}

/** The Runtime API as sandboxes reach it. `port` is read when a sandbox is created. */
export interface SandboxFacingRuntimeApi {
  readonly port: number;
  /** IP address, or `host-gateway` (Docker Desktop); absent: the gateway of the network. */
  readonly host?: string;
}

/** Which images runtimes come from. */
export interface ImageOptions {
  /** Prefix of AWS's public images, `public.ecr.aws/lambda`. */
  readonly registry: string;
  /** Image per runtime name, such as `{"nodejs24.x": "my/node:24"}`. */
  readonly overrides: Readonly<Record<string, string>>;
  /** Lambdock's own equivalents first, AWS's images only for runtimes without one. */
  readonly preferOwn: boolean;
  /** Run a function on the engine's architecture whatever its `Architectures` says. */
  readonly ignoreArchitecture: boolean;
  /** Region in the runtime version ARN. */
  readonly region: string;
}
