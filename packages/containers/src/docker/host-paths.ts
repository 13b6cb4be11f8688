import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { SandboxUnavailable } from "../port.ts";
import { statusOf } from "./engine-errors.ts";
import type { Engine } from "./engine.ts";

/** One mount of the executor's own container. */
export interface OwnMount {
  /** On the engine's host. */
  readonly source: string;
  /** In the executor. */
  readonly destination: string;
}

/** The container that the executor itself runs in. */
export interface OwnContainer {
  readonly id: string;
  /** Host path of an executor's path; throws SandboxUnavailable for one that is on no mount. */
  readonly toHostPath: (path: string) => string;
  /** The executor's address on a network; `undefined` when it isn't on it. */
  readonly addressOn: (network: string) => string | undefined;
}

/** What the engine knows of the container that we run in; `undefined` when we don't run in one of its containers. */
export async function findOwnContainer(engine: Engine, id = ownContainerId()): Promise<OwnContainer | undefined> {
  if (id === undefined) return undefined;
  try {
    const info = await engine.call((docker) => docker.getContainer(id).inspect());
    const mounts = info.Mounts.map((mount) => ({ source: mount.Source, destination: mount.Destination }));
    return { id, toHostPath: hostPathMapper(mounts), addressOn: (network) => info.NetworkSettings.Networks[network]?.IPAddress };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Translates by the innermost mount that holds the path: a volume's directory on the host is its mount's source. */
export function hostPathMapper(mounts: readonly OwnMount[]): (path: string) => string {
  const innermostFirst = [...mounts].sort((one, other) => other.destination.length - one.destination.length);
  return (path) => {
    const wanted = posix.normalize(path);
    const mount = innermostFirst.find(
      ({ destination }) => wanted === destination || wanted.startsWith(`${destination.replace(/\/$/, "")}/`),
    );
    if (mount === undefined) {
      throw new SandboxUnavailable(
        `${path} is in the executor's container only, so functions can't be given it: put Lambdock's data directory on a volume.`,
      );
    }
    return posix.join(mount.source, posix.relative(mount.destination, wanted));
  };
}

/** Docker mounts every container's hostname file from a directory named by the container's id. */
export function ownContainerId(mountInfo = readMountInfo()): string | undefined {
  return /\/containers\/([0-9a-f]{64})\/(?:hostname|hosts|resolv\.conf)\b/.exec(mountInfo)?.[1];
}

function readMountInfo(): string {
  try {
    return readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return ""; // no Linux, so no container
  }
}
