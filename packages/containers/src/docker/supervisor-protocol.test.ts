import { expect, test } from "@jest/globals";
import { createLineSplitter, parseStatus } from "./supervisor-protocol.ts";

test.each([
  ["up", { kind: "up" }],
  ["killed", { kind: "killed" }],
  ["exit 137 2", { kind: "exit", status: 137, oomKills: 2 }],
  ["memory 4096", { kind: "memory", bytes: 4096 }],
  ["runtime 17", { kind: "runtime", pid: 17 }],
  ["extension two words", { kind: "extension", name: "two words" }],
  ["extension-exit 3 two words", { kind: "extension-exit", exit: { name: "two words", status: 3 } }],
  ["extension-fault permission x", { kind: "extension-exit", exit: { name: "x", status: 127, launchError: "permission denied" } }],
])("reads the status line %j", (line, status) => {
  expect(parseStatus(line)).toEqual(status);
});

test.each([
  "",
  "exit",
  "exit x 0",
  "exit 1",
  "memory",
  "memory 1.5",
  "UP",
  "hello world",
  "runtime 1",
  "extension-exit x y",
  "extension-fault odd x",
])("ignores %j, which the supervisor never writes", (line) => {
  expect(parseStatus(line)).toBeUndefined();
});

test("cuts lines across chunks and drops overlong ones", () => {
  const lines: string[] = [];
  const push = createLineSplitter((line) => lines.push(line));
  for (const chunk of ["u", "p\nexit 0", " 0\nkil", "led\n", `${"x".repeat(600)}\n`, "y".repeat(600), "\nup\n"]) push(Buffer.from(chunk));
  expect(lines).toEqual(["up", "exit 0 0", "killed", "", "up"]);
});
