import { expect, test } from "@jest/globals";
import { createLineSplitter, parseStatus } from "./supervisor-protocol.ts";

test.each([
  ["up", { kind: "up" }],
  ["killed", { kind: "killed" }],
  ["exit 137 2", { kind: "exit", status: 137, oomKills: 2 }],
  ["memory 4096", { kind: "memory", bytes: 4096 }],
])("reads the status line %j", (line, status) => {
  expect(parseStatus(line)).toEqual(status);
});

test.each(["", "exit", "exit x 0", "exit 1", "memory", "memory 1.5", "UP", "hello world"])(
  "ignores %j, which the supervisor never writes",
  (line) => {
    expect(parseStatus(line)).toBeUndefined();
  },
);

test("cuts lines across chunks and drops overlong ones", () => {
  const lines: string[] = [];
  const push = createLineSplitter((line) => lines.push(line));
  for (const chunk of ["u", "p\nexit 0", " 0\nkil", "led\n", `${"x".repeat(300)}\n`, "y".repeat(300), "\nup\n"]) push(Buffer.from(chunk));
  expect(lines).toEqual(["up", "exit 0 0", "killed", "", "up"]);
});
