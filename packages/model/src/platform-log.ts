/**
 * The lines that Lambda itself writes into a function's log, in text and in JSON form
 * (`LoggingConfig.LogFormat`). Text forms are recorded; tabs and trailing tabs are AWS's.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
 */

export type RunStatus = "success" | "failure" | "error" | "timeout";

export type PlatformLine =
  | {
      readonly type: "init-start";
      readonly runtimeVersion: string;
      readonly runtimeVersionArn: string;
      readonly functionName: string;
      readonly version: string;
    }
  | {
      readonly type: "init-report";
      readonly durationMs: number;
      readonly phase: "init" | "invoke";
      readonly status: "error" | "timeout";
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
  readonly status: RunStatus;
  /** Such as `Runtime.ExitError` or `Runtime.OutOfMemory`. */
  readonly errorType?: string;
}

/** Since August 2025 the init phase is billed too: whole milliseconds of both, rounded up once. */
export function billedDurationMs(report: Pick<RunReport, "durationMs" | "initDurationMs">): number {
  return Math.ceil(report.durationMs + (report.initDurationMs ?? 0));
}

/** One line of text, with its newline. */
export function formatTextLine(line: PlatformLine): string {
  switch (line.type) {
    case "init-start":
      return `INIT_START Runtime Version: ${line.runtimeVersion}\tRuntime Version ARN: ${line.runtimeVersionArn}\n`;
    case "init-report":
      return `INIT_REPORT Init Duration: ${line.durationMs.toFixed(2)} ms\tPhase: ${line.phase}\tStatus: ${line.status}${line.errorType === undefined ? "" : `\tError Type: ${line.errorType}`}\n`;
    case "start":
      return `START RequestId: ${line.requestId} Version: ${line.version}\n`;
    case "end":
      return `END RequestId: ${line.requestId}\n`;
    case "report":
      return formatReport(line);
  }
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
  // A handler's own exception ("failure") has no Status: only crashes and timeouts do.
  if (report.status === "timeout") fields.push("Status: timeout");
  if (report.status === "error") fields.push("Status: error", `Error Type: ${report.errorType ?? "Runtime.Unknown"}`);
  return `${fields.join("\t")}\t\n`;
}

/** One JSON document per line, as written when the function's log format is JSON; `undefined` for lines that JSON has not. */
export function formatJsonLine(line: PlatformLine, timestampMs: number): string | undefined {
  const document = (type: string, record: object): string =>
    `${JSON.stringify({ time: new Date(timestampMs).toISOString(), type, record })}\n`;
  switch (line.type) {
    case "init-start":
      return document("platform.initStart", {
        initializationType: "on-demand",
        phase: "init",
        runtimeVersion: line.runtimeVersion,
        runtimeVersionArn: line.runtimeVersionArn,
        functionName: line.functionName,
        functionVersion: line.version,
      });
    case "init-report":
      return document("platform.initReport", {
        initializationType: "on-demand",
        phase: line.phase,
        status: line.status,
        ...(line.errorType === undefined ? {} : { errorType: line.errorType }),
        metrics: { durationMs: round(line.durationMs) },
      });
    case "start":
      return document("platform.start", { requestId: line.requestId, version: line.version });
    case "end":
      return undefined;
    case "report":
      return document("platform.report", {
        requestId: line.requestId,
        status: line.status,
        ...(line.errorType === undefined ? {} : { errorType: line.errorType }),
        metrics: {
          durationMs: round(line.durationMs),
          billedDurationMs: billedDurationMs(line),
          memorySizeMB: line.memorySizeMb,
          maxMemoryUsedMB: line.maxMemoryUsedMb,
          ...(line.initDurationMs === undefined ? {} : { initDurationMs: round(line.initDurationMs) }),
        },
      });
  }
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
