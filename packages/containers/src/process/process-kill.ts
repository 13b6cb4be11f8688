import { membersOf } from "./process-table.ts";

/** SIGKILLs a process group; one that is gone already is none of our business. */
export function killGroup(group: number): void {
  killProcess(-group);
}

/** SIGKILLs one process; one that is gone already is none of our business. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // ESRCH
  }
}

/** Whether any living process of the group is left. */
export function groupExists(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  return membersOf(new Set([group])).length > 0;
}
