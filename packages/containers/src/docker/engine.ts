import http from "node:http";
import { inspect } from "node:util";
import Docker from "dockerode";
import { SandboxUnavailable } from "../port.ts";
import { isTransient, unreachable } from "./engine-errors.ts";

/** Where the Docker engine listens. */
export type EngineConnection = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** What the driver has to know about an engine. */
export interface EngineFacts {
  /** The first number of its version: 20 for 20.10.24. */
  readonly majorVersion: number;
  readonly operatingSystem: string;
  readonly kernelVersion: string;
  readonly cgroupVersion: string;
  readonly cgroupDriver: string;
  readonly cpus: number;
  /** As in image manifests: `amd64`, `arm64`. */
  readonly architecture: string;
  /** The engine can filter system calls, and does by default. */
  readonly seccomp: boolean;
}

/** One connection to a Docker engine: short requests are bounded and retried, streams are neither. */
export interface Engine {
  readonly address: string;
  /** For pulls, builds and attached streams, which last. */
  readonly streams: Docker;
  /** Runs a short request, retrying what passes by itself; rejects with SandboxUnavailable when nobody answers. */
  call<T>(request: (docker: Docker) => Promise<T>): Promise<T>;
  /** Asked once; asked again after a failure. */
  facts(): Promise<EngineFacts>;
  close(): void;
}

/** docker-modem takes an agent too; the types leave it out. */
type DockerOptions = Docker.DockerOptions & { readonly agent?: http.Agent };

const REQUEST_TIMEOUT_MS = 120_000;
const RETRY_DELAYS_MS = [50, 250, 1_000];

/** Reads `unix:///var/run/docker.sock`, `npipe:…`, `tcp://host:2375` or a plain socket path; `undefined` for anything else. */
export function parseEngineAddress(address: string): EngineConnection | undefined {
  const socket = /^(?:unix:\/\/|npipe:\/\/)?([/\\].+)$/.exec(address);
  if (socket?.[1] !== undefined) return { socketPath: socket[1] };
  const tcp = /^(?:tcp|http):\/\/([^/:]+):(\d+)\/?$/.exec(address);
  return tcp?.[1] === undefined ? undefined : { host: tcp[1], port: Number(tcp[2]) };
}

/**
 * docker-modem writes out all that an agent holds for each request, whether anybody reads it or not: every socket and
 * every request that waits, a second of work where dozens do.
 */
class EngineAgent extends http.Agent {
  [inspect.custom](): string {
    return "EngineAgent";
  }
}

/** Opens no connection yet: the first request does. */
export function createEngine(connection: EngineConnection, requestsMax: number): Engine {
  const address = "socketPath" in connection ? connection.socketPath : `${connection.host}:${connection.port}`;
  const agent = new EngineAgent({ keepAlive: true, maxSockets: requestsMax });
  // A host of undefined keeps docker-modem from preferring a DOCKER_HOST variable over our settings.
  const target = "socketPath" in connection ? { ...connection, host: undefined } : { ...connection, protocol: "http" as const };
  const docker = new Docker({ ...target, agent, timeout: REQUEST_TIMEOUT_MS } as DockerOptions);
  const streams = new Docker(target as DockerOptions);
  let facts: Promise<EngineFacts> | undefined;
  const call = <T>(request: (docker: Docker) => Promise<T>): Promise<T> => withRetries(() => request(docker), address);
  return {
    address,
    streams,
    call,
    facts() {
      facts ??= call(readFacts);
      facts.catch(() => (facts = undefined));
      return facts;
    },
    close: () => agent.destroy(),
  };
}

async function withRetries<T>(request: () => Promise<T>, address: string): Promise<T> {
  for (const delay of RETRY_DELAYS_MS) {
    try {
      return await request();
    } catch (error) {
      if (!isTransient(error)) throw unreachable(error, address) ?? error;
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
  return request().catch((error: unknown) => {
    throw unreachable(error, address) ?? error;
  });
}

/** The part of `GET /info` that we read. */
interface InfoAnswer {
  readonly ServerVersion: string;
  readonly OSType: string;
  readonly OperatingSystem: string;
  readonly KernelVersion: string;
  /** Absent before Docker 20.10. */
  readonly CgroupVersion?: string;
  readonly CgroupDriver: string;
  readonly NCPU: number;
  readonly Architecture: string;
  /** Such as `name=seccomp,profile=default`. */
  readonly SecurityOptions?: readonly string[];
}

async function readFacts(docker: Docker): Promise<EngineFacts> {
  const info = (await docker.info()) as InfoAnswer;
  if (info.OSType !== "linux") {
    throw new SandboxUnavailable(`Docker runs ${info.OSType} containers: switch it to Linux containers, which Lambda functions need.`);
  }
  const machine = info.Architecture;
  return {
    majorVersion: Number.parseInt(info.ServerVersion, 10),
    operatingSystem: info.OperatingSystem,
    kernelVersion: info.KernelVersion,
    cgroupVersion: info.CgroupVersion ?? "1",
    cgroupDriver: info.CgroupDriver,
    cpus: info.NCPU,
    architecture: machine === "x86_64" ? "amd64" : machine === "aarch64" ? "arm64" : machine,
    seccomp: info.SecurityOptions?.some((option) => /^name=seccomp,profile=(default|builtin)$/.test(option)) ?? false,
  };
}
