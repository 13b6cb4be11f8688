import { expect, test } from "@jest/globals";
import { reportOf } from "./report-line.ts";

test("a REPORT line tells duration, memory and, of a cold start, the init", () => {
  const line =
    "REPORT RequestId: 1-2\tDuration: 12.34 ms\tBilled Duration: 113 ms\tMemory Size: 128 MB\tMax Memory Used: 45 MB\tInit Duration: 100.00 ms\t\n";
  expect(reportOf(`START RequestId: 1-2\n${line}`)).toEqual({ durationMs: 12.34, billedMs: 113, initMs: 100, memoryMb: 128, usedMb: 45 });
});

test("a warm run has no init", () => {
  const report = reportOf(
    "REPORT RequestId: 1-2\tDuration: 3.00 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 45 MB\t\n",
  );
  expect(report?.initMs).toBeUndefined();
});

test("the JSON format tells the same", () => {
  const record = {
    requestId: "1",
    metrics: { durationMs: 1.5, billedDurationMs: 2, initDurationMs: 90, memorySizeMB: 256, maxMemoryUsedMB: 60 },
    status: "success",
  };
  expect(reportOf(JSON.stringify({ time: "", type: "platform.report", record }))).toEqual({
    durationMs: 1.5,
    billedMs: 2,
    initMs: 90,
    memoryMb: 256,
    usedMb: 60,
  });
});

test("a log without a report tells nothing", () => {
  expect(reportOf("hello\n")).toBeUndefined();
});
