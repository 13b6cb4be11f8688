import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { EngineFacts } from "./engine.ts";
import { createFreezer, thawLeftover } from "./freezer.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lambdock-freezer-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const layouts = [
  ["cgroup v1 of cgroupfs", { cgroupVersion: "1", cgroupDriver: "cgroupfs" }, "freezer/docker/c1", "freezer.state", "FROZEN", "THAWED"],
  [
    "cgroup v1 of systemd",
    { cgroupVersion: "1", cgroupDriver: "systemd" },
    "freezer/system.slice/docker-c1.scope",
    "freezer.state",
    "FROZEN",
    "THAWED",
  ],
  ["cgroup v2 of cgroupfs", { cgroupVersion: "2", cgroupDriver: "cgroupfs" }, "docker/c1", "cgroup.freeze", "1", "0"],
  ["cgroup v2 of systemd", { cgroupVersion: "2", cgroupDriver: "systemd" }, "system.slice/docker-c1.scope", "cgroup.freeze", "1", "0"],
] as const;

function layoutOf([name, facts, group, file, frozen, thawed]: (typeof layouts)[number]) {
  return { name, facts, group, file, frozen, thawed };
}

const requests: string[] = [];
beforeEach(() => void requests.splice(0));
const container = {
  id: "c1",
  pause: async () => void requests.push("pause"),
  unpause: async () => void requests.push("unpause"),
};

function fileIn(group: string, name: string): string {
  mkdirSync(join(root, group), { recursive: true });
  const path = join(root, group, name);
  writeFileSync(path, "");
  return path;
}

test.each(layouts.map(layoutOf))(
  "$name is frozen by one word in its file, without the engine",
  async ({ facts, group, file, frozen, thawed }) => {
    const path = fileIn(group, file);
    const freezer = createFreezer(root, facts as EngineFacts, container);
    expect(freezer.quick).toBe(true);
    await freezer.freeze();
    expect(readFileSync(path, "utf8")).toBe(frozen);
    expect(freezer.thaw()).toBeUndefined();
    expect(readFileSync(path, "utf8")).toBe(thawed);
    await freezer.freeze();
    freezer.close();
    expect(readFileSync(path, "utf8")).toBe(thawed);
    await freezer.freeze();
    expect(readFileSync(path, "utf8")).toBe(thawed);
    expect(requests).toEqual([]);
  },
);

test.each(layouts.map(layoutOf))("what another life froze in $name can be thawed by its id", ({ facts, group, file, frozen, thawed }) => {
  const path = fileIn(group, file);
  writeFileSync(path, frozen);
  thawLeftover(root, facts as EngineFacts, "c1");
  expect(readFileSync(path, "utf8")).toBe(thawed);
  thawLeftover(root, facts as EngineFacts, "gone");
});

test("without the file the engine pauses, one request after the other, and only as long as that is wanted", async () => {
  const freezer = createFreezer("", layouts[0][1] as EngineFacts, container);
  expect(freezer.quick).toBe(false);
  expect(freezer.thaw()).toBeUndefined();
  await freezer.freeze();
  await freezer.thaw();
  expect(requests).toEqual(["pause", "unpause"]);
  // A thaw that comes before the pause was sent makes both needless.
  await Promise.all([freezer.freeze(), freezer.thaw()]);
  expect(requests).toEqual(["pause", "unpause"]);
});

test("a container that the engine can't pause counts as thawed", async () => {
  const refusing = { ...container, pause: async () => Promise.reject(new Error("cannot pause")) };
  const freezer = createFreezer("", layouts[0][1] as EngineFacts, refusing);
  await expect(freezer.freeze()).rejects.toThrow("cannot pause");
  expect(freezer.thaw()).toBeUndefined();
  expect(requests).toEqual([]);
});
