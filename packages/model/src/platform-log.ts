/**
 * The lines that Lambda itself writes into a function's log, in text and in JSON form
 * (`LoggingConfig.LogFormat`). Text forms are recorded; tabs and trailing tabs are AWS's.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
 */
import type { InitializationType } from "./function-spec.ts";

export type RunStatus = "success" | "failure" | "error" | "timeout";

export type PlatformLine =
  | {
      readonly type: "init-start";
      readonly runtimeVersion: string;
      readonly runtimeVersionArn: string;
      readonly functionName: string;
      readonly version: string;
      /** Absent is on-demand. */
      readonly initializationType?: InitializationType;
    }
  | {
      readonly type: "init-report";
      readonly durationMs: number;
      readonly phase: "init" | "invoke";
      /** A success is told only of an init that no invocation waited for. */
      readonly status: "success" | "error" | "timeout";
      readonly errorType?: string;
      /** Absent is on-demand. */
      readonly initializationType?: InitializationType;
    }
  | {
      readonly type: "restore-start";
      readonly runtimeVersion: string;
      readonly runtimeVersionArn: string;
      readonly functionName: string;
      readonly version: string;
    }
  | {
      readonly type: "restore-report";
      readonly durationMs: number;
      readonly status: "success" | "error" | "timeout";
      readonly errorType?: string;
    }
  | {
      readonly type: "extension";
      readonly name: string;
      /** Such as `Ready` or `LaunchError`. */
      readonly state: string;
      readonly events: readonly string[];
      readonly errorType?: string;
    }
  | { readonly type: "start"; readonly requestId: string; readonly version: string }
  | { readonly type: "end"; readonly requestId: string }
  | RunReport;

/** What `REPORT` says of one run. */
export interface RunReport {
  readonly type: "report";
  readonly requestId: string;
  readonly durationMs: number;
  readonly memorySizeMb: number;
  readonly maxMemoryUsedMb: number;
  /** Only on the first invocation of an environment whose init phase succeeded. */
  readonly initDurationMs?: number;
  /** Only on the first invocation of an environment that SnapStart restored. */
  readonly restoreDurationMs?: number;
  readonly status: RunStatus;
  /** Such as `Runtime.ExitError` or `Runtime.OutOfMemory`. */
  readonly errorType?: string;
}

/** Since August 2025 the init phase is billed too: whole milliseconds of both, rounded up once; a restore is rounded by itself. */
export function billedDurationMs(report: Pick<RunReport, "durationMs" | "initDurationMs" | "restoreDurationMs">): number {
  return Math.ceil(report.durationMs + (report.initDurationMs ?? 0)) + Math.ceil(report.restoreDurationMs ?? 0);
}

/** One line of text, with its newline. */
export function formatTextLine(line: PlatformLine): string {
  switch (line.type) {
    case "init-start":
      return `INIT_START Runtime Version: ${line.runtimeVersion}\tRuntime Version ARN: ${line.runtimeVersionArn}\n`;
    case "init-report":
      return `INIT_REPORT Init Duration: ${line.durationMs.toFixed(2)} ms\tPhase: ${line.phase}\tStatus: ${line.status}${errorTypeField(line)}\n`;
    case "restore-start":
      return `RESTORE_START Runtime Version: ${line.runtimeVersion}\tRuntime Version ARN: ${line.runtimeVersionArn}\n`;
    case "restore-report":
      return `RESTORE_REPORT Restore Duration: ${line.durationMs.toFixed(2)} ms${line.status === "success" ? "" : `\tStatus: ${line.status}`}${errorTypeField(line)}\n`;
    case "extension":
      return `EXTENSION\tName: ${line.name}\tState: ${line.state}\tEvents: [${line.events.join(", ")}]${errorTypeField(line)}\n`;
    case "start":
      return `START RequestId: ${line.requestId} Version: ${line.version}\n`;
    case "end":
      return `END RequestId: ${line.requestId}\n`;
    case "report":
      return formatReport(line);
  }
}

