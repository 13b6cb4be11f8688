import { PassThrough } from "node:stream";
import type { Timers } from "@lambdock/kernel/clock";
import { createStreamPace } from "./stream-pace.ts";
import type { BodyStream } from "./runtime-request.ts";

/** The bandwidth of streamed responses. */
export interface StreamLimits {
  readonly bytesPerSecond: number;
  readonly timers: Timers;
}

/** What may pass before the bandwidth counts, bytes [docs]. */
const BURST_BYTES = 6_291_456;

/** How a streamed response ended. */
export type StreamEnd =
  | { readonly kind: "complete" }
  /** The runtime's trailers told of an error in mid-stream; the document is what it wrote. */
  | { readonly kind: "error"; readonly payload: Uint8Array; readonly errorType: string }
  | { readonly kind: "too-large" }
  /** The runtime's connection broke. */
  | { readonly kind: "truncated" };

/**
 * A response that the runtime streams. A caller that goes away does not stop the function: the
 * rest is read and dropped [docs].
 */
export class ResponseStream {
  readonly contentType: string;
  readonly #request: BodyStream;
  readonly #output = new PassThrough();
  readonly #bytesMax: number;
  /** Takes a chunk's bytes; answers how long the next one must wait, milliseconds. */
  readonly #pace: (bytes: number) => number;
  readonly #timers: Timers | undefined;
  #held = false;
  #bytes = 0;
  #ended = false;
  #listeners: ((end: StreamEnd) => void | Promise<void>)[] = [];

  constructor(request: BodyStream, contentType: string, limits: { readonly bytesMax: number; readonly pace: StreamLimits | undefined }) {
    this.#request = request;
    this.contentType = contentType;
    this.#bytesMax = limits.bytesMax;
    const { pace } = limits;
    this.#timers = pace?.timers;
    const take = pace === undefined ? undefined : createStreamPace({ burst: BURST_BYTES, perSecond: pace.bytesPerSecond });
    this.#pace = pace === undefined || take === undefined ? () => 0 : (bytes) => take(bytes, pace.timers.monotonic());
    // A reader that gave up must neither crash the executor nor stop the function.
    this.#output.on("error", () => {});
    this.#output.on("close", () => request.resume());
    this.#output.on("drain", () => (this.#held ? undefined : request.resume()));
    request.on("data", (chunk: Buffer) => this.#onData(chunk));
    request.on("end", () => this.#end(this.#trailerError() ?? { kind: "complete" }));
    request.on("close", () => this.#end({ kind: "truncated" }));
  }

  /** Called once, with how the response ended. */
  onEnd(listener: (end: StreamEnd) => void | Promise<void>): void {
    this.#listeners.push(listener);
  }

  get chunks(): AsyncIterable<Uint8Array> {
    return this.#output;
  }

  /** The response, for a caller that wants it buffered: the whole of it, or what came before it broke off. */
  async collect(): Promise<Uint8Array> {
    const parts: Buffer[] = [];
    for await (const chunk of this.#output) parts.push(chunk as Buffer);
    return Buffer.concat(parts);
  }

  /** The environment ended the run: nothing more will come. */
  abort(): void {
    this.#end({ kind: "truncated" });
  }

  #onData(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#ended) return;
    if (this.#bytes > this.#bytesMax) {
      this.#end({ kind: "too-large" });
      return;
    }
    if (this.#output.destroyed) return;
    if (!this.#output.write(chunk)) this.#request.pause();
    const waitMs = this.#pace(chunk.length);
    if (waitMs > 0) this.#hold(waitMs);
  }

  /** No more is read from the runtime for so long. */
  #hold(waitMs: number): void {
    this.#held = true;
    this.#request.pause();
    this.#timers?.after(waitMs, () => {
      this.#held = false;
      if (!this.#output.writableNeedDrain) this.#request.resume();
    });
  }

  #trailerError(): StreamEnd | undefined {
    const errorType = this.#request.trailers["lambda-runtime-function-error-type"];
    if (errorType === undefined) return undefined;
    const body = this.#request.trailers["lambda-runtime-function-error-body"] ?? "";
    return { kind: "error", errorType, payload: Buffer.from(body, "base64") };
  }

  #end(end: StreamEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#output.end();
    this.#request.resume();
    for (const listener of this.#listeners) void listener(end);
  }
}
