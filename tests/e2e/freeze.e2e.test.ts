/** What happens to an execution environment between invocations. runtime-api.md 6.3. */
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { lambdaClient } from "./support/clients.ts";
import { createDeployer } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";

interface Ticks {
  readonly found: number;
  readonly ticks: number;
  readonly aliveMs: number;
}

const deploy = createDeployer(lambdaClient());
const TICK_MS = 10;
/** How long the function is left alone: that time passes is what is tested. */
const IDLE_MS = 1_500;

test("A function's timer does not tick while it is idle, but does in its next invocation", async () => {
  const name = await deploy({ fixture: "ticker", MemorySize: 1_769 });
  const { payload: before } = await invoke<Ticks>(name, { more: 5 });
  expect(before.ticks).toBeGreaterThanOrEqual(before.found + 5);
  await pause(IDLE_MS);
  const { payload: after } = await invoke<Ticks>(name, { more: 5 });
  // Its clock went on, as on AWS; its timer stood still but for the grace before it was frozen.
  expect(after.aliveMs - before.aliveMs).toBeGreaterThanOrEqual(IDLE_MS);
  expect((after.found - before.ticks) * TICK_MS).toBeLessThan(IDLE_MS / 2);
  expect(after.ticks).toBeGreaterThanOrEqual(after.found + 5);
});

test("A function in steady use is not frozen in between", async () => {
  const name = await deploy({ fixture: "ticker", MemorySize: 1_769 });
  const { payload: before } = await invoke<Ticks>(name);
  let after = before;
  // No pause between them is as long as the grace.
  while (after.aliveMs - before.aliveMs < 500) ({ payload: after } = await invoke<Ticks>(name));
  const passedMs = after.aliveMs - before.aliveMs;
  expect((after.ticks - before.ticks) * TICK_MS).toBeGreaterThan(passedMs / 4);
});
