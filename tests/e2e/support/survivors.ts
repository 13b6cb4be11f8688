import { readdir, readFile } from "node:fs/promises";
import { hasContainers } from "../target/config.ts";
import { mustRun } from "../target/command.ts";

/** What runs, or lies about, for a function right now: container ids, or process ids of child processes. */
export async function sandboxesOf(functionName: string): Promise<readonly string[]> {
  return hasContainers() ? containersOf(functionName) : processesOf(functionName);
}

/** Running or not, every container that carries the function's name in a label. */
async function containersOf(functionName: string): Promise<readonly string[]> {
  const listing = await mustRun("docker", ["ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Labels}}"]);
  return listing
    .split("\n")
    .filter((line) => line.includes(functionName))
    .map((line) => line.split(" ", 1)[0]!);
}

/** Every process that was started with the function's name in its environment. */
async function processesOf(functionName: string): Promise<readonly string[]> {
  const candidates = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(
    candidates.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
      return environment.includes(`AWS_LAMBDA_FUNCTION_NAME=${functionName}`) ? pid : undefined;
    }),
  );
  return found.filter((pid) => pid !== undefined);
}
