import { spawn } from "node:child_process";
import { constants } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { RuntimeExit } from "../port.ts";
import { groupExists, killGroup } from "./process-kill.ts";
import { STATUS_NOT_EXECUTABLE, STATUS_NOT_FOUND } from "./runtime-command.ts";

const POLL_MS = 2;
const KILLED_STATUS = 128 + constants.signals.SIGKILL;

/** What to start, and where its descriptors go, from 1 on. */
export interface RuntimeStart {
  readonly program: string;
  readonly args: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly descriptors: readonly number[];
}

/** A runtime process with everything it starts in its process group. */
export interface RuntimeProcess {
  /** Absent when the program could not be started. */
  readonly pid: number | undefined;
  /** Resolves when the first process has ended. */
  readonly exited: Promise<RuntimeExit>;
  /** SIGKILLs the group; marks the exit as for memory if so. */
  kill(reason: "asked" | "memory"): void;
  /** Signals the first process alone. */
  signal(name: "TERM" | "KILL"): void;
  /** Resolves when no process of the group is left. */
  gone(): Promise<void>;
}

/** Starts a runtime as leader of a session of its own: our terminal's Ctrl-C is not for it. */
export function startRuntimeProcess(start: RuntimeStart): RuntimeProcess {
  const child = spawn(start.program, start.args, {
    cwd: start.directory,
    env: start.environment,
    detached: true,
    stdio: ["ignore", ...start.descriptors],
  });
  const { pid } = child;
  let outOfMemory = false;
  const exited = new Promise<RuntimeExit>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      resolve({ status: error.code === "ENOENT" ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE, outOfMemory: false });
    });
    child.once("exit", (code, signal) => {
      const status = code ?? (signal === null ? KILLED_STATUS : 128 + constants.signals[signal]);
      resolve({ status, outOfMemory });
    });
  });
  child.unref();
  return {
    pid,
    exited,
    kill(reason) {
      if (reason === "memory") outOfMemory = true;
      if (pid !== undefined) killGroup(pid);
    },
    signal(name) {
      if (child.exitCode === null && child.signalCode === null) child.kill(`SIG${name}`);
    },
    async gone() {
      await exited;
      while (pid !== undefined && groupExists(pid)) {
        killGroup(pid); // one that was forked just as the group was killed
        await delay(POLL_MS);
      }
    },
  };
}
