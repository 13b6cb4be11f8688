/**
 * What the system knows of processes: from `/proc` on Linux, from `ps` elsewhere. Reading `/proc`
 * never blocks, so it is done synchronously; processes come and go meanwhile, which is no error.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const KIB = 1_024;
const HAS_PROC = process.platform === "linux";
const NUMBER = /^\d+$/;

/** Resident memory of one process, bytes. */
export interface ProcessMemory {
  readonly current: number;
  readonly peak: number;
}

/** One process of a group. */
export interface GroupMember {
  readonly pid: number;
  readonly group: number;
  /** Resident, bytes. */
  readonly memory: number;
}

/** Memory of one process, cheap to ask often; `undefined` when it is gone or the system can't say cheaply. */
export function memoryOf(pid: number): ProcessMemory | undefined {
  if (!HAS_PROC) return undefined;
  const status = readProc(pid, "status");
  const current = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return current === undefined || peak === undefined ? undefined : { current: Number(current) * KIB, peak: Number(peak) * KIB };
}

/** The living processes of these groups, found by looking through all processes of the machine. */
export function membersOf(groups: ReadonlySet<number>): readonly GroupMember[] {
  if (!HAS_PROC) {
    const all = ps(["-A", "-o", "pid=,pgid=,rss=,stat="]).filter(([, group, , state]) => groups.has(Number(group)) && isAlive(state));
    return all.map(([pid, group, kib]) => ({ pid: Number(pid), group: Number(group), memory: Number(kib) * KIB }));
  }
  return procPids().flatMap((pid) => {
    const [state, , group] = statFields(pid) ?? [];
    return groups.has(Number(group)) && isAlive(state) ? [{ pid, group: Number(group), memory: memoryOf(pid)?.current ?? 0 }] : [];
  });
}

/** Whoever inherits a dead process may take seconds to collect it. */
function isAlive(state: string | undefined): boolean {
  return state !== undefined && !/^[ZX]/.test(state);
}

/** Tells a process from a later one with the same id; `undefined` when there is none. */
export function startOf(pid: number): string | undefined {
  if (!HAS_PROC) return ps(["-p", String(pid), "-o", "lstart="])[0]?.join(" ");
  return statFields(pid)?.[19];
}

/** Ids of the processes whose environment began with this variable (none where the system does not tell). */
export function processesWithVariable(name: string, value: string): readonly number[] {
  if (!HAS_PROC) return [];
  const entry = `\0${name}=${value}\0`;
  return procPids().filter((pid) => pid !== process.pid && `\0${readProc(pid, "environ")}`.includes(entry));
}

function procPids(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => NUMBER.test(name))
    .map(Number);
}

/** Fields of `/proc/<pid>/stat` behind the program's name, which may hold spaces: `[0]` is the state (proc(5), field 3). */
function statFields(pid: number): readonly string[] | undefined {
  const text = readProc(pid, "stat");
  const end = text.lastIndexOf(")");
  return end === -1 ? undefined : text.slice(end + 2).split(" ");
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return ""; // ended meanwhile, or somebody else's
  }
}

function ps(args: readonly string[]): readonly (readonly string[])[] {
  try {
    const output = execFileSync("ps", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return output
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => line.trim().split(/\s+/));
  } catch {
    return []; // `ps -p` fails when there is no such process
  }
}
