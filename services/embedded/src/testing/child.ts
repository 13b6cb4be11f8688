import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { transformSync } from "@swc/core";

/** Starts a Node process, which a test may kill, with some of our source files at hand; answers its first output. */
export async function runInChild(
  directory: string,
  options: { readonly sources: readonly string[]; readonly script: string },
): Promise<{ readonly child: ChildProcess; readonly firstLine: string }> {
  for (const source of options.sources) {
    const { code } = transformSync(readFileSync(new URL(`../${source}.ts`, import.meta.url), "utf8"), {
      jsc: { parser: { syntax: "typescript" }, target: "es2023" },
      module: { type: "es6" },
    });
    writeFileSync(join(directory, `${source}.mjs`), code.replaceAll(/(from "\.\/[\w-]+)\.ts"/g, '$1.mjs"'));
  }
  const script = join(directory, "child.mjs");
  writeFileSync(script, `${options.script}\nsetInterval(() => {}, 1000);`);
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  const [chunk] = (await once(child.stdout, "data")) as [Buffer];
  return { child, firstLine: chunk.toString().trim() };
}
