import { afterEach, expect, test } from "@jest/globals";
import { SnapshotTrials } from "./snapshot-trials.ts";
import { environmentUnderTest } from "./testing/environment-fixture.ts";
import type { Script } from "./testing/scripted-driver.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Trials whose environments run the script; one sandbox of the fixture's own never begins. */
async function trials(script: Script) {
  const fixture = await environmentUnderTest({ script, spec: { snapStart: true } });
  const { factory, spec, driver } = fixture;
  const own = new Set(driver.live);
  const made = new SnapshotTrials(factory);
  closing.push(async () => {
    await made.stop();
    expect([...driver.live].filter((id) => !own.has(id))).toEqual([]);
    await fixture.close();
  });
  return { run: () => made.run(spec), stop: () => made.stop() };
}

test("a version that initializes is fine, and what was made for it goes", async () => {
  const { run } = await trials(async (runtime) => void (await runtime.get("/restore/next")));
  expect(await run()).toBeUndefined();
});

test.each<readonly [string, Script, string]>([
  ["reports an error", async (runtime) => void (await runtime.post("/init/error", "{}")), "FunctionError.RuntimeInitError"],
  ["runs out of memory", async (runtime) => runtime.exit({ status: 137, outOfMemory: true }), "FunctionError.InitResourceExhausted"],
])("a version whose init %s is Failed with AWS's code", async (_how, script, reasonCode) => {
  const { run } = await trials(script);
  expect(await run()).toMatchObject({ kind: "failed", reasonCode, reason: expect.stringContaining("init phase") });
});

test("a stop ends what is under way", async () => {
  let begun = (): void => {};
  const underWay = new Promise<void>((resolve) => (begun = resolve));
  const { run, stop } = await trials(async (runtime) => {
    begun();
    await runtime.killed;
  });
  const verdict = run();
  await underWay;
  await stop();
  expect(await verdict).toMatchObject({ kind: "failed", reasonCode: "InternalError" });
});
