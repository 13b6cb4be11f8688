import { membersOf, memoryOf } from "./process-table.ts";

/** A runtime process is looked at this often. */
const SAMPLE_MS = 100;
/** All processes of the machine are looked through only every so many samples, for those a runtime started. */
const SAMPLES_PER_SURVEY = 10;

/** One process group under watch. */
export interface WatchedGroup {
  /** Id of the group, which is that of its first process. */
  readonly pid: number;
  readonly limitBytes: number;
  /** Called at each sample with the memory of the whole group. */
  onSample(sample: { readonly current: number; readonly peak: number }): void;
  /** Called once, when the group holds more than its limit. */
  onExceeded(): void;
}

/**
 * Enforces MemorySize without the kernel's help: a group that is found above its limit is reported.
 * A process may overshoot between two samples; on AWS it could not.
 */
export interface MemoryWatch {
  /** Begins watching; the returned function ends it. */
  watch(group: WatchedGroup): () => void;
  /** Takes a sample now. */
  sample(group: WatchedGroup): void;
}

export function createMemoryWatch(): MemoryWatch {
  const groups = new Set<WatchedGroup>();
  /** Memory of a group's processes but its first, as of the last survey. */
  let others = new Map<number, number>();
  let leaders = new Map<number, number>();
  let samples = 0;
  let timer: NodeJS.Timeout | undefined;

  const survey = (): void => {
    others = new Map();
    leaders = new Map();
    for (const { pid, group, memory } of membersOf(new Set(Array.from(groups, (watched) => watched.pid)))) {
      if (pid === group) leaders.set(pid, memory);
      else others.set(group, (others.get(group) ?? 0) + memory);
    }
  };
  const sample = (group: WatchedGroup): void => {
    const surveyed = leaders.get(group.pid) ?? 0;
    const leader = memoryOf(group.pid) ?? { current: surveyed, peak: surveyed };
    const current = leader.current + (others.get(group.pid) ?? 0);
    group.onSample({ current, peak: Math.max(current, leader.peak) });
    if (current <= group.limitBytes) return;
    groups.delete(group);
    group.onExceeded();
  };
  const tick = (): void => {
    if (samples++ % SAMPLES_PER_SURVEY === 0) survey();
    for (const group of groups) sample(group);
  };
  return {
    watch(group) {
      groups.add(group);
      timer ??= setInterval(tick, SAMPLE_MS).unref();
      return () => {
        groups.delete(group);
        if (groups.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    sample: (group) => {
      if (groups.has(group)) sample(group);
    },
  };
}
