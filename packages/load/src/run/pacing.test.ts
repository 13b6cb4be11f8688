import { expect, test } from "@jest/globals";
import { pace } from "./pacing.ts";

const nextOf = (times: number[]) => () => times.shift();
const never = new AbortController().signal;

test("everything is called when it is due and not before, in its order", async () => {
  const begun = performance.now();
  const now = (): number => performance.now() - begun;
  const called: { readonly due: number; readonly at: number }[] = [];
  await pace({ next: nextOf([0, 0, 5, 5.5, 40]), now, onDue: (due) => called.push({ due, at: now() }), onPause: () => undefined }, never);
  expect(called.map(({ due }) => due)).toEqual([0, 0, 5, 5.5, 40]);
  expect(called.every(({ due, at }) => at >= due)).toBe(true);
});

test("whoever is late makes up for it at once: what was due meanwhile is not put off", async () => {
  let at = 0;
  const pauses: number[] = [];
  const called: number[] = [];
  const onDue = (due: number): void => {
    called.push(due);
    // The first call holds everything up.
    if (due === 1) at = 100;
  };
  await pace({ next: nextOf([1, 10, 20, 30]), now: () => (at += 1), onDue, onPause: () => pauses.push(called.length) }, never);
  expect(called).toEqual([1, 10, 20, 30]);
  expect(pauses.at(-1)).toBe(4);
  expect(pauses).not.toContain(2);
});

test("a signal ends it", async () => {
  const ended = new AbortController();
  const called: number[] = [];
  const begun = performance.now();
  const now = (): number => performance.now() - begun;
  const onDue = (due: number): void => {
    called.push(due);
    ended.abort();
  };
  await pace({ next: nextOf([0, 1, 2]), now, onDue, onPause: () => undefined }, ended.signal);
  expect(called).toEqual([0]);
});

test("a signal ends it at once, however far away the next arrival is", async () => {
  const ended = new AbortController();
  const begun = performance.now();
  const now = (): number => performance.now() - begun;
  const called: number[] = [];
  const paced = pace({ next: nextOf([0, 3_600_000]), now, onDue: (due) => called.push(due), onPause: () => undefined }, ended.signal);
  ended.abort();
  await paced;
  expect(called).toEqual([0]);
});
