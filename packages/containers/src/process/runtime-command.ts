import { accessSync, constants, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseReference } from "./runtime-choice.ts";
import { parseRuntimeName } from "./runtime-family.ts";

/** Where the shell reports that a program is missing or can't be executed. */
export const STATUS_NOT_FOUND = 127;
export const STATUS_NOT_EXECUTABLE = 126;

const RUNTIMES = fileURLToPath(new URL("../../runtimes/", import.meta.url));

/** What to start, or the status that a shell would give because it can't be started. */
export type RuntimeCommand =
  | { readonly kind: "run"; readonly program: string; readonly args: readonly string[] }
  | { readonly kind: "fails"; readonly status: number };

/** Directories of a runtime: of our client, and of its interpreter. */
export interface RuntimeDirectories {
  readonly runtime: string;
  readonly interpreter?: string;
  /** Our own clients frame their log records on this descriptor. */
  readonly framesLogs: boolean;
}

export function runtimeDirectories(reference: string): RuntimeDirectories {
  const { runtime, interpreter } = parseReference(reference);
  const family = parseRuntimeName(runtime)?.kind ?? "provided";
  const client = join(RUNTIMES, family);
  return family === "provided" ? { runtime: client, framesLogs: false } : { runtime: client, interpreter: dirname(interpreter), framesLogs: true };
}

/** The command of a runtime; `provided.*` looks for `bootstrap` in the code, then in the layers. */
export function runtimeCommand(reference: string, task: string, layers: string): RuntimeCommand {
  const { interpreter } = parseReference(reference);
  const directories = runtimeDirectories(reference);
  if (directories.interpreter !== undefined) return { kind: "run", program: join(directories.runtime, "bootstrap"), args: [interpreter] };
  const bootstrap = [join(task, "bootstrap"), join(layers, "bootstrap")].find(isFile);
  if (bootstrap === undefined) return { kind: "fails", status: STATUS_NOT_FOUND };
  return isExecutable(bootstrap) ? { kind: "run", program: bootstrap, args: [] } : { kind: "fails", status: STATUS_NOT_EXECUTABLE };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
