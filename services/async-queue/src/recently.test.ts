import { expect, test } from "@jest/globals";
import { createRecently } from "./recently.ts";

test("an answer is used for its time, by all who ask, and then asked for anew", async () => {
  let [now, loads] = [0, 0];
  const recently = createRecently(100, () => now);
  const ask = (key: string): Promise<string> => recently.get(key, () => Promise.resolve(`${key}${(loads += 1)}`));
  expect(await Promise.all([ask("a"), ask("a"), ask("b")])).toEqual(["a1", "a1", "b2"]);
  now = 99;
  expect(await ask("a")).toBe("a1");
  now = 100;
  expect(await ask("a")).toBe("a3");
});

test("a failure is not kept", async () => {
  const recently = createRecently(100, () => 0);
  await expect(recently.get("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect(await recently.get("a", () => Promise.resolve(1))).toBe(1);
});
