import type Docker from "dockerode";
import { SandboxUnavailable } from "../port.ts";
import { reasonOf, statusOf } from "./engine-errors.ts";
import type { Engine } from "./engine.ts";
import { LABEL_PURPOSE } from "./labels.ts";

/** The network of the sandboxes. */
export interface FunctionNetwork {
  readonly name: string;
  /** The engine's host as the sandboxes see it. */
  readonly gateway: string;
}

/** Docker's own network, which always exists. */
const DEFAULT_NETWORK = "bridge";

/**
 * Finds the network or creates it: a bridge with a route to the internet, as a function without a
 * VPC has on AWS, on which sandboxes can't reach each other.
 */
export async function ensureFunctionNetwork(engine: Engine, name: string): Promise<FunctionNetwork> {
  const found = (await inspect(engine, name)) ?? (await create(engine, name));
  const gateway = found.IPAM?.Config?.map(gatewayOf).find((address) => address !== undefined);
  if (gateway === undefined) {
    throw new SandboxUnavailable(`Docker network ${name} has no IPv4 gateway: remove it (docker network rm ${name}) and Lambdock creates a fitting one.`);
  }
  return { name, gateway };
}

/** Removes the network if Lambdock made it and nobody uses it any more. */
export async function removeFunctionNetwork(engine: Engine, name: string): Promise<void> {
  const found = await inspect(engine, name);
  if (found?.Labels?.[LABEL_PURPOSE] !== "network" || Object.keys(found.Containers ?? {}).length > 0) return;
  await engine.call((docker) => docker.getNetwork(found.Id).remove());
}

/** Docker doesn't always name the gateway of its default network; it is the subnet's first address. */
function gatewayOf({ Gateway: gateway, Subnet: subnet }: { readonly Gateway?: string | undefined; readonly Subnet?: string | undefined }): string | undefined {
  const named = gateway?.replace(/\/\d+$/, "");
  if (named !== undefined && named !== "") return named.includes(".") ? named : undefined;
  const base = /^(\d+\.\d+\.\d+\.)(\d+)\/\d+$/.exec(subnet ?? "");
  return base === null ? undefined : `${base[1]}${Number(base[2]) + 1}`;
}

async function inspect(engine: Engine, name: string): Promise<Docker.NetworkInspectInfo | undefined> {
  try {
    return (await engine.call((docker) => docker.getNetwork(name).inspect())) as Docker.NetworkInspectInfo;
  } catch (error) {
    if (statusOf(error) === 404 && name !== DEFAULT_NETWORK) return undefined;
    throw error;
  }
}

async function create(engine: Engine, name: string): Promise<Docker.NetworkInspectInfo> {
  try {
    await engine.call((docker) =>
      docker.createNetwork({
        Name: name,
        Driver: "bridge",
        CheckDuplicate: true,
        Labels: { [LABEL_PURPOSE]: "network" },
        Options: { "com.docker.network.bridge.enable_icc": "false" },
      }),
    );
  } catch (error) {
    // Another executor may have created it in between.
    if (statusOf(error) !== 409) {
      if (statusOf(error) === undefined) throw error;
      throw new SandboxUnavailable(`Docker could not create the network ${name} (${reasonOf(error)}): free an address range with "docker network prune", or name an existing network.`, "InternalError", { cause: error });
    }
  }
  const found = await inspect(engine, name);
  if (found === undefined) throw new SandboxUnavailable(`Docker network ${name} was removed while Lambdock created it: try again.`);
  return found;
}
