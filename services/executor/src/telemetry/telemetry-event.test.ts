import { expect, test } from "@jest/globals";
import type { Subscription } from "./subscription.ts";
import { categoryOf, wordFact, type TelemetryFact } from "./telemetry-event.ts";

const at = Date.parse("2026-01-02T03:04:05.678Z");
const tracing = { spanId: "54565fb41ac79632", type: "X-Amzn-Trace-Id", value: "Root=1-0-0;Sampled=1" } as const;
const requestId = "6d67e385-053d-4622-a56f-b25bcef23083";
const context = { initializationType: "on-demand", instanceId: "e1", memorySizeMb: 128, json: true };
const runtime = { runtimeVersion: "nodejs:24.v1", runtimeVersionArn: "arn:r", functionName: "f", version: "$LATEST" };
const report = { type: "report", requestId, durationMs: 220.12345, memorySizeMb: 128, maxMemoryUsedMb: 90, status: "success" } as const;

function word(fact: TelemetryFact, api: "telemetry" | "logs" = "telemetry", schemaVersion = "2022-12-13"): unknown {
  const subscription = { api, schemaVersion } as Subscription;
  const text = wordFact(fact, subscription, context);
  return text === undefined ? undefined : JSON.parse(text);
}

const facts = {
  initStart: { kind: "line", at, line: { type: "init-start", ...runtime }, phase: "invoke" },
  initRuntimeDone: { kind: "init-runtime-done", at, phase: "init", status: "error", errorType: "Runtime.ExitError" },
  restoreRuntimeDone: { kind: "restore-runtime-done", at, status: "success" },
  start: { kind: "line", at, line: { type: "start", requestId, version: "3" }, tracing },
  runtimeDone: {
    kind: "runtime-done",
    at,
    requestId,
    status: "error",
    errorType: "Runtime.ExitError",
    durationMs: 201,
    producedBytes: 15,
    spans: [{ name: "responseLatency", startAt: at, durationMs: 23.02 }],
    tracing,
  },
  report: { kind: "line", at, line: report, spans: [{ name: "extensionOverhead", startAt: at, durationMs: 19 }], tracing },
  end: { kind: "line", at, line: { type: "end", requestId } },
  extension: { kind: "line", at, line: { type: "extension", name: "x", state: "Ready", events: ["INVOKE"] } },
  subscription: { kind: "subscription", at, name: "x", types: ["platform"] },
  dropped: { kind: "dropped", at, droppedRecords: 3, droppedBytes: 99 },
} as const satisfies Record<string, TelemetryFact>;

const reason = "Consumer seems to have fallen behind as it has not acknowledged receipt of logs.";

test.each<[keyof typeof facts, string, unknown]>([
  [
    "initStart",
    "platform.initStart",
    {
      initializationType: "on-demand",
      phase: "invoke",
      runtimeVersion: "nodejs:24.v1",
      runtimeVersionArn: "arn:r",
      functionName: "f",
      functionVersion: "$LATEST",
      instanceId: "e1",
      instanceMaxMemory: 128,
    },
  ],
  [
    "initRuntimeDone",
    "platform.initRuntimeDone",
    { initializationType: "on-demand", phase: "init", status: "error", errorType: "Runtime.ExitError" },
  ],
  ["restoreRuntimeDone", "platform.restoreRuntimeDone", { status: "success" }],
  ["start", "platform.start", { requestId, version: "3", tracing }],
  [
    "runtimeDone",
    "platform.runtimeDone",
    {
      requestId,
      status: "error",
      errorType: "Runtime.ExitError",
      metrics: { durationMs: 201, producedBytes: 15 },
      spans: [{ name: "responseLatency", start: "2026-01-02T03:04:05.678Z", durationMs: 23.02 }],
      tracing,
    },
  ],
  [
    "report",
    "platform.report",
    {
      requestId,
      status: "success",
      metrics: { durationMs: 220.123, billedDurationMs: 221, memorySizeMB: 128, maxMemoryUsedMB: 90 },
      spans: [{ name: "extensionOverhead", start: "2026-01-02T03:04:05.678Z", durationMs: 19 }],
      tracing,
    },
  ],
  ["extension", "platform.extension", { name: "x", state: "Ready", events: ["INVOKE"] }],
  ["subscription", "platform.telemetrySubscription", { name: "x", state: "Subscribed", types: ["platform"] }],
  ["dropped", "platform.logsDropped", { reason, droppedRecords: 3, droppedBytes: 99 }],
])("%s is worded as AWS's Telemetry API does", (name, type, record) => {
  expect(word(facts[name])).toEqual({ time: "2026-01-02T03:04:05.678Z", type, record });
  expect(categoryOf(facts[name])).toBe("platform");
});

test.each<[keyof typeof facts, string, unknown, unknown]>([
  ["start", "2020-08-15", "platform.start", { requestId, version: "3" }],
  ["end", "2020-08-15", "platform.end", { requestId }],
  [
    "report",
    "2020-08-15",
    "platform.report",
    { requestId, metrics: { durationMs: 220.123, billedDurationMs: 221, memorySizeMB: 128, maxMemoryUsedMB: 90 } },
  ],
  ["runtimeDone", "2020-08-15", "platform.fault", `RequestId: ${requestId} Process exited before completing request`],
  ["runtimeDone", "2021-03-18", "platform.runtimeDone", { requestId, status: "failure" }],
  ["extension", "2020-08-15", "platform.extension", { name: "x", state: "Ready", events: ["INVOKE"] }],
  ["subscription", "2020-08-15", "platform.logsSubscription", { name: "x", state: "Subscribed", types: ["platform"] }],
  ["dropped", "2020-08-15", "platform.logsDropped", { reason, droppedRecords: 3, droppedBytes: 99 }],
])("%s is worded as the Logs API %s does", (name, schemaVersion, type, record) => {
  expect(word(facts[name], "logs", String(schemaVersion))).toEqual({ time: "2026-01-02T03:04:05.678Z", type, record });
});

test("neither API tells what only the other knows", () => {
  expect(word(facts.end)).toBeUndefined();
  for (const name of ["initStart", "initRuntimeDone", "restoreRuntimeDone"] as const) expect(word(facts[name], "logs")).toBeUndefined();
  expect(word({ ...facts.runtimeDone, status: "success" }, "logs", "2020-08-15")).toBeUndefined();
});

test.each([
  ['{"level":"INFO"}', "telemetry", "2022-12-13", { level: "INFO" }],
  ['{"level":"INFO"}', "telemetry", "2022-07-01", '{"level":"INFO"}'],
  ['{"level":"INFO"}', "logs", "2020-08-15", '{"level":"INFO"}'],
  ["plain { text", "telemetry", "2022-12-13", "plain { text"],
  ["42", "telemetry", "2022-12-13", "42"],
] as const)("the line %j is for the %s API %s the record %j", (text, api, schemaVersion, record) => {
  const fact: TelemetryFact = { kind: "output", at, source: "function", text };
  expect(word(fact, api, schemaVersion)).toMatchObject({ type: "function", record });
  expect(categoryOf({ ...fact, source: "extension" })).toBe("extension");
});
