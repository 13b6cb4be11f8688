import { expect, test } from "@jest/globals";
import { createPutsUnderWay } from "./puts-under-way.ts";

test("a reader waits for the puts of now, not for later ones", async () => {
  const puts = createPutsUnderWay();
  let keep = (): void => undefined;
  const first = puts.run(() => new Promise((resolve) => (keep = resolve)));
  let kept = false;
  const reader = puts.kept().then(() => (kept = true));
  void puts.run(() => new Promise(() => undefined));
  await new Promise((resolve) => setImmediate(resolve));
  expect(kept).toBe(false);
  keep();
  await Promise.all([first, reader]);
  expect(kept).toBe(true);
});

test("a put that broke off fails its own caller and the readers that waited for it, and no later ones", async () => {
  const puts = createPutsUnderWay();
  let breakOff = (_error: Error): void => undefined;
  const put = puts.run(() => new Promise((_resolve, reject) => (breakOff = reject)));
  const reader = puts.kept();
  breakOff(new Error("gone"));
  await expect(put).rejects.toThrow("gone");
  await expect(reader).rejects.toThrow("gone");
  await puts.kept();
});
