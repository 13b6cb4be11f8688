import { mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { DataDirectoryInUse, lockDataDirectory } from "./data-lock.ts";
import { runInChild } from "./testing/child.ts";

const directory = mkdtempSync(join(tmpdir(), "lambdock-lock-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("a data directory has one owner at a time", async () => {
  const release = await lockDataDirectory(join(directory, "new", "folder"));
  await expect(lockDataDirectory(join(directory, "new", "folder"))).rejects.toThrow(DataDirectoryInUse);
  await (
    await lockDataDirectory(join(directory, "another"))
  )();
  await release();
  await (
    await lockDataDirectory(join(directory, "new", "folder"))
  )();
});

test("the directory of a killed process is free again", async () => {
  const script = `
    import { lockDataDirectory } from "./data-lock.mjs";
    await lockDataDirectory(${JSON.stringify(directory)});
    console.log("locked");`;
  const { child } = await runInChild(directory, { sources: ["data-lock"], script });
  await expect(lockDataDirectory(directory)).rejects.toThrow(/is running with the data directory .*LAMBDOCK_DATA_DIR/);
  child.kill("SIGKILL");
  await once(child, "exit");
  await (
    await lockDataDirectory(directory)
  )();
});