function errorTypeField({ errorType }: { readonly errorType?: string }): string {
  return errorType === undefined ? "" : `\tError Type: ${errorType}`;
}

function formatReport(report: RunReport): string {
  const fields = [
    `REPORT RequestId: ${report.requestId}`,
    `Duration: ${report.durationMs.toFixed(2)} ms`,
    `Billed Duration: ${billedDurationMs(report)} ms`,
    `Memory Size: ${report.memorySizeMb} MB`,
    `Max Memory Used: ${report.maxMemoryUsedMb} MB`,
  ];
  if (report.initDurationMs !== undefined) fields.push(`Init Duration: ${report.initDurationMs.toFixed(2)} ms`);
  if (report.restoreDurationMs !== undefined) {
    fields.push(`Restore Duration: ${report.restoreDurationMs.toFixed(2)} ms`);
    fields.push(`Billed Restore Duration: ${Math.ceil(report.restoreDurationMs)} ms`);
  }
  // A handler's own exception ("failure") has no Status: only crashes and timeouts do.
  if (report.status === "timeout") fields.push("Status: timeout");
  if (report.status === "error") fields.push("Status: error", `Error Type: ${report.errorType ?? "Runtime.Unknown"}`);
  return `${fields.join("\t")}\t\n`;
}

/** One JSON document per line, as written when the function's log format is JSON; `undefined` for lines that JSON has not. */
export function formatJsonLine(line: PlatformLine, timestampMs: number): string | undefined {
  const event = platformEvent(line);
  return event === undefined ? undefined : `${JSON.stringify({ time: new Date(timestampMs).toISOString(), ...event })}\n`;
}

/** What the line says as an event of the Telemetry API, which the JSON log format shows too. */
export interface PlatformEvent {
  readonly type: string;
  readonly record: Readonly<Record<string, unknown>>;
}

/** `undefined` for lines that are none (END). */
export function platformEvent(line: PlatformLine): PlatformEvent | undefined {
  switch (line.type) {
    case "init-start":
      return event("platform.initStart", {
        initializationType: line.initializationType ?? "on-demand",
        phase: "init",
        runtimeVersion: line.runtimeVersion,
        runtimeVersionArn: line.runtimeVersionArn,
        functionName: line.functionName,
        functionVersion: line.version,
      });
    case "init-report":
      return event("platform.initReport", {
        initializationType: line.initializationType ?? "on-demand",
        phase: line.phase,
        status: line.status,
        ...errorTypeMember(line),
        metrics: { durationMs: round(line.durationMs) },
      });
    case "restore-start":
      return event("platform.restoreStart", {
        functionName: line.functionName,
        functionVersion: line.version,
        runtimeVersion: line.runtimeVersion,
        runtimeVersionArn: line.runtimeVersionArn,
      });
    case "restore-report":
      return event("platform.restoreReport", {
        status: line.status,
        ...errorTypeMember(line),
        metrics: { durationMs: round(line.durationMs) },
      });
    case "extension":
      return event("platform.extension", { name: line.name, state: line.state, events: line.events, ...errorTypeMember(line) });
    case "start":
      return event("platform.start", { requestId: line.requestId, version: line.version });
    case "end":
      return undefined;
    case "report":
      return event("platform.report", {
        requestId: line.requestId,
        status: line.status,
        ...errorTypeMember(line),
        metrics: {
          durationMs: round(line.durationMs),
          billedDurationMs: billedDurationMs(line),
          memorySizeMB: line.memorySizeMb,
          maxMemoryUsedMB: line.maxMemoryUsedMb,
          ...(line.initDurationMs === undefined ? {} : { initDurationMs: round(line.initDurationMs) }),
          ...(line.restoreDurationMs === undefined
            ? {}
            : { restoreDurationMs: round(line.restoreDurationMs), billedRestoreDurationMs: Math.ceil(line.restoreDurationMs) }),
        },
      });
  }
}

function event(type: string, record: PlatformEvent["record"]): PlatformEvent {
  return { type, record };
}

function errorTypeMember({ errorType }: { readonly errorType?: string }): object {
  return errorType === undefined ? {} : { errorType };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
