/**
 * The npm packages that our Node.js runtime carries, as AWS's does: the AWS SDK. What is carried is
 * what this workspace's package.json names of it, with everything those packages stand on.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** One npm package that a runtime carries. */
export interface RuntimePackage {
  /** Where it goes below `node_modules`: its name, or below another package where versions differ. */
  readonly path: string;
  /** Where it is on this machine. */
  readonly directory: string;
  readonly version: string;
}

const SDK_SCOPE = "@aws-sdk/";

interface Needed {
  readonly name: string;
  /** Directory of the package that needs it. */
  readonly from: string;
  /** Where that package was placed; absent for what the runtime itself names. */
  readonly below?: string;
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * The AWS SDK with all it needs, laid out so that Node finds for each package the version that it
 * finds here. `runtimesDirectory` is this workspace's `runtimes`; rejects when npm has not installed one.
 */
export async function sdkPackages(runtimesDirectory: string): Promise<readonly RuntimePackage[]> {
  const workspace = join(runtimesDirectory, "..");
  const { dependencies = {} } = await manifestOf(workspace);
  const names = Object.keys(dependencies).filter((name) => name.startsWith(SDK_SCOPE));
  const placed = new Map<string, RuntimePackage>();
  const waiting: Needed[] = names.map((name) => ({ name, from: workspace }));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const directory = packageDirectory(next.from, next.name);
    const path = freePath(placed, next, directory);
    if (path === undefined) continue;
    const { version, dependencies: needed = {} } = await manifestOf(directory);
    placed.set(path, { path, directory, version });
    waiting.push(...Object.keys(needed).map((name) => ({ name, from: directory, below: path })));
  }
  return [...placed.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** A package without those it depends on. */
export async function singlePackage(runtimesDirectory: string, name: string): Promise<RuntimePackage> {
  const directory = packageDirectory(runtimesDirectory, name);
  const { version } = await manifestOf(directory);
  return { path: name, directory, version };
}

/** At the top, where all see it; below the package that needs it when another version is there. `undefined`: it is placed. */
function freePath(placed: ReadonlyMap<string, RuntimePackage>, { name, below }: Needed, directory: string): string | undefined {
  const top = placed.get(name);
  if (top === undefined) return name;
  if (top.directory === directory || below === undefined) return undefined;
  const nested = `${below}/node_modules/${name}`;
  return placed.has(nested) ? undefined : nested;
}

/** Finds a package as Node does: in node_modules of this directory or one above. */
function packageDirectory(from: string, name: string): string {
  for (let directory = from; ; directory = dirname(directory)) {
    const candidate = join(directory, "node_modules", name);
    if (existsSync(candidate)) return candidate;
    if (directory === dirname(directory)) throw new Error(`npm package ${name} is not installed: run npm install`);
  }
}

async function manifestOf(directory: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(directory, "package.json"), "utf8")) as Manifest;
}
