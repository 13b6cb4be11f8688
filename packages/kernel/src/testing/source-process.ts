import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Runs a TypeScript program of ours in a process of its own, from its source. Its standard output is a pipe. */
export function spawnSource(
  program: URL,
  args: readonly string[],
): ChildProcess & { readonly stdout: NonNullable<ChildProcess["stdout"]> } {
  const options = ["--conditions=source", "--import", sourceLoader(), fileURLToPath(program), ...args];
  const child = spawn(process.execPath, options, { stdio: ["ignore", "pipe", "inherit"] });
  return child as ChildProcess & { readonly stdout: NonNullable<ChildProcess["stdout"]> };
}

/** Kills it as a crash would. */
export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** Lets Node run our TypeScript sources as they are, whatever its version. */
function sourceLoader(): string {
  const swc = pathToFileURL(createRequire(import.meta.url).resolve("@swc/core")).href;
  const hooks = `import { readFile } from "node:fs/promises"; import swc from ${JSON.stringify(swc)};
    export async function load(url, context, next) {
      if (!url.endsWith(".ts")) return next(url, context);
      const { code } = await swc.transform(await readFile(new URL(url), "utf8"), { jsc: { parser: { syntax: "typescript" }, target: "es2023" }, module: { type: "es6" } });
      return { format: "module", source: code, shortCircuit: true };
    }`;
  const register = `import { register } from "node:module"; register(${JSON.stringify(asUrl(hooks))});`;
  return asUrl(register);
}

function asUrl(module: string): string {
  return `data:text/javascript,${encodeURIComponent(module)}`;
}
