import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { RUNTIMES } from "../runtimes-directory.ts";
import { ScriptedRuntimeApi } from "./scripted-runtime-api.ts";

const TELEMETRY_FD = 3;

/** A runtime client to start on files of a test. */
export interface ClientStart {
  /** `nodejs24.x`, `python3.12` … decides how the client behaves; it runs on the interpreter given. */
  readonly runtime: string;
  readonly interpreter: string;
  readonly handler: string;
  readonly files: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Opens the telemetry descriptor. */
  readonly telemetry?: boolean;
}

/** A runtime client in a process of its own. */
export interface RunningClient {
  readonly api: ScriptedRuntimeApi;
  /** Directory of the function's code. */
  readonly task: string;
  /** What it wrote to stdout and stderr so far. */
  readonly output: () => string;
  /** What it wrote to the telemetry descriptor so far. */
  readonly telemetry: () => Buffer;
  /** Resolves with the exit status once the process has ended and all its output is here. */
  readonly exited: Promise<number | null>;
  stop(): Promise<void>;
}

/** Starts a client; files whose text begins with `#!` are executable. */
export async function startClient(start: ClientStart): Promise<RunningClient> {
  const api = await ScriptedRuntimeApi.listen();
  const task = await mkdtemp(join(tmpdir(), "lambdock-client-"));
  for (const [name, text] of Object.entries(start.files))
    await writeFile(join(task, name), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
  const family = start.runtime.startsWith("nodejs") ? "nodejs" : "python";
  const child = spawn(join(RUNTIMES, family, "bootstrap"), [start.interpreter], {
    cwd: task,
    env: { ...environment(start, task), AWS_LAMBDA_RUNTIME_API: api.address, ...start.environment },
    stdio: ["ignore", "pipe", "pipe", start.telemetry ? "pipe" : "ignore"],
  });
  const output = collect(child.stdout, child.stderr);
  const telemetry = collect(child.stdio[TELEMETRY_FD] as Readable | null);
  const exited = whenClosed(child);
  return {
    api,
    task,
    output: () => output().toString("utf8"),
    telemetry,
    exited,
    async stop() {
      child.kill("SIGKILL");
      await exited;
      await api.close();
      await rm(task, { recursive: true, force: true });
    },
  };
}

function environment(start: ClientStart, task: string): Record<string, string> {
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    _HANDLER: start.handler,
    LAMBDA_TASK_ROOT: task,
    AWS_EXECUTION_ENV: `AWS_Lambda_${start.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: "scripted",
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
    AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/scripted",
    AWS_LAMBDA_LOG_STREAM_NAME: "2026/11/22/[$LATEST]0",
    ...(start.telemetry ? { _LAMBDA_TELEMETRY_LOG_FD: String(TELEMETRY_FD) } : {}),
  };
}

function collect(...streams: readonly (Readable | null)[]): () => Buffer {
  const chunks: Buffer[] = [];
  for (const stream of streams) stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks);
}

function whenClosed(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
}

/** A record of the telemetry descriptor. */
export interface TelemetryFrame {
  readonly type: number;
  readonly timestampUs: bigint;
  readonly message: string;
}

/** Decodes whole frames; throws for bytes that are none. */
export function decodeFrames(bytes: Buffer): readonly TelemetryFrame[] {
  const frames: TelemetryFrame[] = [];
  for (let at = 0; at < bytes.length;) {
    const type = bytes.readUInt32BE(at);
    if (type >>> 16 !== 0xa55a) throw new Error(`no frame at ${at}: ${bytes.subarray(at, at + 16).toString("hex")}`);
    const length = bytes.readUInt32BE(at + 4);
    frames.push({ type, timestampUs: bytes.readBigUInt64BE(at + 8), message: bytes.toString("utf8", at + 16, at + 16 + length) });
    at += 16 + length;
  }
  return frames;
}
