import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { simulate } from "../simulate/simulate.ts";
import { scenarioOf } from "../testing/scenarios.ts";
import { makeFolder, summaryOf, writeResult } from "./output.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "lambdock-output-"))));
afterAll(() => rm(folder, { recursive: true }));

test("a place for reports is made before the run, or refused in one sentence", async () => {
  await makeFolder(join(folder, "a/b"));
  expect((await stat(join(folder, "a/b"))).isDirectory()).toBe(true);
  await makeFolder(join(folder, "a/b"));
  const file = join(folder, "file");
  await writeFile(file, "");
  await expect(makeFolder(file)).rejects.toMatchObject({
    name: "UsageError",
    message: expect.stringMatching(/^--out must be a folder that can be written to, and \S+\/file is not: EEXIST/),
  });
});

test("the summary tells what went wrong beside what was served", async () => {
  const { result } = simulate(
    scenarioOf("name: It's 5 o'clock!\nfunctions: { f: { errorRate: 1 } }\ntraffic: [{ to: f, phases: [{ burst: 3 }] }]"),
  );
  const written = await writeResult(result, folder);
  expect(written.html).toBe(join(folder, "it-s-5-o-clock-simulated.html"));
  expect(summaryOf(result, written)).toContain("  f: 3 offered, 0 served, 3 errors, 0 throttles");
});
