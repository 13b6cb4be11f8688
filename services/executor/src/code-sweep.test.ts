import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { createCodeStore } from "@lambdock/code-store/code-store";
import { createLogger } from "@lambdock/kernel/logger";
import { startCodeSweep } from "./code-sweep.ts";

test("what was unpacked of a removed zip goes with the next sweep, and after the end there is no next", async () => {
  const directory = await mkdtemp(join(tmpdir(), "sweep-"));
  const left = join(directory, "unpacked", "a".repeat(64));
  await mkdir(left, { recursive: true });
  await writeFile(join(left, "file"), "x");
  const due: (() => void)[] = [];
  const after = (_ms: number, run: () => void): (() => void) => {
    due.push(run);
    return () => void due.splice(due.indexOf(run), 1);
  };
  const stop = startCodeSweep({ codeStore: createCodeStore({ directory }), timers: { after }, logger: createLogger("test", "silent") });
  due.shift()!();
  while (due.length === 0) await new Promise(setImmediate);
  expect(await readdir(join(directory, "unpacked"))).toEqual([]);
  stop();
  expect(due).toEqual([]);
  await rm(directory, { recursive: true });
});
