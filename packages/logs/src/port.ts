import type { Scope } from "@lambdock/model/arn";

/** One log event: a line (or a framed multi-line message) with its time. */
export interface LogEvent {
  /** Epoch milliseconds. */
  readonly timestamp: number;
  /** Without the trailing newline that CloudWatch keeps for function output is NOT stripped: stored verbatim. */
  readonly message: string;
}

/** A log stream's full name. */
export interface LogStreamName extends Scope {
  readonly logGroup: string;
  readonly logStream: string;
}

/** The write side, used by the executor off the hot path. Appends keep their order per stream. */
export interface LogSink {
  /** Queues events; never blocks and never throws. Memory is bounded: past the bound the oldest unsent are dropped and counted. */
  append(stream: LogStreamName, events: readonly LogEvent[]): void;
  /** Resolves when everything appended before is stored (or has been given up and counted). */
  flush(): Promise<void>;
}
