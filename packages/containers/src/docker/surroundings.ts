import { release } from "node:os";
import type { Engine } from "./engine.ts";
import { ensureFunctionNetwork } from "./function-network.ts";
import { findOwnContainer } from "./host-paths.ts";

/** How executor and sandboxes reach each other, worked out from where the executor runs. */
export interface Surroundings {
  /** Address on which the Runtime API should listen. */
  readonly listenAddress: string;
  /** For `SandboxFacingRuntimeApi.host`. */
  readonly runtimeApiHost: string;
  /** For `DockerDriverOptions.toHostPath`; absent when the paths are the same. */
  readonly toHostPath?: (path: string) => string;
}

/**
 * Three cases: the executor in a container of the same engine (its own address on the network),
 * on the engine's host (the network's gateway), on another kernel as with Docker Desktop
 * (`host-gateway`, which leads to the host's loopback).
 */
export async function surveySurroundings(engine: Engine, networkName: string, kernel = release()): Promise<Surroundings> {
  const network = await ensureFunctionNetwork(engine, networkName);
  const own = await findOwnContainer(engine);
  const address = own?.addressOn(networkName);
  if (own !== undefined && address !== undefined && address !== "") {
    return { listenAddress: "0.0.0.0", runtimeApiHost: address, toHostPath: own.toHostPath };
  }
  const { operatingSystem, kernelVersion } = await engine.facts();
  if (operatingSystem.includes("Docker Desktop") || kernelVersion !== kernel) return { listenAddress: "127.0.0.1", runtimeApiHost: "host-gateway" };
  return { listenAddress: network.gateway, runtimeApiHost: network.gateway };
}
