import { createHash } from "node:crypto";
import { createDockerDriver, type DockerDriver } from "@lambdock/containers/docker/docker-driver";
import type { DockerDriverOptions } from "@lambdock/containers/docker/docker-options";
import type { SandboxDriver } from "@lambdock/containers/port";
import { createProcessDriver } from "@lambdock/containers/process/process-driver";
import type { RuntimeApiServer } from "@lambdock/executor/runtime-api/server";
import { systemTimers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { EmbeddedConfig } from "./config.ts";

/** Where functions run, ready to make sandboxes. */
export interface Instances {
  readonly driver: SandboxDriver;
  /** For the banner. */
  readonly description: string;
  /** The machine as functions reach it: an address to listen on, and the host name that they use. */
  readonly host: { readonly listen: string; readonly name: string };
}

/** The engine is on the other side of a virtual machine: containers reach our loopback under a name of its own. */
const DESKTOP_HOST = "host.docker.internal";

/**
 * Docker if an engine answers, else child processes; or what the setting says. The Runtime API
 * listens where these functions can reach it, and nobody else. Rejects with SandboxUnavailable
 * when Docker was demanded and does not answer.
 */
export async function chooseInstances(
  config: EmbeddedConfig,
  parts: { readonly runtimeApi: RuntimeApiServer; readonly logger: Logger },
): Promise<Instances> {
  if (config.instances === "process") return await childProcesses(config, parts, "child processes");
  const driver = dockerDriver(config, parts, {});
  try {
    await driver.engine.facts();
  } catch (error) {
    driver.engine.close();
    if (config.instances === "docker") throw error;
    return await childProcesses(config, parts, "child processes, because no Docker engine answers");
  }
  return await containers(config, parts, driver);
}

async function containers(config: EmbeddedConfig, parts: Parameters<typeof chooseInstances>[1], driver: DockerDriver): Promise<Instances> {
  const description = `Docker containers (${driver.engine.address})`;
  const { gateway } = await driver.network();
  if (await listensOn(parts.runtimeApi, gateway)) return { driver, description, host: { listen: gateway, name: gateway } };
  driver.engine.close();
  await parts.runtimeApi.listen(["127.0.0.1"], 0);
  return { driver: dockerDriver(config, parts, { host: "host-gateway" }), description, host: { listen: "127.0.0.1", name: DESKTOP_HOST } };
}

/** False when the address is not of this machine, as with Docker Desktop. */
async function listensOn(runtimeApi: RuntimeApiServer, address: string): Promise<boolean> {
  try {
    await runtimeApi.listen([address], 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRNOTAVAIL") return false;
    throw error;
  }
}

async function childProcesses(
  config: EmbeddedConfig,
  { runtimeApi, logger }: Parameters<typeof chooseInstances>[1],
  description: string,
): Promise<Instances> {
  const { dataDirectory, interpreters, searchPath, region } = config;
  const driver = createProcessDriver({ dataDirectory, runtimeApi, interpreters, searchPath, region, logger });
  await driver.ping();
  return { driver, description, host: { listen: "127.0.0.1", name: "127.0.0.1" } };
}

function dockerDriver(
  config: EmbeddedConfig,
  { runtimeApi, logger }: Parameters<typeof chooseInstances>[1],
  reach: { readonly host?: string },
): DockerDriver {
  // Two Lambdocks on one engine leave each other's containers alone.
  const owner = createHash("sha256").update(config.dataDirectory).digest("hex").slice(0, 16);
  const options: DockerDriverOptions = {
    connection: config.engine,
    owner,
    dataDirectory: config.dataDirectory,
    runtimeApi: {
      ...reach,
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
    cgroupRoot: config.cgroupRoot,
    transport: "auto",
    pidsMax: 1_024,
    requestsMax: config.engineRequests,
    logger,
    timers: systemTimers,
  };
  return createDockerDriver(options);
}
