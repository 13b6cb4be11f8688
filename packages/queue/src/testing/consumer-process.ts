import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

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

/** Starts a consumer in a process of its own and resolves once it works on an item, which it never finishes. */
export async function consumerAtWork(redisUrl: string, mode: "save" | "plain"): Promise<ChildProcess> {
  const program = fileURLToPath(new URL("consumer-program.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=source", "--import", sourceLoader(), program, redisUrl, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => Promise.reject(new Error("the consumer ended before it worked"))),
  ]);
  return child;
}

/** Kills it as a crash would. */
export async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
