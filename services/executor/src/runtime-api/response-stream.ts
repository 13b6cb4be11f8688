import { PassThrough } from "node:stream";
import type { BodyStream } from "./runtime-request.ts";

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
  #bytes = 0;
  #ended = false;
  #listeners: ((end: StreamEnd) => void)[] = [];

  constructor(request: BodyStream, contentType: string, bytesMax: number) {
    this.#request = request;
    this.contentType = contentType;
    this.#bytesMax = bytesMax;
    // A reader that gave up must neither crash the executor nor stop the function.
    this.#output.on("error", () => {});
    this.#output.on("close", () => request.resume());
    this.#output.on("drain", () => request.resume());
    request.on("data", (chunk: Buffer) => this.#onData(chunk));
    request.on("end", () => this.#end(this.#trailerError() ?? { kind: "complete" }));
    request.on("close", () => this.#end({ kind: "truncated" }));
  }

  /** Called once, with how the response ended. */
  onEnd(listener: (end: StreamEnd) => void): void {
    this.#listeners.push(listener);
  }

  get chunks(): AsyncIterable<Uint8Array> {
    return this.#output;
  }

  /** The whole response, for a caller that wants it buffered; `undefined` when it broke off. */
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
    for (const listener of this.#listeners) listener(end);
  }
}
