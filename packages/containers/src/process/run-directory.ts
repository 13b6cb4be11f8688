import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { killGroup, killProcess } from "./process-kill.ts";
import { processesWithVariable, startOf } from "./process-table.ts";

/** The directory of one sandbox. */
export interface RunDirectory {
  readonly path: string;
  /** Stands for AWS's `/tmp`; its path also marks the sandbox's processes. */
  readonly temporary: string;
  /** Stands for `/opt` of a function without layers. */
  readonly noLayers: string;
  /** Named pipe of all output but that of extensions. */
  readonly output: string;
  readonly extensionOutput: string;
}

/** The directory that `/tmp` is translated to marks a sandbox's processes, wherever they moved. */
export const MARK_VARIABLE = "TMPDIR";
const PID_FILE = "pid";

export async function createRunDirectory(root: string, id: string): Promise<RunDirectory> {
  const directory = describe(root, id);
  await mkdir(directory.temporary, { recursive: true, mode: 0o700 });
  await mkdir(directory.noLayers, { mode: 0o700 });
  await promisify(execFile)("mkfifo", ["-m", "600", directory.output, directory.extensionOutput]);
  return directory;
}

export async function removeRunDirectory(directory: RunDirectory): Promise<void> {
  await rm(directory.path, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Calls back with the id of a sandbox whose directory somebody took away. Watching keeps no process
 * alive, and stops by itself when the system can't do it.
 */
export function watchRunDirectories(root: string, onTakenAway: (id: string) => void): () => void {
  mkdirSync(root, { recursive: true });
  const watcher = watch(root, { persistent: false }, (_event, id) => {
    if (id !== null && !existsSync(describe(root, id).output)) onTakenAway(id);
  });
  watcher.on("error", () => watcher.close());
  return () => watcher.close();
}

/** Writes down which process group is ours, for a later life that has to end it. */
export function recordGroup(directory: RunDirectory, pid: number): void {
  writeFileSync(join(directory.path, PID_FILE), `${pid} ${startOf(pid) ?? ""}\n`);
}

/** Ends and removes every sandbox below `root` but those of this life; answers how many there were. */
export async function reapRunDirectories(root: string, own: ReadonlySet<string>): Promise<number> {
  const ids = listDirectories(root).filter((id) => !own.has(id));
  for (const id of ids) {
    const directory = describe(root, id);
    killRecordedGroup(directory);
    killMarked(directory);
    await removeRunDirectory(directory);
  }
  return ids.length;
}

/** SIGKILLs the sandbox's processes, those too that left their group. */
export function killMarked(directory: RunDirectory): void {
  for (const pid of processesWithVariable(MARK_VARIABLE, directory.temporary)) killProcess(pid);
}

/** The id of the group may be somebody else's by now: only the process that was recorded counts. */
function killRecordedGroup(directory: RunDirectory): void {
  const [pid, ...start] = readPidFile(directory).trim().split(" ");
  if (pid && start.length > 0 && startOf(Number(pid)) === start.join(" ")) killGroup(Number(pid));
}

function readPidFile(directory: RunDirectory): string {
  try {
    return readFileSync(join(directory.path, PID_FILE), "utf8");
  } catch {
    return ""; // no process was ever started in it
  }
}

function listDirectories(root: string): readonly string[] {
  try {
    return readdirSync(root);
  } catch {
    return []; // nothing ran here yet
  }
}

function describe(root: string, id: string): RunDirectory {
  const path = join(root, id);
  return {
    path,
    temporary: join(path, "tmp"),
    noLayers: join(path, "opt"),
    output: join(path, "output"),
    extensionOutput: join(path, "extension-output"),
  };
}
