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
  await finish("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    failure: "npm ci failed: see its message above; it needs a package registry, or a filled npm cache.",
  });
  console.log(`Installed in ${seconds(started)}.`);
}

/** Compiles what changed since the last build: under a second when nothing did. */
export async function build() {
  const fresh = existsSync(join(root, "services/embedded/dist/main.js"));
  if (!fresh) console.log("Compiling (tsc -b) ...");
  await finish(join(root, "node_modules/.bin/tsc"), ["-b"], { cwd: root, failure: "The sources do not compile: see the compiler's messages above." });
}

/**
 * npm writes what it installed to node_modules/.package-lock.json, last: a package that is missing
 * there, or has another version, means an old or an interrupted install. Optional packages are
 * those of other platforms.
 */
function isInstalled() {
  const installed = packagesOf("node_modules/.package-lock.json");
  if (installed === undefined) return false;
  return Object.entries(packagesOf("package-lock.json") ?? {})
    .filter(([path, entry]) => path.includes("node_modules/") && !entry.optional && !entry.devOptional)
    .every(([path, entry]) => installed[path]?.version === entry.version && installed[path]?.resolved === entry.resolved);
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  } catch {
    return undefined;
  }
}
