import { lstat, mkdir, readdir, readlink, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sdkPackages, type RuntimePackage } from "../runtime-packages.ts";
import { RUNTIMES } from "../runtimes-directory.ts";

/** Makes a directory hold the AWS SDK, and answers it: at the first call, and again after a failure. */
export function createSdkLinks(directory: string): () => Promise<string> {
  let linked: Promise<string> | undefined;
  return () => {
    linked ??= sdkPackages(RUNTIMES)
      .then((packages) => linkPackages(directory, packages))
      .then(() => directory);
    linked.catch(() => (linked = undefined));
    return linked;
  };
}

/**
 * Makes a directory hold links to packages and nothing else: functions shall find in it what AWS's
 * runtime carries, not whatever is installed beside it here. Packages that lie within another are
 * found from there. What is right already is left alone, since functions may be using it.
 */
async function linkPackages(directory: string, packages: readonly RuntimePackage[]): Promise<void> {
  const wanted = new Map(packages.filter(({ path }) => !path.includes("/node_modules/")).map((each) => [each.path, each.directory]));
  await mkdir(directory, { recursive: true });
  const extra = (await entriesOf(directory)).filter((path) => !wanted.has(path));
  await Promise.all(extra.map((path) => rm(join(directory, path), { recursive: true })));
  await Promise.all([...wanted].map(([path, target]) => link(join(directory, path), target)));
}

async function link(path: string, target: string): Promise<void> {
  const present = await readlink(path).catch(() => undefined);
  if (present === target) return;
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { recursive: true, force: true });
  await symlink(target, path);
}

/** Names of packages, with their scopes. */
async function entriesOf(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory);
  const nested = names.map(async (name) => {
    const isScope = name.startsWith("@") && (await lstat(join(directory, name))).isDirectory();
    return isScope ? (await readdir(join(directory, name))).map((each) => `${name}/${each}`) : [name];
  });
  return (await Promise.all(nested)).flat();
}
