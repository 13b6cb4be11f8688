import { join } from "node:path";
import { SandboxUnavailable } from "../port.ts";
import type { PreparedRuntime, RuntimeSource, Sandbox, SandboxDriver, SandboxEvents, SandboxSpec } from "../port.ts";
import { createMemoryWatch } from "./memory-watch.ts";
import type { ProcessDriverOptions } from "./process-driver-options.ts";
import { ProcessSandbox } from "./process-sandbox.ts";
import { createRunDirectory, reapRunDirectories, removeRunDirectory } from "./run-directory.ts";
import { chooseRuntime } from "./runtime-choice.ts";

const RUN_DIRECTORY = "run";

/**
 * Sandboxes without Docker: every execution environment is a process group of this machine, with a
 * directory of its own for `/tmp`. What it can't give is said once, in a warning: isolation, CPU
 * shares, a limit on `/tmp`, and AWS's own paths.
 */
export function createProcessDriver(options: ProcessDriverOptions): SandboxDriver {
  const root = join(options.dataDirectory, RUN_DIRECTORY);
  const memoryWatch = createMemoryWatch();
  const choices = new Map<string, Promise<PreparedRuntime>>();
  const { runtimeApi, searchPath } = options;
  let warned = false;

  const warnOnce = (): void => {
    if (warned) return;
    warned = true;
    options.logger.warn("functions run as child processes of this machine: no isolation, no CPU share, no limit on /tmp, /var/task and /opt are elsewhere, and MemorySize is enforced by sampling; start Docker for the real thing");
  };
  return {
    kind: "process",
    prepareRuntime(source: RuntimeSource): Promise<PreparedRuntime> {
      if (source.kind === "image") {
        return Promise.reject(new SandboxUnavailable(`The container image ${source.imageUri} needs Docker, and no Docker engine answers: start Docker.`));
      }
      const known = choices.get(source.runtime);
      if (known !== undefined) return known;
      const choice = chooseRuntime(source.runtime, options);
      choices.set(source.runtime, choice);
      choice.catch(() => choices.delete(source.runtime)); // an interpreter may be installed meanwhile
      return choice;
    },
    async create(spec: SandboxSpec, events: SandboxEvents): Promise<Sandbox> {
      warnOnce();
      const directory = await createRunDirectory(root, spec.id);
      const address = await runtimeApi.openLoopback(spec.token).catch(async (error: unknown) => {
        await removeRunDirectory(directory);
        throw error;
      });
      const release = (): Promise<void> => runtimeApi.closeLoopback(spec.token);
      return new ProcessSandbox({ spec, events, directory, address, searchPath, memoryWatch, release });
    },
    reap: () => reapRunDirectories(root),
    ping() {
      if (process.platform !== "win32") return Promise.resolve();
      return Promise.reject(new SandboxUnavailable("Functions can't run as child processes on Windows: start Docker."));
    },
    close: () => Promise.resolve(),
  };
}
