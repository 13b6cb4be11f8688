import { expect, test } from "@jest/globals";
import { mergeLines, spansBack, withoutTerminalCodes } from "./log-lines.ts";

const line = (timestamp: number, eventId = String(timestamp)) => ({ eventId, timestamp });

test("lines that are read again count once, late ones get their place", () => {
  const merged = mergeLines([line(1), line(5)], [line(5), line(3), line(7)], { from: 0, limit: 10 });
  expect(merged.map(({ timestamp }) => timestamp)).toEqual([1, 3, 5, 7]);
});

test("lines of the same millisecond stay in the order in which they were written", () => {
  const merged = mergeLines([line(1, "a")], [line(1, "b"), line(1, "c")], { from: 0, limit: 10 });
  expect(merged.map(({ eventId }) => eventId)).toEqual(["a", "b", "c"]);
});

test("what is too old or too much goes, the newest stay", () => {
  const merged = mergeLines([line(1), line(2)], [line(3), line(4), line(5)], { from: 2, limit: 3 });
  expect(merged.map(({ timestamp }) => timestamp)).toEqual([3, 4, 5]);
});

test("a span of time is read from its end, in parts that leave nothing out", () => {
  expect(spansBack(0, 600_000)).toEqual([
    [540_000, 600_000],
    [60_000, 540_000],
    [0, 60_000],
  ]);
  expect(spansBack(570_000, 600_000)).toEqual([[570_000, 600_000]]);
});

test("colours for terminals are not shown as text", () => {
  expect(withoutTerminalCodes("\u001B[31mred\u001B[0m and \u001B[1;38;5;200mbold\u001B[22m [31m")).toBe("red and bold [31m");
});
