/**
 * What happens in an environment, and how the two APIs word it (runtime-api.md section 4).
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 */
import { platformEvent, type PlatformLine, type RunStatus } from "@lambdock/model/platform-log";
import type { Subscription, TelemetryCategory } from "./subscription.ts";

/** Something that subscribers may want to know. Instants and durations are milliseconds. */
export type TelemetryFact =
  /** A line of the platform's own log, or what would be one if CloudWatch were told of it. */
  | {
      readonly kind: "line";
      readonly at: number;
      readonly line: PlatformLine;
      /** Of an init: before an invocation, or inside it. */
      readonly phase?: "init" | "invoke";
      readonly tracing?: Tracing;
      readonly spans?: readonly Span[];
    }
  /** A message without the line feed at its end. */
  | { readonly kind: "output"; readonly at: number; readonly source: "function" | "extension"; readonly text: string }
  | {
      readonly kind: "init-runtime-done";
      readonly at: number;
      readonly phase: "init" | "invoke";
      readonly status: RunStatus;
      readonly errorType?: string;
    }
  | { readonly kind: "restore-runtime-done"; readonly at: number; readonly status: RunStatus; readonly errorType?: string }
  | RuntimeDone
  | { readonly kind: "subscription"; readonly at: number; readonly name: string; readonly types: readonly TelemetryCategory[] }
  | { readonly kind: "dropped"; readonly at: number; readonly droppedRecords: number; readonly droppedBytes: number };

/** The runtime is done with a run; extensions may still work on it. */
export interface RuntimeDone {
  readonly kind: "runtime-done";
  readonly at: number;
  readonly requestId: string;
  readonly status: RunStatus;
  readonly errorType?: string;
  readonly durationMs: number;
  /** Absent where the runtime sent nothing. */
  readonly producedBytes?: number;
  readonly spans: readonly Span[];
  readonly tracing?: Tracing;
}

export interface Tracing {
  readonly spanId: string;
  readonly type: "X-Amzn-Trace-Id";
  readonly value: string;
}

export interface Span {
  readonly name: "responseLatency" | "responseDuration" | "runtimeOverhead" | "extensionOverhead";
  readonly startAt: number;
  readonly durationMs: number;
}

/** What is the same for all facts of one environment. */
export interface TelemetryContext {
  readonly initializationType: string;
  readonly instanceId: string;
  readonly memorySizeMb: number;
  /** The function's log format. */
  readonly json: boolean;
}

interface Worded {
  readonly type: string;
  readonly record: unknown;
}

const DROPPED_REASON = "Consumer seems to have fallen behind as it has not acknowledged receipt of logs.";

/** The category by which a fact is subscribed to. */
export function categoryOf(fact: TelemetryFact): TelemetryCategory {
  return fact.kind === "output" ? fact.source : "platform";
}

/** One JSON document as this subscription wants it; `undefined` where its API has no such event. */
export function wordFact(fact: TelemetryFact, subscription: Subscription, context: TelemetryContext): string | undefined {
  const worded = subscription.api === "logs" ? wordForLogs(fact, subscription) : wordForTelemetry(fact, subscription, context);
  return worded === undefined ? undefined : JSON.stringify({ time: new Date(fact.at).toISOString(), ...worded });
}

function wordForTelemetry(fact: TelemetryFact, subscription: Subscription, context: TelemetryContext): Worded | undefined {
  const { initializationType } = context;
  switch (fact.kind) {
    case "line":
      return wordLine(fact, context);
    case "output":
      return { type: fact.source, record: outputRecord(fact.text, context.json && subscription.schemaVersion !== "2022-07-01") };
    case "init-runtime-done":
      return { type: "platform.initRuntimeDone", record: { initializationType, phase: fact.phase, ...statusOf(fact) } };
    case "restore-runtime-done":
      return { type: "platform.restoreRuntimeDone", record: statusOf(fact) };
    case "runtime-done":
      return { type: "platform.runtimeDone", record: runtimeDoneRecord(fact) };
    case "subscription":
      return { type: "platform.telemetrySubscription", record: { name: fact.name, state: "Subscribed", types: fact.types } };
    case "dropped":
      return { type: "platform.logsDropped", record: droppedRecord(fact) };
  }
}

