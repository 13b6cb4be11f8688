/** What all figures of the group share. */
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipOf } from "../zip.mjs";

export const GROUP = "sync";
/** One vCPU: what is compared is the machinery, not the CPU share of a small function. */
export const MEMORY_MEGABYTES = 1_769;
export const PAYLOAD = JSON.stringify({ orderId: 7, note: "a small event" });

/** A benchmark function's code. */
export const source = (name) => readFile(new URL(`../functions/${name}.mjs`, import.meta.url));

/** Its zip. */
export const zipped = async (name) => zipOf({ "index.mjs": await source(name) });

/** Unpacked functions for the floors to mount, readable by any user. */
export async function functionFolders() {
  const root = await mkdtemp(join(tmpdir(), "lambdock-bench-"));
  await chmod(root, 0o755);
  const folders = { remove: () => rm(root, { recursive: true, force: true }) };
  for (const name of ["warm", "cold"]) {
    folders[name] = await mkdtemp(join(root, `${name}-`));
    await chmod(folders[name], 0o755);
    await writeFile(join(folders[name], "index.mjs"), await source(name));
  }
  return folders;
}
