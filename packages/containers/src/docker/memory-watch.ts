/**
 * MemorySize as AWS means it: the memory of the function's processes, without what lies in `/tmp`.
 * The kernel's limit counts both, so it is set to MemorySize + EphemeralStorage, and this watch
 * ends a function that exceeds MemorySize. It looks often at sandboxes whose memory moves, rarely
 * at idle ones. What a function allocates and frees between two looks is not seen.
 */
import type { Timers } from "@lambdock/kernel/clock";
import type { CgroupReader } from "./cgroup-reader.ts";

/** Between two looks at a sandbox whose memory moves. */
const BUSY_INTERVAL_MS = 25;
/** At one whose memory rests. */
const IDLE_INTERVAL_MS = 400;
/** Less than this is rest, bytes. */
const MOVEMENT_BYTES = 262_144;

/** One sandbox under watch. */
export interface MemoryAccount {
  /** Looks now. */
  sample(): void;
  /** Highest use seen, bytes. */
  peakBytes(): number;
  /** Looks often again: a runtime was started or may have begun to work. */
  wake(): void;
  close(): void;
}

export interface MemoryWatch {
  /** Calls `onExceeded` each time a look finds more than the limit. */
  watch(cgroup: CgroupReader, limitBytes: number, onExceeded: () => void): MemoryAccount;
}

interface Watched {
  readonly look: () => boolean;
  intervalMs: number;
  dueAt: number;
}

/** One timer for all sandboxes; none runs while nothing is watched. */
export function createMemoryWatch(timers: Timers): MemoryWatch {
  const all = new Set<Watched>();
  let ticking = false;
  const tick = (): void => {
    ticking = false;
    const now = timers.monotonic();
    for (const watched of all) {
      if (watched.dueAt > now) continue;
      const moved = watched.look();
      watched.intervalMs = moved ? BUSY_INTERVAL_MS : Math.min(IDLE_INTERVAL_MS, watched.intervalMs * 2);
      watched.dueAt = now + watched.intervalMs;
    }
    schedule();
  };
  const schedule = (): void => {
    if (ticking || all.size === 0) return;
    ticking = true;
    timers.after(BUSY_INTERVAL_MS, tick);
  };
  return {
    watch(cgroup, limitBytes, onExceeded) {
      const meter = createMeter(cgroup, limitBytes, onExceeded);
      const watched: Watched = { look: meter.look, intervalMs: BUSY_INTERVAL_MS, dueAt: 0 };
      all.add(watched);
      schedule();
      return {
        // The kernel's sum is cheap; its parts, which cost it a walk, are read when the sum moved.
        sample: () => void meter.look(),
        peakBytes: meter.peakBytes,
        wake() {
          watched.intervalMs = BUSY_INTERVAL_MS;
          watched.dueAt = 0;
        },
        close() {
          all.delete(watched);
          cgroup.close();
        },
      };
    },
  };
}

interface Meter {
  /** Measures if the memory moved; answers whether it did. */
  readonly look: () => boolean;
  readonly peakBytes: () => number;
}

function createMeter(cgroup: CgroupReader, limitBytes: number, onExceeded: () => void): Meter {
  let peak = 0;
  let lastUsage = 0;
  const measure = (): void => {
    const bytes = cgroup.anonymousBytes();
    peak = Math.max(peak, bytes);
    if (bytes > limitBytes) onExceeded();
  };
  return {
    peakBytes: () => peak,
    look() {
      const usage = cgroup.usageBytes();
      const moved = Math.abs(usage - lastUsage) >= MOVEMENT_BYTES;
      if (moved) lastUsage = usage;
      if (moved || usage > limitBytes) measure();
      return moved;
    },
  };
}
