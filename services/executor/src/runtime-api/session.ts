import type { IncomingMessage, ServerResponse } from "node:http";
import { RESPONSE_BYTES_MAX, STREAMED_RESPONSE_BYTES_MAX } from "@lambdock/model/limits";
import { invalidRequestId, invalidResponseMode, payloadTooLarge, refuse, acknowledge } from "./replies.ts";
import { normaliseErrorType } from "./error-type.ts";
import { ResponseStream } from "./response-stream.ts";

/** One invocation on its way to the runtime. */
export interface Delivery {
  readonly requestId: string;
  readonly payload: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly mode: "buffered" | "streaming";
}

/** What the runtime says, told to the owner of the environment. Declared here by its caller. */
export interface RuntimeListener {
  onNext(): void;
  onResponse(payload: Uint8Array, contentType: string): void;
  onStream(stream: ResponseStream): void;
  onResponseTooLarge(): void;
  onError(payload: Uint8Array, errorType: string): void;
  onInitError(payload: Uint8Array, errorType: string): void;
}

type State = "Started" | "Ready" | "Running" | "RuntimeResponseSentState" | "InitError";

/**
 * The Runtime API as one execution environment sees it: holds `next` until there is an invocation,
 * and refuses what the runtime may not say in its state (runtime-api.md 2.2).
 */
export class RuntimeSession {
  readonly #listener: RuntimeListener;
  #state: State = "Started";
  #gateOpen = false;
  #gateWaiters: ServerResponse[] = [];
  #next: ServerResponse | undefined;
  #current: Delivery | undefined;

  constructor(listener: RuntimeListener) {
    this.#listener = listener;
  }

  /** The runtime of Lambdock's own images waits here before it loads the function. */
  gate(response: ServerResponse): void {
    if (this.#gateOpen) {
      acknowledge(response, 200);
      return;
    }
    this.#gateWaiters.push(response);
    response.on("close", () => void (this.#gateWaiters = this.#gateWaiters.filter((waiter) => waiter !== response)));
  }

  /** Init begins: now, and for every later runtime process of this environment. */
  openGate(): void {
    this.#gateOpen = true;
    this.#state = "Started";
    const waiters = this.#gateWaiters;
    this.#gateWaiters = [];
    for (const waiter of waiters) acknowledge(waiter, 200);
  }

  /** The runtime process is gone: whatever it was waiting for ends. */
  reset(): void {
    this.#state = "Started";
    this.#current = undefined;
    this.#next?.destroy();
    this.#next = undefined;
  }

  next(response: ServerResponse): void {
    if (this.#state === "InitError") {
      refuse(response, this.#state, "Ready");
      return;
    }
    if (this.#next !== undefined && this.#next !== response) this.#next.destroy();
    this.#next = response;
    if (this.#state !== "Running") this.#state = "Ready";
    this.#listener.onNext();
  }

  /** Hands the invocation to the runtime that waits in `next`; one that is not waiting gets it when it asks again. */
  deliver(delivery: Delivery): void {
    this.#current = delivery;
    this.#state = "Running";
    const response = this.#next;
    if (response === undefined) return;
    this.#next = undefined;
    response.writeHead(200, delivery.headers);
    response.end(delivery.payload);
  }

  response(requestId: string, request: IncomingMessage, response: ServerResponse): void {
    if (!this.#mayAnswer(requestId, response, "InvocationResponse")) return;
    const mode = request.headers["lambda-runtime-function-response-mode"];
    if (mode !== undefined && mode !== "streaming") {
      invalidResponseMode(response);
      return;
    }
    const contentType = request.headers["content-type"] ?? (mode === "streaming" ? "application/octet-stream" : "application/json");
    if (mode === "streaming") this.#streamed(request, response, contentType);
    else this.#buffered(request, response, contentType);
  }

  error(requestId: string, request: IncomingMessage, response: ServerResponse): void {
    if (!this.#mayAnswer(requestId, response, "InvocationErrorResponse")) return;
    collect(request, RESPONSE_BYTES_MAX, (body) => {
      this.#state = "RuntimeResponseSentState";
      this.#listener.onError(body ?? new Uint8Array(0), errorTypeOf(request));
      acknowledge(response, 202);
    });
  }

  initError(request: IncomingMessage, response: ServerResponse): void {
    if (this.#state !== "Started") {
      refuse(response, this.#state, "InitError");
      return;
    }
    this.#state = "InitError";
    collect(request, RESPONSE_BYTES_MAX, (body) => {
      acknowledge(response, 202);
      this.#listener.onInitError(body ?? new Uint8Array(0), errorTypeOf(request));
    });
  }

  #mayAnswer(requestId: string, response: ServerResponse, target: string): boolean {
    if (this.#state === "Started" || this.#state === "Ready" || this.#state === "InitError") {
      refuse(response, this.#state, target);
      return false;
    }
    if (this.#current?.requestId !== requestId || this.#state !== "Running") {
      invalidRequestId(response);
      return false;
    }
    return true;
  }

  #buffered(request: IncomingMessage, response: ServerResponse, contentType: string): void {
    collect(request, RESPONSE_BYTES_MAX, (body) => {
      this.#state = "RuntimeResponseSentState";
      if (body === undefined) {
        this.#listener.onResponseTooLarge();
        payloadTooLarge(response);
        return;
      }
      this.#listener.onResponse(body, contentType);
      acknowledge(response, 202);
    });
  }

  #streamed(request: IncomingMessage, response: ServerResponse, contentType: string): void {
    const streaming = this.#current!.mode === "streaming";
    const stream = new ResponseStream(request, contentType, streaming ? STREAMED_RESPONSE_BYTES_MAX : RESPONSE_BYTES_MAX);
    stream.onEnd(() => {
      if (this.#state === "Running") this.#state = "RuntimeResponseSentState";
      acknowledge(response, 202);
    });
    this.#listener.onStream(stream);
  }
}

function errorTypeOf(request: IncomingMessage): string {
  const header = request.headers["lambda-runtime-function-error-type"];
  return normaliseErrorType(typeof header === "string" ? header : "");
}

/** Reads a body up to a limit; `undefined` past it (the rest is drained so that the runtime can read the answer). */
function collect(request: IncomingMessage, bytesMax: number, done: (body: Uint8Array | undefined) => void): void {
  let chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= bytesMax) chunks.push(chunk);
    else chunks = [];
  });
  request.on("end", () => done(size > bytesMax ? undefined : chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
}
