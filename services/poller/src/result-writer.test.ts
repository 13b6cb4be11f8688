import { expect, test } from "@jest/globals";
import type { Timers } from "@lambdock/kernel/clock";
import { createResultWriter } from "./result-writer.ts";

/** Timers that pass when the test says so. */
function handTimers(): Timers & { pass(): Promise<void> } {
  let waiting: (() => void)[] = [];
  return {
    now: () => 0,
    monotonic: () => 0,
    after(_delayMs, run) {
      waiting.push(run);
      return () => (waiting = waiting.filter((each) => each !== run));
    },
    async pass() {
      for (const run of waiting.splice(0)) run();
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    },
  };
}

test("only the newest of many results is stored, and none twice", async () => {
  const [timers, stored] = [handTimers(), [] as string[]];
  const writer = createResultWriter({ timers, write: async (result) => void stored.push(result), onError: () => undefined });
  for (const result of ["OK", "PROBLEM: a", "OK", "PROBLEM: b"]) writer.set(result);
  await timers.pass();
  writer.set("PROBLEM: b");
  await timers.pass();
  expect(stored).toEqual(["PROBLEM: b"]);
  writer.set("OK");
  await timers.pass();
  expect(stored).toEqual(["PROBLEM: b", "OK"]);
});

test("a result that can't be stored is tried again, unless a newer one has come", async () => {
  const [timers, stored, errors] = [handTimers(), [] as string[], [] as unknown[]];
  const write = async (result: string): Promise<void> => {
    if (errors.length === 0) throw new Error("Redis is away");
    stored.push(result);
  };
  const writer = createResultWriter({ timers, write, onError: (error) => void errors.push(error) });
  writer.set("PROBLEM: a");
  await timers.pass();
  writer.set("OK");
  await timers.pass();
  expect([errors.length, stored]).toEqual([1, ["OK"]]);
  writer.set("PROBLEM: a");
  writer.close();
  await timers.pass();
  expect(stored).toEqual(["OK"]);
});
