import { chmod, mkdir, open, symlink } from "node:fs/promises";
import { join } from "node:path";
import { forEachBounded } from "./bounded.ts";
import { DIRECTORY_MODE } from "./staged-directory.ts";
import { checkDirectory, type CheckedPlan } from "./zip-check.ts";
import { readContent } from "./zip-content.ts";
import type { PlannedFile } from "./zip-plan.ts";
import { asZipRejection } from "./zip-rejection.ts";
import { fileSource, type ZipSource } from "./zip-source.ts";

/** Files on their way to the disk at once. */
const PARALLEL = 16;

/** Unpacks a zip into an empty directory, with every check again: the file may have changed since it was stored. */
export async function unpackZip(zipPath: string, directory: string): Promise<void> {
  const handle = await open(zipPath, "r");
  try {
    const source = await fileSource(handle);
    await writePlan(source, await checkDirectory(source), directory);
  } catch (error) {
    throw asZipRejection(error);
  } finally {
    await handle.close();
  }
}

async function writePlan(source: ZipSource, plan: CheckedPlan, directory: string): Promise<void> {
  for (const components of plan.directories) await mkdir(join(directory, ...components), { mode: 0o755 });
  const files = plan.files.filter((file) => file.kind === "file");
  await forEachBounded(files, PARALLEL, (file) => writeFileOf(source, file, directory));
  // Links come last: nothing is ever written through one.
  for (const [path, target] of plan.links) await symlink(target, join(directory, path));
  for (const components of plan.directories.toReversed()) await chmod(join(directory, ...components), DIRECTORY_MODE);
}

async function writeFileOf(source: ZipSource, file: PlannedFile, directory: string): Promise<void> {
  const handle = await open(join(directory, ...file.components), "wx", 0o600);
  try {
    await readContent(source, file.entry, async (piece) => {
      for (let written = 0; written < piece.length;) written += (await handle.write(piece, written)).bytesWritten;
    });
    // Not at open: the process's umask would take bits away.
    await handle.chmod(file.mode);
  } finally {
    await handle.close();
  }
}
