import { LOG_TAIL_BYTES_MAX } from "@lambdock/model/limits";
import { formatJsonLine, formatTextLine, type PlatformLine } from "@lambdock/model/platform-log";
import type { LoggingSpec } from "@lambdock/model/function-spec";
import type { LogEvent, LogSink, LogStreamName } from "@lambdock/logs/port";
import { createOutputParser, type OutputMessage, type OutputParser } from "@lambdock/logs/telemetry-frames";

/** Who hears every message too, before it is stored. Instants are epoch milliseconds. */
export interface LogTap {
  /** False while nobody listens. */
  readonly active: boolean;
  onLine(line: PlatformLine, at: number): void;
  onOutput(text: string, at: number, source: "function" | "extension"): void;
}

/**
 * The log of one execution environment: what its processes write and the platform's own lines, in
 * order, into one log stream; and the tail of the current run for `LogType=Tail`.
 */
export class LogWriter {
  readonly #sink: LogSink;
  readonly #stream: LogStreamName;
  readonly #logging: LoggingSpec;
  readonly #now: () => number;
  readonly #tap: LogTap | undefined;
  readonly #parser = createOutputParser((message) => this.#onMessage(message, "function"));
  /** Lines of extensions are cut apart from those of the function, into which they may be mixed. */
  #extensionParser: OutputParser | undefined;
  #pending: LogEvent[] = [];
  #lastTimestamp = 0;
  #tail: TailBuffer | undefined;

  constructor(options: {
    readonly sink: LogSink;
    readonly stream: LogStreamName;
    readonly logging: LoggingSpec;
    readonly now: () => number;
    readonly tap?: LogTap;
  }) {
    this.#sink = options.sink;
    this.#stream = options.stream;
    this.#logging = options.logging;
    this.#now = options.now;
    this.#tap = options.tap;
  }

  /** Bytes that the processes wrote; of extensions where that is known. */
  output(chunk: Uint8Array, origin?: "extension"): void {
    if (origin === undefined) this.#parser.write(chunk);
    else (this.#extensionParser ??= createOutputParser((message) => this.#onMessage(message, "extension"))).write(chunk);
    this.#hand();
  }

  /** A line of the platform itself. What the processes wrote without a newline ends before it. */
  platform(line: PlatformLine): void {
    this.#parser.flush();
    const now = this.#now();
    if (this.#tap?.active === true) this.#tap.onLine(line, now);
    const timestamp = Math.floor(now);
    const text = this.#logging.format === "JSON" ? this.#json(line, timestamp) : formatTextLine(line);
    if (text !== undefined) this.#push(timestamp, text);
    this.#hand();
  }

  /** The tail of the run that begins now will be asked for. */
  beginTail(): void {
    this.#tail = new TailBuffer(LOG_TAIL_BYTES_MAX);
  }

  /** The last bytes of the run's log; ends collecting. */
  takeTail(): Uint8Array | undefined {
    const bytes = this.#tail?.bytes();
    this.#tail = undefined;
    return bytes;
  }

  #json(line: PlatformLine, timestamp: number): string | undefined {
    // System log level WARN hides what only says that all is well.
    const quiet = this.#logging.systemLogLevel === "WARN" && !("status" in line && line.status !== "success") && !("errorType" in line);
    return quiet ? undefined : formatJsonLine(line, timestamp);
  }

  #onMessage(message: OutputMessage, source: "function" | "extension"): void {
    const at = message.timestamp ?? Math.floor(this.#now());
    if (this.#tap?.active === true) this.#tap.onOutput(message.text, at, source);
    this.#push(at, message.text);
  }

  /**
   * CloudWatch shows events by their time. A frame tells when it was written, a plain line only when
   * it was read: so that order stays what it was, no event is older than the one before it.
   */
  #push(timestamp: number, message: string): void {
    this.#lastTimestamp = Math.max(this.#lastTimestamp, timestamp);
    this.#pending.push({ timestamp: this.#lastTimestamp, message });
    this.#tail?.add(message);
  }

  #hand(): void {
    if (this.#pending.length === 0) return;
    this.#sink.append(this.#stream, this.#pending);
    this.#pending = [];
  }
}

/** Keeps the last so many bytes of a text. */
class TailBuffer {
  readonly #bytesMax: number;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(text: string): void {
    const part = Buffer.from(text);
    this.#parts.push(part);
    this.#size += part.length;
    while (this.#parts.length > 1 && this.#size - this.#parts[0]!.length >= this.#bytesMax) this.#size -= this.#parts.shift()!.length;
  }

  bytes(): Uint8Array {
    const all = Buffer.concat(this.#parts);
    return all.subarray(Math.max(0, all.length - this.#bytesMax));
  }
}
