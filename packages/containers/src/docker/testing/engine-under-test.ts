import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "@jest/globals";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import { createDockerDriver, type DockerDriver } from "../docker-driver.ts";
import type { DockerDriverOptions } from "../docker-options.ts";
import { createEngine, parseEngineAddress, type EngineConnection } from "../engine.ts";

/** The engine that the tests use: the machine's own, or the one that DOCKER_HOST names. */
export const connection: EngineConnection = parseEngineAddress(process.env["DOCKER_HOST"] ?? "/var/run/docker.sock") ?? {
  socketPath: "/var/run/docker.sock",
};

/** Whether an engine answers. In CI one must. */
const engineAnswers: boolean = await askEngine();

/** `describe` for tests that need an engine: skipped, and loudly, where none answers. */
export const describeWithEngine: typeof describe | typeof describe.skip = engineAnswers ? describe : describe.skip;

/** A driver with the defaults of `npm start`; each owner has a data directory of its own. */
export function makeDockerDriver(
  runtimeApi: { readonly port: number },
  owner: string,
  different: Partial<DockerDriverOptions> = {},
): DockerDriver {
  return createDockerDriver({
    connection,
    owner: `test-${process.pid}-${owner}`,
    dataDirectory: dataDirectoryOf(owner),
    runtimeApi,
    network: "lambdock-test",
    images: { registry: "public.ecr.aws/lambda", overrides: {}, preferOwn: true, ignoreArchitecture: false, region: "us-east-1" },
    cgroupRoot: "/sys/fs/cgroup",
    transport: "auto",
    pidsMax: 1_024,
    requestsMax: 16,
    logger: createLogger("containers", "warn"),
    timers: systemTimers,
    ...different,
  });
}

const directories = new Map<string, string>();
process.once("exit", () => {
  for (const directory of directories.values()) rmSync(directory, { recursive: true, force: true });
});

function dataDirectoryOf(owner: string): string {
  const directory = directories.get(owner) ?? mkdtempSync(join(tmpdir(), "lambdock-docker-"));
  directories.set(owner, directory);
  return directory;
}

async function askEngine(): Promise<boolean> {
  const engine = createEngine(connection, 1);
  try {
    await engine.facts();
    return true;
  } catch (error) {
    if (process.env["CI"] === "true") throw new Error("CI needs a Docker engine, and none answers", { cause: error });
    console.warn("SKIPPED: these tests need a Docker engine, and none answers");
    return false;
  } finally {
    engine.close();
  }
}
