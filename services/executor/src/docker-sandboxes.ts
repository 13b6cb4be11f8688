import { createHash } from "node:crypto";
import { createDockerDriver, type DockerDriver } from "@lambdock/containers/docker/docker-driver";
import { systemTimers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { engineSettings, ExecutorConfig } from "./config.ts";

/** What tells how functions run in containers, and from where. */
export interface DockerSandboxParts {
  readonly config: Pick<ExecutorConfig, keyof typeof engineSettings | "dataDirectory" | "functionsNetwork" | "cgroupRoot" | "region">;
  readonly logger: Logger;
  /** Asked for its port when a sandbox is made. */
  readonly runtimeApi: { readonly port: number };
  /** Where sandboxes reach it: an address, or `host-gateway` (Docker Desktop); absent: the gateway of their network. */
  readonly runtimeApiHost?: string;
  /** Translates our paths to the engine's; absent where they are the same. */
  readonly toHostPath?: (path: string) => string;
}

/** AWS allows so many processes and threads in one execution environment. */
const PIDS_MAX = 1_024;

/** The driver that makes sandboxes with the configured engine; it is not called yet. */
export function createDockerSandboxes(parts: DockerSandboxParts): DockerDriver {
  const { config, logger, runtimeApi, runtimeApiHost: host, toHostPath } = parts;
  const owner = ownerOf(toHostPath === undefined ? config.dataDirectory : toHostPath(config.dataDirectory));
  return createDockerDriver({
    connection: config.engine,
    owner,
    dataDirectory: config.dataDirectory,
    runtimeApi: {
      ...(host === undefined ? {} : { host }),
      get port() {
        return runtimeApi.port;
      },
    },
    network: config.functionsNetwork === "" ? `lambdock-${owner}` : config.functionsNetwork,
    images: {
      registry: config.runtimeRegistry,
      overrides: config.runtimeImages,
      preferOwn: config.preferOwnRuntimes,
      ignoreArchitecture: config.ignoreArchitecture,
      region: config.region,
    },
    ...(toHostPath === undefined ? {} : { toHostPath }),
    cgroupRoot: config.cgroupRoot,
    transport: "auto",
    pidsMax: PIDS_MAX,
    requestsMax: config.engineRequests,
    logger,
    timers: systemTimers,
  });
}

/** Two Lambdocks on one engine leave each other's containers alone: each is known by its data directory. */
function ownerOf(directory: string): string {
  return createHash("sha256").update(directory).digest("hex").slice(0, 16);
}
