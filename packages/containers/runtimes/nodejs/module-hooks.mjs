/** The resolve hook of `module-search.mjs`: it runs in the function's thread, or before Node 22.15 in one of its own. */
import { existsSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const PACKAGE = /^(?:@[^/]+\/)?[^/@.#][^/]*/;
/** A parent that does not exist, beside the `node_modules` in which its imports are then looked up. */
const PARENT = "function";

let places = { roots: [], searched: [] };

/** `roots`: directories of code whose imports are looked up as on AWS; `searched`: where, after their own. */
export function initialize(given) {
  places = given;
}

export function resolve(specifier, context, next) {
  const parentURL = parentFor(specifier, context);
  return parentURL === context.parentURL ? next(specifier, context) : next(specifier, { ...context, parentURL });
}

/** From where Node shall look up a package; throws when AWS would not find it although this machine has it. */
function parentFor(specifier, { parentURL, conditions }) {
  const name = packageName(specifier);
  // `require` does all this by itself.
  if (name === undefined || conditions.includes("require") || !parentURL?.startsWith("file:")) return parentURL;
  const parent = dirname(fileURLToPath(parentURL));
  const root = places.roots.find((each) => parent === each || parent.startsWith(each + sep));
  if (root === undefined || has(parent, root, name)) return parentURL;
  const directory = places.searched.find((each) => existsSync(join(each, name)));
  if (directory !== undefined) return pathToFileURL(join(dirname(directory), PARENT)).href;
  if (has(dirname(root), "", name)) throw notFound(name, parentURL);
  return parentURL;
}

function packageName(specifier) {
  if (isBuiltin(specifier) || /^[a-z][a-z\d+.-]*:/i.test(specifier)) return undefined;
  return PACKAGE.exec(specifier)?.[0];
}

/** Whether `node_modules` of a directory has a package, or of one above it up to `root`. */
function has(directory, root, name) {
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, "node_modules", name))) return true;
    if (at === root || at === dirname(at)) return false;
  }
}

/** The error that Node throws. */
function notFound(name, parentURL) {
  const error = new Error(`Cannot find package '${name}' imported from ${fileURLToPath(parentURL)}`);
  return Object.assign(error, { code: "ERR_MODULE_NOT_FOUND" });
}
