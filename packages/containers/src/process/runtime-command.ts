import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { RUNTIMES } from "../runtimes-directory.ts";
import { parseReference } from "./runtime-choice.ts";
import { parseRuntimeName } from "./runtime-family.ts";

/** Where the shell reports that a program is missing or can't be executed. */
export const STATUS_NOT_FOUND = 127;
export const STATUS_NOT_EXECUTABLE = 126;

/** What to start, or the status that a shell would give because it can't be started. */
export type RuntimeCommand =
  | { readonly kind: "run"; readonly program: string; readonly args: readonly string[] }
  | { readonly kind: "fails"; readonly status: number };

/** What a runtime process needs to know about its own client. */
export interface RuntimeClient {
  readonly family: "nodejs" | "python" | "provided";
  /** Directory of our client. */
  readonly directory: string;
  /** The interpreter's program; absent for `provided.*`. */
  readonly interpreter?: string;
}

/** The client behind a reference of this driver. */
export function runtimeClient(reference: string): RuntimeClient {
  const { runtime, interpreter } = parseReference(reference);
  const family = parseRuntimeName(runtime)?.kind ?? "provided";
  const directory = join(RUNTIMES, family);
  return family === "provided" ? { family, directory } : { family, directory, interpreter };
}

/** The command of a runtime; `provided.*` looks for `bootstrap` in the code, then in the layers. */
export function runtimeCommand(reference: string, task: string, layers: string): RuntimeCommand {
  const { directory, interpreter } = runtimeClient(reference);
  if (interpreter !== undefined) return { kind: "run", program: join(directory, "bootstrap"), args: [interpreter] };
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
