/**
 * One request and its response over undici's dispatch interface, which costs less than half of
 * `node:http` or `undici.request` per call (measured: 21 against 50 and 29 microseconds at 16 callers). The
 * promise settles when the head has arrived; the body is buffered or streamed as the head decides.
 */
import type { Dispatcher } from "undici";
import { ChunkQueue } from "./chunk-queue.ts";
import type { IncomingHeaders, OutcomeResponse } from "./protocol.ts";

export interface ExchangeRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array;
}

/** Sends a request; rejects when no response head comes back. */
export function exchange(dispatcher: Dispatcher, request: ExchangeRequest): Promise<OutcomeResponse> {
  return new Promise((resolve, reject) => {
    dispatcher.dispatch({ ...request, body: request.body ?? null }, new ResponseHandler(resolve, reject));
  });
}

/** undici calls these as the response arrives. Holds the body until somebody asks for it. */
class ResponseHandler implements Dispatcher.DispatchHandler {
  readonly #resolve: (response: OutcomeResponse) => void;
  readonly #reject: (error: Error) => void;
  #queue: ChunkQueue | undefined;

  constructor(resolve: (response: OutcomeResponse) => void, reject: (error: Error) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onRequestStart(): void {
    // Nothing to prepare: undici only asks whether the method is there.
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHeaders): void {
    const queue = new ChunkQueue({ pause: () => controller.pause(), resume: () => controller.resume() });
    this.#queue = queue;
    this.#resolve({ status, headers, buffered: () => queue.whole(), chunks: () => queue.chunks() });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#queue!.push(chunk);
  }

  onResponseEnd(): void {
    this.#queue!.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#queue === undefined) this.#reject(error);
    else this.#queue.fail(error);
  }
}
