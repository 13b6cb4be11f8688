import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pack } from "tar-stream";

/** One file of a build context. */
export interface ContextFile {
  readonly path: string;
  readonly mode: number;
  readonly content: Buffer;
}

/** npm packages of a runtime family, copied into its image from our own node_modules. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = { nodejs: ["aws-lambda-ric", "aws-lambda-ric-3"] };
/** Sources of native parts that we replace, and what only their build needs. */
const LEFT_OUT = new Set(["deps", "src", "scripts", "bin", "node_modules", "__pycache__"]);

/** The Dockerfile of a family, its runtime client and the client's packages. */
export async function runtimeContext(runtimesDirectory: string, family: string): Promise<ContextFile[]> {
  const dockerfile = await readFile(join(runtimesDirectory, "images", `${family}.Dockerfile`));
  const client = join(runtimesDirectory, family);
  const files = existsSync(client) ? await filesBelow(client, "runtime") : [];
  for (const name of PACKAGES[family] ?? []) {
    files.push(...(await filesBelow(packageDirectory(runtimesDirectory, name), `runtime/node_modules/${name}`)));
  }
  return [{ path: "Dockerfile", mode: 0o644, content: dockerfile }, ...files];
}

/** Changes whenever anything in the context does. */
export function contextDigest(files: readonly ContextFile[], ...also: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file.path}\0${file.mode}\0${file.content.length}\0`).update(file.content);
  return hash.update(also.join("\0")).digest("hex");
}

/** The context as the tar stream that the engine's build takes. */
export function contextStream(files: readonly ContextFile[]): Readable {
  const tar = pack();
  for (const { path, mode, content } of files) tar.entry({ name: path, mode, mtime: new Date(0) }, content);
  tar.finalize();
  return Readable.from(tar);
}

async function filesBelow(directory: string, prefix: string): Promise<ContextFile[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter((entry) => !LEFT_OUT.has(entry.name))
      .map(async (entry): Promise<ContextFile[]> => {
        const path = join(directory, entry.name);
        const name = `${prefix}/${entry.name}`;
        if (entry.isDirectory()) return filesBelow(path, name);
        if (!entry.isFile()) return [];
        return [{ path: name, mode: (await stat(path)).mode & 0o111 ? 0o755 : 0o644, content: await readFile(path) }];
      }),
  );
  return files.flat().sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** Finds a package as Node does: in node_modules of this directory or one above. */
function packageDirectory(from: string, name: string): string {
  for (let directory = from; ; directory = dirname(directory)) {
    const candidate = join(directory, "node_modules", name);
    if (existsSync(candidate)) return candidate;
    if (directory === dirname(directory)) throw new Error(`npm package ${name} is not installed: run npm install`);
  }
}
