import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { cgroupsReadable, openCgroup } from "./cgroup-reader.ts";
import type { EngineFacts } from "./engine.ts";

const ID = "f".repeat(64);

/** A directory that looks like a cgroup file system. */
function layOut(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "lambdock-cgroup-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function facts(cgroupVersion: string, cgroupDriver: string): EngineFacts {
  return {
    majorVersion: 20,
    operatingSystem: "",
    kernelVersion: "",
    cgroupVersion,
    cgroupDriver,
    cpus: 2,
    architecture: "amd64",
    seccomp: true,
  };
}

test.each([
  ["cgroupfs", `docker/${ID}`],
  ["systemd", `system.slice/docker-${ID}.scope`],
])("reads and sets cgroup v1 accounts as %s lays them out", (driver, group) => {
  const root = layOut({
    "memory/memory.stat": "",
    [`memory/${group}/memory.stat`]: "cache 5\nrss 7\ntotal_cache 11\ntotal_rss 4096\ntotal_rss_huge 0\n",
    [`memory/${group}/memory.usage_in_bytes`]: "8192\n",
    [`cpu/${group}/cpu.cfs_period_us`]: "100000\n",
    [`cpu/${group}/cpu.cfs_quota_us`]: "-1\n",
  });
  expect(cgroupsReadable(root, facts("1", driver))).toBe(true);
  const cgroup = openCgroup(root, facts("1", driver), ID);
  expect(cgroup?.anonymousBytes()).toBe(4096);
  expect(cgroup?.usageBytes()).toBe(8192);
  expect(cgroup?.setCpuQuota(1_447)).toBe(true);
  expect(readFileSync(join(root, `cpu/${group}/cpu.cfs_quota_us`), "utf8")).toMatch(/^1447/);
  expect(readFileSync(join(root, `cpu/${group}/cpu.cfs_period_us`), "utf8")).toMatch(/^20000/);
  cgroup?.close();
  expect(cgroup?.anonymousBytes()).toBe(0);
});

test.each([
  ["cgroupfs", `docker/${ID}`],
  ["systemd", `system.slice/docker-${ID}.scope`],
])("reads and sets cgroup v2 accounts as %s lays them out", (driver, group) => {
  const root = layOut({
    "cgroup.controllers": "cpu memory\n",
    [`${group}/memory.stat`]: "anon 12288\nfile 5\nanon_thp 0\n",
    [`${group}/memory.current`]: "20480\n",
    [`${group}/cpu.max`]: "max 100000\n",
  });
  expect(cgroupsReadable(root, facts("2", driver))).toBe(true);
  const cgroup = openCgroup(root, facts("2", driver), ID);
  expect(cgroup?.anonymousBytes()).toBe(12_288);
  expect(cgroup?.usageBytes()).toBe(20_480);
  expect(cgroup?.setCpuQuota(-1)).toBe(true);
  expect(readFileSync(join(root, `${group}/cpu.max`), "utf8")).toBe("max 20000");
  cgroup?.close();
});

test("says so where there is nothing to read", () => {
  expect(cgroupsReadable("", facts("1", "cgroupfs"))).toBe(false);
  expect(cgroupsReadable("/nonexistent", facts("2", "systemd"))).toBe(false);
  expect(openCgroup(layOut({ "memory/memory.stat": "" }), facts("1", "cgroupfs"), ID)).toBeUndefined();
});
