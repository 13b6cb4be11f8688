/** What `npm start`, `npm test` and `npm run check` need before they can begin: packages and a build. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { finish, seconds } from "./command.mjs";

/** Folder of the repository. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** Node 20.19 is the first on which the compiled services run unflagged; ends the process when this one is older. */
export function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Lambdock needs Node 20.19 or newer, this is ${process.version}: install a current one from https://nodejs.org.`);
  process.exit(1);
}

/** Runs `npm ci` when node_modules is missing or is not what package-lock.json says. */
export async function ensureInstalled() {
  if (isInstalled()) return;
  console.log("Installing dependencies (npm ci) ...");
  const started = performance.now();
  await finish("npm", ["ci", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"], {
    cwd: root,
    failure: "npm ci failed: see its message above; it needs a package registry, or a filled npm cache.",
  });
  console.log(`Installed in ${seconds(started)}.`);
}

/** Compiles what changed since the last build, the console's app too: a second when nothing did. */
export async function build() {
  const fresh = existsSync(join(root, "services/embedded/dist/main.js"));
  if (!fresh) console.log("Compiling (tsc -b) ...");
  await finish(join(root, "node_modules/.bin/tsc"), ["-b"], {
    cwd: root,
    failure: "The sources do not compile: see the compiler's messages above.",
  });
  await finish(process.execPath, [join(root, "services/console/build.mjs")], {
    cwd: root,
    failure: "The console's app could not be built: see the messages above.",
  });
}

/**
 * npm writes what it installed to node_modules/.package-lock.json, last, so there is none after an
 * interrupted install. It must agree with package-lock.json in all that it has, and have every
 * workspace and all that these name; packages for other platforms and optional peers may be missing.
 */
function isInstalled() {
  const installed = packagesOf("node_modules/.package-lock.json");
  const wanted = packagesOf("package-lock.json");
  if (installed === undefined || wanted === undefined) return false;
  const agrees = Object.entries(installed).every(([path, { version }]) => wanted[path] !== undefined && wanted[path].version === version);
  return agrees && Object.entries(wanted).every(([path, entry]) => (entry.link ? path in installed : hasDirect(installed, path, entry)));
}

/** Whether all that a workspace (or the root, "") names is installed beside it or at the root. */
function hasDirect(installed, path, { dependencies = {}, devDependencies = {} }) {
  if (path.includes("node_modules/")) return true;
  return Object.keys({ ...dependencies, ...devDependencies }).every(
    (name) => `${path}/node_modules/${name}` in installed || `node_modules/${name}` in installed,
  );
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  } catch {
    return undefined;
  }
}
