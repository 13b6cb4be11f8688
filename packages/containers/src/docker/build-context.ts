import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pack, type Pack } from "tar-stream";
import { sdkPackages, singlePackage, type RuntimePackage } from "../runtime-packages.ts";

/** One file of a build context. */
export interface ContextFile {
  readonly path: string;
  readonly mode: number;
  readonly content: Buffer;
}

/** What an image is built from: its own files, and npm packages, which are read only when it is built. */
export interface BuildContext {
  readonly files: readonly ContextFile[];
  readonly packages: readonly RuntimePackage[];
}

/** AWS's runtime interface client, in the versions that our own client chooses from. */
const INTERFACE_CLIENTS = ["aws-lambda-ric", "aws-lambda-ric-3"];
/** What a family's Dockerfile runs. */
const SCRIPTS: Readonly<Record<string, readonly string[]>> = { python: ["install-boto3.sh"] };
/** Sources of native parts that we replace and what only their build needs; of the SDK, what Node never loads. */
const LEFT_OUT = new Set(["deps", "src", "scripts", "bin", "node_modules", "__pycache__", "dist-es", "dist-types"]);
/** What Node loads of a package, and what its licence asks to be kept with it. */
const KEPT_OF_PACKAGES = /\.(?:[cm]?js|json)$|^(?:LICEN[CS]E|NOTICE|THIRD-PARTY)/i;

/** The Dockerfile of a family, its runtime client and the packages that it carries. */
export async function runtimeContext(runtimesDirectory: string, family: string): Promise<BuildContext> {
  const images = join(runtimesDirectory, "images");
  const scripts = (SCRIPTS[family] ?? []).map((name) => contextFile(join(images, name), name));
  const client = join(runtimesDirectory, family);
  const files = existsSync(client) ? await filesBelow(client, "runtime") : [];
  return {
    files: [await contextFile(join(images, `${family}.Dockerfile`), "Dockerfile"), ...(await Promise.all(scripts)), ...files],
    packages: family === "nodejs" ? await nodejsPackages(runtimesDirectory) : [],
  };
}

/** Changes whenever a file of ours does, or the version of a package. */
export function contextDigest({ files, packages }: BuildContext, ...also: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file.path}\0${file.mode}\0${file.content.length}\0`).update(file.content);
  for (const { path, version } of packages) hash.update(`${path}\0${version}\0`);
  return hash.update(also.join("\0")).digest("hex");
}

/** The context as the tar stream that the engine's build takes. */
export function contextStream(context: BuildContext): Readable {
  const tar = pack();
  fill(tar, context).then(
    () => tar.finalize(),
    (error: unknown) => tar.destroy(error as Error),
  );
  return Readable.from(tar);
}

/** The files of a package that an image gets. */
export async function packageFiles({ path, directory }: RuntimePackage): Promise<ContextFile[]> {
  return filesBelow(directory, `node_modules/${path}`, KEPT_OF_PACKAGES);
}

async function nodejsPackages(runtimesDirectory: string): Promise<readonly RuntimePackage[]> {
  const clients = INTERFACE_CLIENTS.map((name) => singlePackage(runtimesDirectory, name));
  return [...(await Promise.all(clients)), ...(await sdkPackages(runtimesDirectory))];
}

async function fill(tar: Pack, { files, packages }: BuildContext): Promise<void> {
  for (const file of files) await add(tar, file);
  for (const one of packages) for (const file of await packageFiles(one)) await add(tar, file);
}

function add(tar: Pack, { path, mode, content }: ContextFile): Promise<void> {
  return new Promise((resolve, reject) => {
    tar.entry({ name: path, mode, mtime: new Date(0) }, content, (error) => (error ? reject(error) : resolve()));
  });
}

async function filesBelow(directory: string, prefix: string, kept = /./): Promise<ContextFile[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter((entry) => !LEFT_OUT.has(entry.name))
      .map(async (entry): Promise<ContextFile[]> => {
        const path = join(directory, entry.name);
        const name = `${prefix}/${entry.name}`;
        if (entry.isDirectory()) return filesBelow(path, name, kept);
        if (!entry.isFile() || !kept.test(entry.name)) return [];
        return [await contextFile(path, name)];
      }),
  );
  return files.flat().sort((one, other) => (one.path < other.path ? -1 : 1));
}

async function contextFile(file: string, path: string): Promise<ContextFile> {
  return { path, mode: (await stat(file)).mode & 0o111 ? 0o755 : 0o644, content: await readFile(file) };
}
