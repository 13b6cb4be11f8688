import { EventEmitter } from "node:events";
import { expect, test } from "@jest/globals";
import { listenForInterrupts } from "./interrupts.ts";

function listen() {
  const source = new EventEmitter();
  const told: string[] = [];
  let at = 0;
  const interrupts = listenForInterrupts(
    source,
    (sentence) => told.push(sentence),
    () => at,
  );
  const press = (signal: "SIGINT" | "SIGTERM", afterMs: number): void => {
    at += afterMs;
    source.emit(signal);
  };
  const state = () => [interrupts.sending.aborted, interrupts.waiting.aborted, source.listenerCount("SIGINT") === 1];
  return { told, press, state, interrupts };
}

test("the first signal ends sending, the second waiting, and after that signals are the process's own", () => {
  const { told, press, state } = listen();
  expect(state()).toEqual([false, false, true]);
  press("SIGTERM", 1_000);
  expect(state()).toEqual([true, false, true]);
  press("SIGINT", 1_000);
  expect(state()).toEqual([true, true, false]);
  expect(told).toEqual([expect.stringMatching(/^No more is sent/), expect.stringMatching(/^Taking away/)]);
});

test("one Ctrl-C that comes twice, from the terminal and from npm, is one", () => {
  const { told, press, state } = listen();
  press("SIGINT", 1_000);
  press("SIGINT", 3);
  expect(state()).toEqual([true, false, true]);
  expect(told).toHaveLength(1);
});

test("after the run a signal ends the process", () => {
  const { interrupts, state } = listen();
  interrupts.close();
  expect(state()).toEqual([false, false, false]);
});
