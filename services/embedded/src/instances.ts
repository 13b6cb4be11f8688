import type { DockerDriver } from "@lambdock/containers/docker/docker-driver";
import type { SandboxDriver } from "@lambdock/containers/port";
import { createProcessDriver } from "@lambdock/containers/process/process-driver";
import { createDockerSandboxes } from "@lambdock/executor/docker-sandboxes";
import type { RuntimeApiServer } from "@lambdock/executor/runtime-api/server";
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
  const driver = createDockerSandboxes({ config, ...parts });
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
  const throughDesktop = createDockerSandboxes({ config, ...parts, runtimeApiHost: "host-gateway" });
  return { driver: throughDesktop, description, host: { listen: "127.0.0.1", name: DESKTOP_HOST } };
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
