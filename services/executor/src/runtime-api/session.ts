import type { Reply } from "@lambdock/plain-http/reply";
import { RESPONSE_BYTES_MAX, STREAMED_RESPONSE_BYTES_MAX } from "@lambdock/model/limits";
import { invalidRequestId, invalidResponseMode, payloadTooLarge, refuse, acknowledge } from "./replies.ts";
import type { TelemetryTarget } from "../telemetry/telemetry-route.ts";
import { normaliseErrorType } from "./error-type.ts";
import type { ExtensionsSession } from "./extensions-session.ts";
import { ResponseStream, type StreamLimits } from "./response-stream.ts";
import type { RuntimeRequest } from "./runtime-request.ts";

/** One invocation on its way to the runtime. */
export interface Delivery {
  readonly requestId: string;
  readonly payload: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly mode: "buffered" | "streaming";
}

/** What the runtime says, told to the owner of the environment. Declared here by its caller. */
export interface RuntimeListener extends TelemetryTarget {
  /** The environment's Extensions API. */
  readonly extensions: ExtensionsSession;
  /** How fast a response may be streamed to its caller; absent: as fast as it comes. */
  readonly streamLimits: StreamLimits | undefined;
  onNext(): void;
  onResponse(payload: Uint8Array, contentType: string): void;
  onStream(stream: ResponseStream): void;
  onResponseTooLarge(): void;
  onError(payload: Uint8Array, errorType: string): void;
  onInitError(payload: Uint8Array, errorType: string): void;
  /** The runtime is ready to be snapshotted, and waits. */
  onRestoreNext(): void;
  onRestoreError(errorType: string): void;
}

/** The runtime sends what its invocation came to. */
type Answering = "InvocationResponse" | "InvocationErrorResponse";

type State =
  | "Started"
  | "Ready"
  | "Running"
  | Answering
  | "RuntimeResponseSentState"
  | "InitError"
  | "RestoreReady"
  | "Restoring"
  | "RuntimeRestoreErrorState";

/**
 * The Runtime API as one execution environment sees it: holds `next` until there is an invocation,
 * and refuses what the runtime may not say in its state (runtime-api.md 2.2).
 */
export class RuntimeSession {
  readonly #listener: RuntimeListener;
  #state: State = "Started";
  #gateOpen = false;
  #gateWaiters: Reply[] = [];
  #next: Reply | undefined;
  /** Held `restore/next`. */
  #restore: Reply | undefined;
  #current: Delivery | undefined;
  #stream: ResponseStream | undefined;
  /** Counts the runtime processes: what an earlier one said does not count any more. */
  #life = 0;

  constructor(listener: RuntimeListener) {
    this.#listener = listener;
  }

  get extensions(): ExtensionsSession {
    return this.#listener.extensions;
  }

  get telemetryTarget(): TelemetryTarget {
    return this.#listener;
  }

