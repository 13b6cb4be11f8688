/**
 * A child process sees the machine's own directories instead of AWS's: the places that AWS's
 * variables name are translated. What a function's code names itself, such as `/opt/my.conf`, is
 * not; functions that do so need Docker.
 */

/** Where AWS's directories are on this machine. */
export interface SandboxDirectories {
  readonly task: string;
  readonly layers: string;
  readonly runtime: string;
  /** The packages that the runtime carries; absent where it carries none. */
  readonly packages?: string;
  /** Directory of the interpreter's program; absent for `provided.*`. */
  readonly interpreter?: string;
  readonly temporary: string;
}

/** Variables whose value is a path, a list of paths, or options with paths in them. */
const PATH_VARIABLES = [
  "PATH",
  "LD_LIBRARY_PATH",
  "NODE_PATH",
  "PYTHONPATH",
  "NODE_OPTIONS",
  "AWS_LAMBDA_EXEC_WRAPPER",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
];
const AWS_DIRECTORY = /(?<=^|[:= ])\/(?:opt|var\/task|var\/runtime(?:\/node_modules)?|var\/lang\/bin)(?=[/: ]|$)/g;

/** The environment of a runtime process; `additions` come last. */
export function sandboxEnvironment(
  given: Readonly<Record<string, string>>,
  directories: SandboxDirectories,
  additions: Readonly<Record<string, string>>,
): Record<string, string> {
  const environment: Record<string, string> = { ...given };
  for (const name of PATH_VARIABLES) {
    const value = environment[name];
    if (value !== undefined) environment[name] = translate(value, directories);
  }
  return { ...environment, TMPDIR: directories.temporary, ...additions };
}

function translate(value: string, directories: SandboxDirectories): string {
  const places: Readonly<Record<string, string>> = {
    "/opt": directories.layers,
    "/var/task": directories.task,
    "/var/runtime": directories.runtime,
    "/var/runtime/node_modules": directories.packages ?? `${directories.runtime}/node_modules`,
    "/var/lang/bin": directories.interpreter ?? "/var/lang/bin",
  };
  return value.replace(AWS_DIRECTORY, (found) => places[found] ?? found);
}
