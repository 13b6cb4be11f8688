import { closeSync, openSync, readSync, writeFileSync } from "node:fs";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EngineFacts } from "./engine.ts";
import { CPU_PERIOD_US } from "./cpu-share.ts";

/** A container's resource accounts, read straight from the kernel. */
export interface CgroupReader {
  /** Everything charged, page cache and `/tmp` included, bytes. Cheap. */
  usageBytes(): number;
  /** Anonymous memory, what processes allocated, bytes. `/tmp` is not in it. */
  anonymousBytes(): number;
  /** Sets the CPU quota, microseconds per period, -1 for none; false when the files can't be written. */
  setCpuQuota(quotaUs: number): boolean;
  close(): void;
}

interface Layout {
  readonly memory: string;
  readonly cpu: string;
  readonly version: 1 | 2;
}

const buffer = Buffer.allocUnsafeSlow(16_384);

/** True when containers' cgroups should be found below `root`; the proof is `openCgroup`. */
export function cgroupsReadable(root: string, facts: EngineFacts): boolean {
  if (root === "") return false;
  return existsSync(facts.cgroupVersion === "2" ? join(root, "cgroup.controllers") : join(root, "memory", "memory.stat"));
}

/** Opens the accounts of a running container; `undefined` when they can't be found or read. */
export function openCgroup(root: string, facts: EngineFacts, containerId: string): CgroupReader | undefined {
  for (const layout of layouts(root, facts, containerId)) {
    if (!existsSync(join(layout.memory, "memory.stat"))) continue;
    try {
      return createReader(layout);
    } catch {
      return undefined; // no permission: the caller uses the kernel's limit instead
    }
  }
  return undefined;
}

/** Where cgroupfs and systemd put a container's group, the likelier first. */
export function groupsOf(facts: EngineFacts, id: string): readonly string[] {
  const groups = [`docker/${id}`, `system.slice/docker-${id}.scope`];
  return facts.cgroupDriver === "systemd" ? groups.toReversed() : groups;
}

function layouts(root: string, facts: EngineFacts, id: string): Layout[] {
  const groups = groupsOf(facts, id);
  if (facts.cgroupVersion === "2") return groups.map((group) => ({ memory: join(root, group), cpu: join(root, group), version: 2 }));
  const cpu = ["cpu", "cpu,cpuacct"].map((name) => join(root, name)).find((path) => existsSync(path)) ?? join(root, "cpu");
  return groups.map((group) => ({ memory: join(root, "memory", group), cpu: join(cpu, group), version: 1 }));
}

function createReader(layout: Layout): CgroupReader {
  const second = layout.version === 2;
  const stat = openSync(join(layout.memory, "memory.stat"), "r");
  const usage = openSync(join(layout.memory, second ? "memory.current" : "memory.usage_in_bytes"), "r");
  const key = second ? "anon " : "total_rss ";
  let open = true;
  return {
    usageBytes: () => (open ? Number(readText(usage)) : 0),
    anonymousBytes: () => (open ? valueOf(readText(stat), key) : 0),
    setCpuQuota(quotaUs) {
      try {
        writeCpuQuota(layout, quotaUs);
        return true;
      } catch {
        return false;
      }
    },
    close() {
      if (!open) return;
      open = false;
      closeSync(stat);
      closeSync(usage);
    },
  };
}

function writeCpuQuota(layout: Layout, quotaUs: number): void {
  if (layout.version === 2) {
    writeFileSync(join(layout.cpu, "cpu.max"), `${quotaUs === -1 ? "max" : quotaUs} ${CPU_PERIOD_US}`);
    return;
  }
  // Without a quota any period is valid; period first, or a quota could exceed the old period.
  writeFileSync(join(layout.cpu, "cpu.cfs_period_us"), String(CPU_PERIOD_US));
  writeFileSync(join(layout.cpu, "cpu.cfs_quota_us"), String(quotaUs));
}

/** Reads a file again from its beginning; empty once the group is gone. */
function readText(fd: number): string {
  try {
    return buffer.toString("latin1", 0, readSync(fd, buffer, 0, buffer.length, 0));
  } catch {
    return "";
  }
}

function valueOf(text: string, key: string): number {
  const start = text.startsWith(key) ? 0 : text.indexOf(`\n${key}`) + 1;
  if (start === 0 && !text.startsWith(key)) return 0;
  const from = start + key.length;
  const end = text.indexOf("\n", from);
  return Number(text.slice(from, end === -1 ? undefined : end));
}