function wordLine(fact: Extract<TelemetryFact, { kind: "line" }>, context: TelemetryContext): Worded | undefined {
  const event = platformEvent(fact.line);
  if (event === undefined) return undefined;
  const { line, phase, tracing, spans } = fact;
  const added = {
    ...(phase === undefined ? {} : { phase }),
    ...(line.type === "init-start" || line.type === "restore-start"
      ? { instanceId: context.instanceId, instanceMaxMemory: context.memorySizeMb }
      : {}),
    ...(spans === undefined ? {} : { spans: spans.map(spanRecord) }),
    ...(tracing === undefined ? {} : { tracing }),
  };
  return { type: event.type, record: { ...event.record, ...added } };
}

function runtimeDoneRecord(fact: RuntimeDone): object {
  const { requestId, durationMs, producedBytes, spans, tracing } = fact;
  return {
    requestId,
    ...statusOf(fact),
    metrics: { durationMs: round(durationMs), ...(producedBytes === undefined ? {} : { producedBytes }) },
    ...(spans.length === 0 ? {} : { spans: spans.map(spanRecord) }),
    ...(tracing === undefined ? {} : { tracing }),
  };
}

/** The Logs API has neither init nor spans; `platform.end` and, in its first version, `platform.fault` are its own. */
function wordForLogs(fact: TelemetryFact, { schemaVersion }: Subscription): Worded | undefined {
  switch (fact.kind) {
    case "line":
      return wordLineForLogs(fact.line);
    case "output":
      return { type: fact.source, record: fact.text };
    case "runtime-done":
      return schemaVersion === "2020-08-15" ? faultForLogs(fact) : { type: "platform.runtimeDone", record: doneForLogs(fact) };
    case "subscription":
      return { type: "platform.logsSubscription", record: { name: fact.name, state: "Subscribed", types: fact.types } };
    case "dropped":
      return { type: "platform.logsDropped", record: droppedRecord(fact) };
    default:
      return undefined;
  }
}

function faultForLogs({ requestId, status }: RuntimeDone): Worded | undefined {
  if (status !== "error") return undefined;
  return { type: "platform.fault", record: `RequestId: ${requestId} Process exited before completing request` };
}

function doneForLogs({ requestId, status }: RuntimeDone): object {
  return { requestId, status: status === "error" ? "failure" : status };
}

function wordLineForLogs(line: PlatformLine): Worded | undefined {
  switch (line.type) {
    case "start":
      return { type: "platform.start", record: { requestId: line.requestId, version: line.version } };
    case "end":
      return { type: "platform.end", record: { requestId: line.requestId } };
    case "report":
      return { type: "platform.report", record: { requestId: line.requestId, metrics: platformEvent(line)?.record["metrics"] } };
    case "extension":
      return { type: "platform.extension", record: { name: line.name, state: line.state, events: line.events } };
    default:
      return undefined;
  }
}

/** A line of JSON is an object where the log format is JSON; anything else is text. */
function outputRecord(text: string, json: boolean): unknown {
  if (!json) return text;
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? parsed : text;
  } catch {
    return text;
  }
}

function statusOf({ status, errorType }: { readonly status: RunStatus; readonly errorType?: string }): object {
  return { status, ...(errorType === undefined ? {} : { errorType }) };
}

function spanRecord({ name, startAt, durationMs }: Span): object {
  return { name, start: new Date(startAt).toISOString(), durationMs: round(durationMs) };
}

function droppedRecord({ droppedRecords, droppedBytes }: Extract<TelemetryFact, { kind: "dropped" }>): object {
  return { reason: DROPPED_REASON, droppedRecords, droppedBytes };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000;
}
