import { once } from "node:events";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ZipFile } from "yazl";
import { EndpointError } from "./lambda-api.ts";

/** Files by their path in the package. */
export type Files = Readonly<Record<string, Buffer>>;

/** A deployment package. */
export async function zipOf(files: Files): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [path, content] of Object.entries(files)) zip.addBuffer(content, path, { mode: 0o100755 });
  const chunks: Buffer[] = [];
  zip.outputStream.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = once(zip.outputStream, "end");
  zip.end();
  await ended;
  return Buffer.concat(chunks);
}

/** All files of a folder and of those in it. Rejects with EndpointError when there is none. */
export async function filesOf(folder: string): Promise<Files> {
  if (!(await stat(folder).catch(() => undefined))?.isDirectory())
    throw new EndpointError(`The folder ${folder} of the scenario does not exist.`);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (paths.length === 0) throw new EndpointError(`The folder ${folder} of the scenario is empty.`);
  const files = await Promise.all(paths.map(async (path) => [path.slice(folder.length + 1), await readFile(path)] as const));
  return Object.fromEntries(files);
}
