import { expect, test } from "@jest/globals";
import { createLogger } from "./logger.ts";
import { createStopList } from "./stop-list.ts";

test("the newest part stops first, and each once", async () => {
  const stopped: string[] = [];
  const list = createStopList(createLogger("test", "silent"));
  for (const name of ["redis", "executor", "gateway"]) list.add(name, () => void stopped.push(name));
  await list.run(100);
  await list.run(100);
  expect(stopped).toEqual(["gateway", "executor", "redis"]);
});

test("a part that fails to stop is logged, and the others still stop", async () => {
  const lines: string[] = [];
  const stopped: string[] = [];
  const list = createStopList(createLogger("test", "error", {}, (line) => lines.push(line)));
  list.add("redis", () => void stopped.push("redis"));
  list.add("executor", () => Promise.reject(new Error("no engine")));
  await list.run(100);
  expect(stopped).toEqual(["redis"]);
  expect(lines.join("")).toMatch(/a part did not stop cleanly part=executor error="no engine"/);
});

test("parts share one deadline: what one uses up is not there for the next", async () => {
  const deadlines: number[] = [];
  const list = createStopList(createLogger("test", "silent"));
  list.add("second", (deadlineMs) => void deadlines.push(deadlineMs));
  list.add("first", (deadlineMs) => {
    deadlines.push(deadlineMs);
    const until = performance.now() + 20;
    while (performance.now() < until);
  });
  await list.run(1_000);
  expect(deadlines[0]).toBeGreaterThan(990);
  expect(deadlines[1]).toBeLessThanOrEqual(deadlines[0]! - 20);
});
