import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { chmod, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * Directories that are there as a whole or not at all. They are made under a name that nobody
 * looks for, beside their final one, and renamed: of several processes that race one wins, and a
 * process that is killed leaves only a stage, which the next sweep clears away.
 */

const STAGE_PREFIX = ".stage-";
const TRASH_PREFIX = ".trash-";
/** A stage that has not changed for this long has lost its maker. */
const ABANDONED_MS = 3_600_000;

/** Modes inside the store: files keep theirs, directories are for reading. */
export const DIRECTORY_MODE = 0o555;

/** A new name in that directory for something half done. */
export async function stageIn(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true, mode: 0o755 });
  return join(parent, `${STAGE_PREFIX}${randomBytes(12).toString("hex")}`);
}

/** Makes `parent/name` with `fill`, once; answers its path. A racing process's result is as good as ours. */
export async function makeDirectoryOnce(parent: string, name: string, fill: (stage: string) => Promise<void>): Promise<string> {
  const target = join(parent, name);
  if (await exists(target)) return target;
  const stage = await stageIn(parent);
  try {
    await mkdir(stage, { mode: 0o755 });
    await fill(stage);
    await chmod(stage, DIRECTORY_MODE);
    await renameUnlessThere(stage, target);
  } catch (error) {
    await removeTree(stage);
    throw error;
  }
  return target;
}

async function renameUnlessThere(stage: string, target: string): Promise<void> {
  try {
    await rename(stage, target);
  } catch (error) {
    if (!hasCode(error, "ENOTEMPTY", "EEXIST")) throw error;
    await removeTree(stage);
  }
}

/** True when there is something of that name. */
export async function exists(path: string): Promise<boolean> {
  return (await statusOf(path)) !== undefined;
}

/** Takes `parent/name` away at once (readers see all of it or nothing) and then deletes it. Absent is fine. */
export async function removeWhole(parent: string, name: string): Promise<void> {
  const trash = join(parent, `${TRASH_PREFIX}${randomBytes(12).toString("hex")}`);
  try {
    await rename(join(parent, name), trash);
  } catch (error) {
    return rethrowUnless(error, "ENOENT");
  }
  await removeTree(trash);
}

/** Finished entries of a directory of the store; none when it does not exist yet. */
export async function finishedNames(parent: string): Promise<readonly string[]> {
  return (await names(parent)).filter((name) => !name.startsWith("."));
}

/** Deletes what killed processes left half made or half deleted. */
export async function clearAbandoned(parent: string, now: number): Promise<void> {
  for (const name of await names(parent)) {
    const path = join(parent, name);
    if (name.startsWith(TRASH_PREFIX)) await removeTree(path);
    if (!name.startsWith(STAGE_PREFIX)) continue;
    const status = await statusOf(path);
    if (status !== undefined && now - status.mtimeMs > ABANDONED_MS) await removeTree(path);
  }
}

async function names(parent: string): Promise<readonly string[]> {
  try {
    return await readdir(parent);
  } catch (error) {
    rethrowUnless(error, "ENOENT");
    return [];
  }
}

/** Deletes a tree whose directories may be read-only. */
async function removeTree(path: string): Promise<void> {
  if (process.getuid?.() !== 0) await makeWritable(path);
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

async function makeWritable(path: string): Promise<void> {
  const status = await statusOf(path);
  if (status?.isDirectory() !== true) return;
  await chmod(path, 0o755);
  for (const entry of await readdir(path, { withFileTypes: true })) if (entry.isDirectory()) await makeWritable(join(path, entry.name));
}

async function statusOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    rethrowUnless(error, "ENOENT");
    return undefined;
  }
}

function rethrowUnless(error: unknown, ...codes: readonly string[]): void {
  if (!hasCode(error, ...codes)) throw error;
}

/** True for a system error with one of these codes, such as `ENOENT`. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return typeof error === "object" && error !== null && "code" in error && codes.includes(String(error.code));
}
