import { randomBytes } from "node:crypto";
import type { RunReport } from "@lambdock/model/platform-log";
import type { RuntimeDone, Span, TelemetryFact, Tracing } from "./telemetry-event.ts";

/** Follows one run from START to REPORT, for the spans and metrics that only telemetry shows. */
export class RunWatch {
  readonly requestId: string;
  readonly tracing: Tracing | undefined;
  readonly #startAt: number;
  #responseAt: number | undefined;
  #responseEndAt: number | undefined;
  #producedBytes: number | undefined;
  #doneAt: number | undefined;

  /** `traceId` as the runtime gets it; empty when there is none. */
  constructor(requestId: string, startAt: number, traceId: string) {
    this.requestId = requestId;
    this.#startAt = startAt;
    this.tracing = traceId === "" ? undefined : { spanId: randomBytes(8).toString("hex"), type: "X-Amzn-Trace-Id", value: traceId };
  }

  /** The first byte of a response or an error arrived. */
  responding(at: number): void {
    this.#responseAt ??= at;
  }

  /** All of it did. */
  responded(at: number, bytes: number | undefined): void {
    this.responding(at);
    this.#responseEndAt ??= at;
    this.#producedBytes ??= bytes;
  }

  /** The runtime is done; `undefined` when that was told before. */
  done(at: number, how: Pick<RunReport, "status" | "errorType">): RuntimeDone | undefined {
    if (this.#doneAt !== undefined) return undefined;
    this.#doneAt = at;
    return {
      kind: "runtime-done",
      at,
      requestId: this.requestId,
      status: how.status,
      ...(how.errorType === undefined ? {} : { errorType: how.errorType }),
      durationMs: at - this.#startAt,
      ...(this.#producedBytes === undefined ? {} : { producedBytes: this.#producedBytes }),
      spans: this.#spans(at),
      ...(this.tracing === undefined ? {} : { tracing: this.tracing }),
    };
  }

  /** What is told when the run is reported: that the runtime is done, if it never said so, and the report. */
  reported(at: number, report: RunReport): readonly TelemetryFact[] {
    const done = this.done(at, report);
    const doneAt = this.#doneAt ?? at;
    const overhead: Span = { name: "extensionOverhead", startAt: doneAt, durationMs: at - doneAt };
    const line: TelemetryFact = {
      kind: "line",
      at,
      line: report,
      spans: [overhead],
      ...(this.tracing === undefined ? {} : { tracing: this.tracing }),
    };
    const end: TelemetryFact = { kind: "line", at, line: { type: "end", requestId: this.requestId } };
    return done === undefined ? [end, line] : [done, end, line];
  }

  #spans(doneAt: number): readonly Span[] {
    const [first, last] = [this.#responseAt, this.#responseEndAt];
    if (first === undefined || last === undefined) return [];
    return [
      { name: "responseLatency", startAt: this.#startAt, durationMs: first - this.#startAt },
      { name: "responseDuration", startAt: first, durationMs: last - first },
      { name: "runtimeOverhead", startAt: last, durationMs: doneAt - last },
    ];
  }
}
