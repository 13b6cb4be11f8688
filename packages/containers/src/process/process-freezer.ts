/**
 * Stops and continues the processes of a sandbox with signals: a process group at once, then what
 * a runtime started in groups of their own. Where the system does not tell cheaply who started whom
 * (no `/proc`), and for a process that was started by one which has ended, only the group is stopped.
 */
import { readFileSync, readdirSync } from "node:fs";

/** Stops a process group and all descendants of its leader; answers whom to continue, for {@link continueProcesses}. */
export function stopProcesses(group: number): readonly number[] {
  signal(-group, "SIGSTOP");
  const others = descendantsOf(group).filter((pid) => signal(pid, "SIGSTOP"));
  return [-group, ...others];
}

/** Continues what `stopProcesses` stopped. */
export function continueProcesses(stopped: readonly number[]): void {
  for (const target of stopped) signal(target, "SIGCONT");
}

function signal(target: number, name: "SIGSTOP" | "SIGCONT"): boolean {
  try {
    process.kill(target, name);
    return true;
  } catch {
    return false; // ESRCH: gone
  }
}

function descendantsOf(pid: number): readonly number[] {
  const children = childrenOf(pid);
  return [...children, ...children.flatMap(descendantsOf)];
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return []; // ended meanwhile, or a system without /proc
  }
}
