import { join } from "node:path";
import { SandboxUnavailable } from "../port.ts";
import type { PreparedRuntime, RuntimeSource, Sandbox, SandboxDriver, SandboxEvents, SandboxSpec } from "../port.ts";
import { createMemoryWatch } from "./memory-watch.ts";
import { createSdkLinks } from "./package-links.ts";
import type { ProcessDriverOptions } from "./process-driver-options.ts";
import { ProcessSandbox } from "./process-sandbox.ts";
import { createRunDirectory, reapRunDirectories, watchRunDirectories } from "./run-directory.ts";
import { chooseRuntime } from "./runtime-choice.ts";

const RUN_DIRECTORY = "run";
const WHAT_IT_LACKS =
  "functions run as child processes of this machine: no isolation, no CPU share, no limit on /tmp, /var/task and /opt are elsewhere, and MemorySize is enforced by sampling; start Docker for the real thing";
/** Links to what the Node.js runtime carries; its name is what Node looks for. */
const PACKAGES_DIRECTORY = join("runtime", "node_modules");

/**
 * Sandboxes without Docker: every execution environment is a process group of this machine, with a
 * directory of its own for `/tmp`. What it can't give is said once, in a warning: isolation, CPU
 * shares, a limit on `/tmp`, and AWS's own paths.
 */
export function createProcessDriver(options: ProcessDriverOptions): SandboxDriver {
  const root = join(options.dataDirectory, RUN_DIRECTORY);
  const memoryWatch = createMemoryWatch();
  const choices = new Map<string, Promise<PreparedRuntime>>();
  const sandboxes = new Map<string, ProcessSandbox | undefined>();
  const { runtimeApi, searchPath } = options;
  const linkSdk = createSdkLinks(join(options.dataDirectory, PACKAGES_DIRECTORY));
  let stopWatching: (() => void) | undefined;

  const prepareOnce = (): void => {
    if (stopWatching !== undefined) return;
    stopWatching = watchRunDirectories(root, (id) => sandboxes.get(id)?.takenAway());
    options.logger.warn(WHAT_IT_LACKS);
  };
  return {
    kind: "process",
    prepareRuntime(source: RuntimeSource): Promise<PreparedRuntime> {
      if (source.kind === "image") {
        return Promise.reject(
          new SandboxUnavailable(`The container image ${source.imageUri} needs Docker, and no Docker engine answers: start Docker.`),
        );
      }
      const known = choices.get(source.runtime);
      if (known !== undefined) return known;
      const choice = chooseRuntime(source.runtime, options);
      choices.set(source.runtime, choice);
      choice.catch(() => choices.delete(source.runtime)); // an interpreter may be installed meanwhile
      return choice;
    },
    async create(spec: SandboxSpec, events: SandboxEvents): Promise<Sandbox> {
      prepareOnce();
      const packages = await linkSdk();
      const release = async (): Promise<void> => {
        sandboxes.delete(spec.id);
        await runtimeApi.closeLoopback(spec.token);
      };
      sandboxes.set(spec.id, undefined); // from here on its directory is ours, not left over
      try {
        const directory = await createRunDirectory(root, spec.id);
        const address = await runtimeApi.openLoopback(spec.token);
        const sandbox = new ProcessSandbox({ spec, events, directory, address, searchPath, packages, memoryWatch, release });
        sandboxes.set(spec.id, sandbox);
        return sandbox;
      } catch (error) {
        await release().catch(() => undefined);
        throw error;
      }
    },
    reap: () => reapRunDirectories(root, new Set(sandboxes.keys())),
    ping() {
      if (process.platform !== "win32") return Promise.resolve();
      return Promise.reject(new SandboxUnavailable("Functions can't run as child processes on Windows: start Docker."));
    },
    close() {
      stopWatching?.();
      return Promise.resolve();
    },
  };
}
