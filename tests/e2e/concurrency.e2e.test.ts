/** Environments: one request at a time in each, reused when free. */
import { expect, test } from "@jest/globals";
import { createDeployer } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";

const deploy = createDeployer();

interface Life {
  readonly born: string;
  readonly invocations: number;
  readonly running: number;
}

test("Requests one after the other share one environment", async () => {
  const name = await deploy({ fixture: "lifetime" });
  const lives: Life[] = [];
  for (let round = 0; round < 5; round += 1) lives.push((await invoke<Life>(name)).payload);
  expect(new Set(lives.map((life) => life.born)).size).toBe(1);
  expect(lives.map((life) => life.invocations)).toEqual([1, 2, 3, 4, 5]);
});

test("20 requests at once get 20 environments, each running one at a time", async () => {
  const name = await deploy({ fixture: "lifetime", Timeout: 60, MemorySize: 512 });
  const answers = await Promise.all(Array.from({ length: 20 }, async () => invoke<Life>(name, { forMs: 15_000 })));
  expect(answers.map((answer) => answer.functionError)).toEqual(Array.from({ length: 20 }));
  expect(new Set(answers.map((answer) => answer.payload.born)).size).toBe(20);
  expect(answers.every((answer) => answer.payload.running === 1)).toBe(true);
});

test("A burst that fits into the free environments starts no new ones", async () => {
  const name = await deploy({ fixture: "lifetime", Timeout: 30 });
  const together = async (forMs: number): Promise<Set<string>> =>
    new Set((await Promise.all([1, 2, 3].map(async () => invoke<Life>(name, { forMs })))).map((answer) => answer.payload.born));
  const first = await together(2_000);
  expect(first.size).toBe(3);
  const second = await together(200);
  expect([...second].every((born) => first.has(born))).toBe(true);
});
