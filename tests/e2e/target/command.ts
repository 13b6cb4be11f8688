import { spawn } from "node:child_process";
import { inheritedEnv } from "./config.ts";

/** What a finished command wrote and how it ended. */
export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@link run}; times in milliseconds. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly withinMs?: number;
}

/** Runs a command to its end, without a shell. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = spawn(command, [...args], {
    cwd: options.cwd,
    env: inheritedEnv(options.env),
    stdio: ["ignore", "pipe", "pipe"],
    timeout: options.withinMs ?? 600_000,
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const status = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? -1));
  });
  return { status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/** Runs a command and answers its standard output; rejects with its error output if it fails. */
export async function mustRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} exited with ${status}:\n${stderr}\n${stdout}`);
  return stdout;
}

/** True when the program can be run at all. */
export async function isInstalled(command: string, args: readonly string[] = ["--version"]): Promise<boolean> {
  return run(command, args, { withinMs: 20_000 }).then(
    ({ status }) => status === 0,
    () => false,
  );
}
