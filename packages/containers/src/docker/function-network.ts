import { createHash } from "node:crypto";
import type Docker from "dockerode";
import { SandboxUnavailable } from "../port.ts";
import { reasonOf, statusOf } from "./engine-errors.ts";
import type { Engine } from "./engine.ts";
import { LABEL_PURPOSE } from "./labels.ts";

/** The network of the sandboxes. */
export interface FunctionNetwork {
  readonly name: string;
  readonly id: string;
  /** The engine's host as the sandboxes see it. */
  readonly gateway: string;
}

/** For a network that another executor is making: milliseconds between looks, and in all. */
const OTHERS_MS = 50;
const OTHERS_MS_MAX = 10_000;

/**
 * Finds the network or creates it: a bridge with a route to the internet, as a function without a
 * VPC has on AWS, on which sandboxes can't reach each other.
 */
export async function ensureFunctionNetwork(engine: Engine, name: string): Promise<FunctionNetwork> {
  const found = (await find(engine, name)) ?? (await create(engine, name));
  const gateway = found.IPAM?.Config?.map(gatewayOf).find((address) => address !== undefined);
  if (gateway === undefined) {
    throw new SandboxUnavailable(
      `Docker network ${name} has no IPv4 gateway: remove it (docker network rm ${name}) and Lambdock creates a fitting one.`,
    );
  }
  return { name, id: found.Id, gateway };
}

/** Removes the network if Lambdock made it and nobody uses it any more. */
export async function removeFunctionNetwork(engine: Engine, name: string): Promise<void> {
  const found = await find(engine, name);
  if (found?.Labels?.[LABEL_PURPOSE] !== "network") return;
  await removeUnused(engine, found.Id);
}

/** Docker doesn't always name the gateway of its default network; it is the subnet's first address. */
function gatewayOf({
  Gateway: gateway,
  Subnet: subnet,
}: {
  readonly Gateway?: string | undefined;
  readonly Subnet?: string | undefined;
}): string | undefined {
  const named = gateway?.replace(/\/\d+$/, "");
  if (named !== undefined && named !== "") return named.includes(".") ? named : undefined;
  const base = /^(\d+\.\d+\.\d+\.)(\d+)\/\d+$/.exec(subnet ?? "");
  return base === null ? undefined : `${base[1]}${Number(base[2]) + 1}`;
}

/** Names are not unique in Docker: of several, everybody takes the oldest, so that one made later changes nobody's choice. */
async function find(engine: Engine, name: string): Promise<Docker.NetworkInspectInfo | undefined> {
  const alike = await engine.call((docker) => docker.listNetworks({ filters: { name: [name] } }));
  const same = alike.filter((network) => network.Name === name);
  return same.sort((one, other) => (ageKey(one) < ageKey(other) ? -1 : 1))[0];
}

function ageKey({ Created: created, Id: id }: Docker.NetworkInspectInfo): string {
  return `${created} ${id}`;
}

async function create(engine: Engine, name: string): Promise<Docker.NetworkInspectInfo> {
  await attemptCreate(engine, name);
  // Another executor's may be on its way, and is not listed before it is there.
  for (let waited = 0; waited < OTHERS_MS_MAX; waited += OTHERS_MS) {
    const found = await find(engine, name);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, OTHERS_MS));
  }
  throw new SandboxUnavailable(`Docker network ${name} was removed while Lambdock created it: try again.`);
}

async function attemptCreate(engine: Engine, name: string): Promise<void> {
  try {
    await engine.call((docker) =>
      docker.createNetwork({
        Name: name,
        Driver: "bridge",
        CheckDuplicate: true,
        Labels: { [LABEL_PURPOSE]: "network" },
        Options: { "com.docker.network.bridge.enable_icc": "false", "com.docker.network.bridge.name": bridgeOf(name) },
      }),
    );
  } catch (error) {
    // Exists by now, or begins to.
    if (statusOf(error) === 409 || /same bridge name/.test(reasonOf(error))) return;
    if (statusOf(error) === undefined) throw error;
    throw new SandboxUnavailable(
      `Docker could not create the network ${name} (${reasonOf(error)}): free an address range with "docker network prune", or name an existing network.`,
      "InternalError",
      { cause: error },
    );
  }
}

/** Of two networks of one name Docker may make both; of two with one bridge it never does. Interfaces have names of at most 15 characters. */
function bridgeOf(name: string): string {
  return `ldk${createHash("sha256").update(name).digest("hex").slice(0, 12)}`;
}

async function removeUnused(engine: Engine, id: string): Promise<void> {
  try {
    await engine.call((docker) => docker.getNetwork(id).remove());
  } catch (error) {
    // 403: in use; 404: gone.
    if (statusOf(error) !== 403 && statusOf(error) !== 404) throw error;
  }
}
