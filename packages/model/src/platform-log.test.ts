import { expect, test } from "@jest/globals";
import { formatJsonLine, formatTextLine, type PlatformLine } from "@lambdock/model/platform-log";

const report: PlatformLine = {
  type: "report",
  requestId: "r",
  durationMs: 1_184.241,
  memorySizeMb: 512,
  maxMemoryUsedMb: 134,
  restoreDurationMs: 199.5,
  status: "success",
};
const runtime = { runtimeVersion: "python:3.13.v1", runtimeVersionArn: "arn:r", functionName: "f", version: "1" };

test.each<readonly [PlatformLine, string]>([
  [
    { type: "extension", name: "a b", state: "Ready", events: ["INVOKE", "SHUTDOWN"] },
    "EXTENSION\tName: a b\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n",
  ],
  [
    { type: "extension", name: "a", state: "LaunchError", events: [], errorType: "PermissionDenied" },
    "EXTENSION\tName: a\tState: LaunchError\tEvents: []\tError Type: PermissionDenied\n",
  ],
  [
    { type: "init-report", durationMs: 12.345, phase: "init", status: "success" },
    "INIT_REPORT Init Duration: 12.35 ms\tPhase: init\tStatus: success\n",
  ],
  [{ type: "restore-start", ...runtime }, "RESTORE_START Runtime Version: python:3.13.v1\tRuntime Version ARN: arn:r\n"],
  [{ type: "restore-report", durationMs: 398.97, status: "success" }, "RESTORE_REPORT Restore Duration: 398.97 ms\n"],
  [{ type: "restore-report", durationMs: 10_000, status: "timeout" }, "RESTORE_REPORT Restore Duration: 10000.00 ms\tStatus: timeout\n"],
  [
    { type: "restore-report", durationMs: 5, status: "error", errorType: "Runtime.AfterRestoreError" },
    "RESTORE_REPORT Restore Duration: 5.00 ms\tStatus: error\tError Type: Runtime.AfterRestoreError\n",
  ],
  [
    report,
    "REPORT RequestId: r\tDuration: 1184.24 ms\tBilled Duration: 1385 ms\tMemory Size: 512 MB\tMax Memory Used: 134 MB\tRestore Duration: 199.50 ms\tBilled Restore Duration: 200 ms\t\n",
  ],
])("%j as text", (line, text) => {
  expect(formatTextLine(line)).toBe(text);
});

test.each<readonly [PlatformLine, object]>([
  [
    { type: "extension", name: "a", state: "Ready", events: ["INVOKE"] },
    { type: "platform.extension", record: { name: "a", state: "Ready", events: ["INVOKE"] } },
  ],
  [
    { type: "init-report", durationMs: 1.5, phase: "init", status: "success", initializationType: "snap-start" },
    {
      type: "platform.initReport",
      record: { initializationType: "snap-start", phase: "init", status: "success", metrics: { durationMs: 1.5 } },
    },
  ],
  [
    { type: "restore-report", durationMs: 1.5, status: "success" },
    { type: "platform.restoreReport", record: { status: "success", metrics: { durationMs: 1.5 } } },
  ],
  [
    report,
    {
      type: "platform.report",
      record: {
        requestId: "r",
        status: "success",
        metrics: {
          durationMs: 1_184.241,
          billedDurationMs: 1_385,
          memorySizeMB: 512,
          maxMemoryUsedMB: 134,
          restoreDurationMs: 199.5,
          billedRestoreDurationMs: 200,
        },
      },
    },
  ],
])("%j as JSON", (line, document) => {
  expect(JSON.parse(formatJsonLine(line, 0)!)).toEqual({ time: "1970-01-01T00:00:00.000Z", ...document });
});