  /** The runtime of Lambdock's own images waits here before it loads the function. */
  gate(reply: Reply): void {
    if (this.#gateOpen) {
      acknowledge(reply, 200);
      return;
    }
    this.#gateWaiters.push(reply);
    reply.onClose(() => void (this.#gateWaiters = this.#gateWaiters.filter((waiter) => waiter !== reply)));
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
    this.#life += 1;
    this.#current = undefined;
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.abort();
    this.#next?.abort();
    this.#next = undefined;
    this.#restore?.abort();
    this.#restore = undefined;
  }

  /** The runtime is done with its init, and waits where AWS takes the snapshot. */
  restoreNext(reply: Reply): void {
    if (this.#state !== "Started") {
      refuse(reply, this.#state, "RestoreReady");
      return;
    }
    this.#state = "RestoreReady";
    this.#restore = reply;
    this.#listener.onRestoreNext();
  }

  /** Answers `restore/next`: the runtime goes on to its hooks. */
  restore(): void {
    const reply = this.#restore;
    if (reply === undefined) return;
    this.#restore = undefined;
    this.#state = "Restoring";
    acknowledge(reply, 200);
  }

  restoreError(request: RuntimeRequest, reply: Reply): void {
    if (this.#state !== "Restoring") {
      refuse(reply, this.#state, "RuntimeRestoreErrorState");
      return;
    }
    this.#state = "RuntimeRestoreErrorState";
    const life = this.#life;
    request.collect(RESPONSE_BYTES_MAX, () => {
      acknowledge(reply, 202);
      if (life === this.#life) this.#listener.onRestoreError(errorTypeOf(request));
    });
  }

  next(reply: Reply): void {
    if (NOT_READY.has(this.#state)) {
      refuse(reply, this.#state, "Ready");
      return;
    }
    this.#next?.abort();
    this.#next = reply;
    if (this.#state !== "Running") this.#state = "Ready";
    this.#listener.onNext();
  }

  /** Hands the invocation to the runtime that waits in `next`; one that is not waiting gets it when it asks again. */
  deliver(delivery: Delivery): void {
    this.#current = delivery;
    this.#state = "Running";
    const reply = this.#next;
    if (reply === undefined) return;
    this.#next = undefined;
    reply.send(200, delivery.headers, delivery.payload);
  }

  response(requestId: string, request: RuntimeRequest, reply: Reply): void {
    if (!this.#mayAnswer(requestId, reply, "InvocationResponse")) return;
    const mode = request.headers["lambda-runtime-function-response-mode"];
    if (mode !== undefined && mode !== "streaming") {
      invalidResponseMode(reply);
      return;
    }
    const contentType = request.headers["content-type"] ?? (mode === "streaming" ? "application/octet-stream" : "application/json");
    if (mode === "streaming") this.#streamed(request, reply, contentType);
    else this.#buffered(request, reply, contentType);
  }

  error(requestId: string, request: RuntimeRequest, reply: Reply): void {
    if (!this.#mayAnswer(requestId, reply, "InvocationErrorResponse")) return;
    this.#collectAnswer("InvocationErrorResponse", { request, reply }, (body) => this.#listener.onError(body, errorTypeOf(request)));
  }

  initError(request: RuntimeRequest, reply: Reply): void {
    if (this.#state !== "Started") {
      refuse(reply, this.#state, "InitError");
      return;
    }
    this.#state = "InitError";
    const life = this.#life;
    request.collect(RESPONSE_BYTES_MAX, (body) => {
      acknowledge(reply, 202);
      if (life === this.#life) this.#listener.onInitError(body ?? new Uint8Array(0), errorTypeOf(request));
    });
  }

  #mayAnswer(requestId: string, reply: Reply, target: Answering): boolean {
    if (this.#state !== "Running" && this.#state !== "RuntimeResponseSentState") {
      refuse(reply, this.#state, target);
      return false;
    }
    if (this.#current?.requestId !== requestId || this.#state !== "Running") {
      invalidRequestId(reply);
      return false;
    }
    return true;
  }

  #buffered(request: RuntimeRequest, reply: Reply, contentType: string): void {
    this.#collectAnswer("InvocationResponse", { request, reply }, (body) => this.#listener.onResponse(body, contentType));
  }

  /** Reads what the invocation came to. The runtime may say nothing else meanwhile; when its connection breaks it may say it again. */
  #collectAnswer(
    state: Answering,
    { request, reply }: { readonly request: RuntimeRequest; readonly reply: Reply },
    taken: (body: Uint8Array) => void,
  ): void {
    const life = this.#life;
    const counts = (): boolean => this.#life === life && this.#state === state;
    const done = (body: Uint8Array | undefined): void => {
      if (!counts()) return invalidRequestId(reply);
      this.#state = "RuntimeResponseSentState";
      if (body === undefined) {
        this.#listener.onResponseTooLarge();
        payloadTooLarge(reply);
        return;
      }
      taken(body);
      acknowledge(reply, 202);
    };
    this.#state = state;
    request.collect(RESPONSE_BYTES_MAX, done, () => {
      if (counts()) this.#state = "Running";
    });
  }

  #streamed(request: RuntimeRequest, reply: Reply, contentType: string): void {
    const streaming = this.#current!.mode === "streaming";
    const stream = new ResponseStream(request.stream(), contentType, {
      bytesMax: streaming ? STREAMED_RESPONSE_BYTES_MAX : RESPONSE_BYTES_MAX,
      pace: streaming ? this.#listener.streamLimits : undefined,
    });
    this.#state = "InvocationResponse";
    this.#stream = stream;
    stream.onEnd(() => {
      if (this.#stream === stream) this.#state = "RuntimeResponseSentState";
      acknowledge(reply, 202);
    });
    this.#listener.onStream(stream);
  }
}

/** In these the runtime may not ask for an invocation. */
const NOT_READY: ReadonlySet<State> = new Set<State>([
  "InitError",
  "RestoreReady",
  "RuntimeRestoreErrorState",
  "InvocationResponse",
  "InvocationErrorResponse",
]);

function errorTypeOf(request: RuntimeRequest): string {
  return normaliseErrorType(request.headers["lambda-runtime-function-error-type"] ?? "");
}
