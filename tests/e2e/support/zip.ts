import { once } from "node:events";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { ZipFile } from "yazl";

const FUNCTIONS = new URL("../fixtures/functions/", import.meta.url).pathname;
/** A fixed time keeps the same content's zip, and so its SHA-256, the same. */
const MTIME = new Date("2026-01-01T00:00:00Z");

/** One file of a package: its text or bytes, and `mode` when it shall be executable. */
export interface PackagedFile {
  readonly content: string | Uint8Array;
  readonly mode?: number;
}

/** Zips files given by their path in the package. */
export async function zipOf(files: Readonly<Record<string, string | Uint8Array | PackagedFile>>): Promise<Uint8Array> {
  const zip = new ZipFile();
  for (const [path, file] of Object.entries(files)) {
    const { content, mode } = typeof file === "string" || file instanceof Uint8Array ? { content: file, mode: undefined } : file;
    zip.addBuffer(Buffer.from(content), path, { mtime: MTIME, mode: mode ?? 0o100644 });
  }
  return finished(zip);
}

/** Zips the fixture function of that name (a folder of fixtures/functions), keeping file modes. */
export async function zipFixture(name: string): Promise<Uint8Array> {
  const root = join(FUNCTIONS, name);
  const zip = new ZipFile();
  for (const file of await filesUnder(root)) {
    const { mode } = await stat(file);
    zip.addBuffer(await readFile(file), relative(root, file), { mtime: MTIME, mode });
  }
  return finished(zip);
}

async function filesUnder(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (files.length === 0) throw new Error(`${root} holds no files`);
  return files.sort();
}

async function finished(zip: ZipFile): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  zip.outputStream.on("data", (chunk: Buffer) => chunks.push(chunk));
  const end = once(zip.outputStream, "end");
  zip.end();
  await end;
  return Buffer.concat(chunks);
}
