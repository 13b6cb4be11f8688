/** One run of another program that serves HTTP on a port of 127.0.0.1. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import type { Readable, Writable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";

/** What is run. */
export interface ChildCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** The child's whole environment, beside a PATH. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that runs. */
export interface ChildProcess {
  readonly url: URL;
  /** Leader of its process group. */
  readonly pid: number;
  /** Resolves when it has ended, with its status or signal and its last words. */
  readonly ended: Promise<string>;
  /** Sends it a line on its standard input. */
  tell(line: string): void;
  /** Ends it as a person would, and by force after so many milliseconds. */
  end(deadlineMs: number): Promise<void>;
}

/** How it is run. */
export interface LaunchOptions {
  readonly command: (port: number) => ChildCommand;
  /** Path that answers 200 once it serves. */
  readonly readyPath: string;
  /** Milliseconds within which it must serve. */
  readonly startWithinMs: number;
}

const PATH = "/usr/local/bin:/usr/bin:/bin";
const PROBE_EVERY_MS = 25;
/** Text of the child's output that is kept for its last words. */
const OUTPUT_KEPT = 4_096;

/**
 * For a program that does not itself watch its standard input: a shell that ends it when that
 * closes, which it does however this process dies. A killed Lambdock leaves nothing behind.
 */
const GUARD = 'exec 3<&0; "$@" </dev/null 3<&- & server=$!; (cat <&3 >/dev/null; kill "$server" 2>/dev/null) & wait "$server"';

/** The command under a shell that ends it when its standard input closes. */
export function guarded({ program, args, ...rest }: ChildCommand): ChildCommand {
  return { ...rest, program: "/bin/sh", args: ["-c", GUARD, "guard", program, ...args] };
}

/** Runs the command and resolves once it serves. Rejects with its last words when it ends before, or does not serve in time. */
export async function launch({ command, readyPath, startWithinMs }: LaunchOptions): Promise<ChildProcess> {
  const port = await freePort();
  const { program, args, env } = command(port);
  // A session of its own, or Ctrl-C would stop it before those who still write to it.
  const child = spawn(program, args, { env: { PATH, ...env }, stdio: ["pipe", "pipe", "pipe"], detached: true });
  const ended = endOf(child);
  child.stdin.on("error", () => undefined);
  const end = (deadlineMs: number): Promise<void> => endChild(child, ended, deadlineMs);
  const url = new URL(`http://127.0.0.1:${port}`);
  try {
    await ready(new URL(readyPath, url), ended, startWithinMs);
  } catch (error) {
    await end(0);
    throw error;
  }
  return { url, pid: child.pid!, ended, tell: (line) => void child.stdin.write(`${line}\n`), end };
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

function endOf(child: Child): Promise<string> {
  let output = "";
  const read = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-OUTPUT_KEPT);
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(`it cannot be run: ${error.message}`));
    child.once("close", (status, signal) => {
      child.stdin.destroy();
      // What it started itself, should there be any left.
      killGroup(child);
      resolve(`it ended with ${signal ?? `status ${status}`}${output === "" ? "" : `: ${output.trim().split("\n").slice(-3).join(" ")}`}`);
    });
  });
}

async function endChild(child: Child, ended: Promise<string>, deadlineMs: number): Promise<void> {
  child.stdin.end();
  const deadline = setTimeout(() => killGroup(child), deadlineMs);
  await ended;
  clearTimeout(deadline);
}

function killGroup(child: Child): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The whole group is gone.
  }
}

async function ready(url: URL, ended: Promise<string>, withinMs: number): Promise<void> {
  let last: string | undefined;
  void ended.then((words) => (last = words));
  const until = performance.now() + withinMs;
  while (!(await answers(url))) {
    if (last !== undefined) throw new Error(last);
    if (performance.now() > until) throw new Error(`it does not serve within ${withinMs / 1_000} s`);
    await pause(PROBE_EVERY_MS);
  }
  if (last !== undefined) throw new Error(last);
}

async function answers(url: URL): Promise<boolean> {
  const request = get(url, { agent: false, timeout: 2_000 });
  request.on("timeout", () => request.destroy(new Error("timeout")));
  try {
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.resume();
    return response.statusCode === 200;
  } catch {
    return false;
  }
}

/** A port of the loopback interface that nobody listens on now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
