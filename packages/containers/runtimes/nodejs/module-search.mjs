/**
 * Lets a function find modules where AWS's Node.js looks: in its own code, then in the directories
 * of NODE_PATH, for ES modules too (Node's own lookup uses NODE_PATH for CommonJS alone), and
 * nowhere else on the machine. In our images links on the way up from /var/task do that, so nothing
 * is left to do; a child process, whose code lies anywhere, needs hooks.
 * Only entries named `node_modules` are searched for ES modules.
 */
import { readFileSync, realpathSync } from "node:fs";
import Module from "node:module";
import { basename, dirname, join, sep } from "node:path";

const HOOKS = "./module-hooks.mjs";

/** Call it before any of the user's code is loaded. */
export async function openModuleSearch({ LAMBDA_TASK_ROOT: task, NODE_PATH: path = "", _HANDLER: handler = "" }) {
  const code = realPath(task ?? "");
  if (code === undefined) return;
  const searched = path
    .split(":")
    .filter((directory) => basename(directory) === "node_modules")
    .map(realPath)
    .filter((directory) => directory !== undefined);
  const reached = ancestors(code)
    .map((directory) => realPath(join(directory, "node_modules")))
    .filter((directory) => directory !== undefined);
  if (reached.join(":") === searched.join(":")) return;
  const places = { roots: [code, ...searched.map(dirname)], searched };
  keepCommonJsBelow(places.roots);
  if (Module.registerHooks !== undefined) {
    const { initialize, resolve } = await import(HOOKS);
    initialize(places);
    Module.registerHooks({ resolve });
  } else if (mentionsImport(join(code, handler.replace(/\.[^./]*$/, "")))) {
    // Before Node 22.15 hooks run in a thread of their own, which only those shall pay for who need it.
    Module.register(HOOKS, import.meta.url, { data: places });
  }
}

/** What is found above a function's code or a layer is this machine's, not the function's. */
function keepCommonJsBelow(roots) {
  const lookup = Module._nodeModulePaths;
  Module._nodeModulePaths = function pathsBelowRoot(from) {
    const root = roots.find((each) => isBelow(each, from));
    const paths = lookup.call(this, from);
    return root === undefined ? paths : paths.filter((each) => isBelow(root, each));
  };
}

/** Whether the handler's file may import anything. True when in doubt. */
function mentionsImport(handler) {
  for (const extension of ["", ".js", ".mjs", ".cjs"]) {
    try {
      return /\bimport\b/.test(readFileSync(handler + extension, "utf8"));
    } catch {
      // The next one.
    }
  }
  return true;
}

function isBelow(root, path) {
  return path === root || path.startsWith(root + sep);
}

function ancestors(directory) {
  const above = dirname(directory);
  return above === directory ? [] : [above, ...ancestors(above)];
}

function realPath(path) {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
