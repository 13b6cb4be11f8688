import { chmod, copyFile, link, mkdir, readdir, readlink, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { forEachBounded } from "./bounded.ts";
import { overlay, type LayerFile, type LayerTree } from "./layer-tree.ts";
import { DIRECTORY_MODE, hasCode } from "./staged-directory.ts";

const PARALLEL = 16;

/** Fills an empty directory with these unpacked layers, later ones over earlier ones, by hard links. */
export async function mergeLayers(layers: readonly string[], directory: string): Promise<void> {
  let merged: LayerTree = new Map();
  for (const layer of layers) merged = overlay(merged, await readTree(layer));
  const files: { readonly file: LayerFile; readonly path: string }[] = [];
  const directories = await makeDirectories(merged, directory, (file, path) => files.push({ file, path }));
  await forEachBounded(files, PARALLEL, ({ file, path }) => place(file, path));
  for (const path of directories.toReversed()) await chmod(path, DIRECTORY_MODE);
}

async function readTree(directory: string): Promise<LayerTree> {
  const tree: LayerTree = new Map();
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const source = join(directory, entry.name);
    if (entry.isDirectory()) tree.set(entry.name, await readTree(source));
    else tree.set(entry.name, { kind: entry.isSymbolicLink() ? "symlink" : "file", source });
  }
  return tree;
}

async function makeDirectories(tree: LayerTree, directory: string, onFile: (file: LayerFile, path: string) => void): Promise<string[]> {
  const made: string[] = [];
  for (const [name, node] of tree) {
    const path = join(directory, name);
    if (!(node instanceof Map)) {
      onFile(node, path);
      continue;
    }
    await mkdir(path, { mode: 0o755 });
    made.push(path, ...(await makeDirectories(node, path, onFile)));
  }
  return made;
}

async function place(file: LayerFile, path: string): Promise<void> {
  if (file.kind === "symlink") return await symlink(await readlink(file.source), path);
  try {
    await link(file.source, path);
  } catch (error) {
    // Some file systems (shared folders of a virtual machine) have no hard links.
    if (!hasCode(error, "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "EXDEV", "ENOSYS")) throw error;
    await copyFile(file.source, path);
    await chmod(path, (await stat(file.source)).mode & 0o777);
  }
}
