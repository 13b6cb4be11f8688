import type { InvokeOutcome, InvokeRequest, StreamCompletion, ThrottleReason } from "@lambdock/model/invocation";
import type { Ending, Run } from "@lambdock/fleet/environment-protocol";
import type { InvokeOptions } from "@lambdock/fleet/fleet-protocol";
import type { ResponseStream, StreamEnd } from "../runtime-api/response-stream.ts";

/** What the lifecycle stream tells of an invocation beside the function; nothing for most. */
export interface RunFacts {
  readonly qualifier?: string;
  readonly provisioned?: true;
  readonly spillover?: true;
}

const PLAIN: RunFacts = {};
const NO_WAIT = {};

/** One invocation in the executor: the request, what the runtime answered so far, and who waits for it. */
export class ActiveRun {
  readonly request: InvokeRequest;
  readonly run: Run;
  /** How the fleet is asked for an environment. */
  readonly addressed: InvokeOptions;
  facts: RunFacts;
  readonly #resolve: (outcome: InvokeOutcome) => void;
  #payload: Uint8Array = new Uint8Array(0);
  #contentType = "application/json";
  readonly #begunAt: number;
  #waited: { readonly waitedMs?: number } = NO_WAIT;
  #stream: { readonly source: ResponseStream; readonly complete: (completion: StreamCompletion) => void } | undefined;

  constructor(request: InvokeRequest, resolve: (outcome: InvokeOutcome) => void, now: number) {
    this.request = request;
    this.#begunAt = now;
    this.run = { requestId: request.requestId, version: request.spec.version, timeoutMs: request.spec.timeoutMs, tail: request.tail };
    this.#resolve = resolve;
    const qualifier = qualifierOf(request.invokedFunctionArn, request.spec.functionArn);
    this.facts = qualifier === undefined ? PLAIN : { qualifier };
    this.addressed = request.invocationType === undefined ? this.facts : { ...this.facts, event: true };
  }

  /** It has an environment; a cold one was made for it, others it may have waited for. */
  placed({ cold, provisioned, spillover }: Pick<RunFacts, "provisioned" | "spillover"> & { readonly cold: boolean }, now: number): this {
    const waitedMs = Math.round(now - this.#begunAt);
    if (!cold && waitedMs > 0) this.#waited = { waitedMs };
    if (provisioned === true) this.facts = { ...this.facts, provisioned };
    if (spillover === true) this.facts = { ...this.facts, spillover };
    return this;
  }

  /** The runtime's buffered response. */
  setPayload(payload: Uint8Array, contentType: string): void {
    this.#payload = payload;
    this.#contentType = contentType;
  }

  /** Of a response that came whole. */
  get producedBytes(): number | undefined {
    return this.#stream === undefined ? this.#payload.byteLength : undefined;
  }

  /** The runtime began to stream to a caller who wants a stream: the caller hears of it at once. */
  beginStream(source: ResponseStream): void {
    const completion = new Promise<StreamCompletion>((complete) => void (this.#stream = { source, complete }));
    this.#resolve({ kind: "streaming", contentType: source.contentType, chunks: source.chunks, completion });
  }

  /** The run ended for its caller. */
  respond(ending: Ending, logTail: Uint8Array | undefined): void {
    const tail = logTail === undefined ? {} : { logTail };
    if (this.#stream !== undefined) {
      this.#stream.source.abort();
      this.#stream.complete({ ...streamError(ending), ...tail });
      return;
    }
    this.#resolve(this.#outcome(ending, { ...this.#waited, ...tail }));
  }

  /** No environment may take it now. */
  throttled(reason: ThrottleReason, retryAfterSeconds: number): void {
    this.#resolve({ kind: "throttled", reason, retryAfterSeconds });
  }

  /** Lambdock could not run it. */
  unavailable(message: string): void {
    this.respond({ kind: "unavailable", message }, undefined);
  }

  #outcome(ending: Ending, also: { readonly waitedMs?: number; readonly logTail?: Uint8Array }): InvokeOutcome {
    switch (ending.kind) {
      case "success":
        return { kind: "completed", payload: this.#payload, contentType: this.#contentType, ...also };
      case "function-error":
        return { kind: "completed", payload: ending.payload, contentType: "application/json", functionError: "Unhandled", ...also };
      case "fault":
        return {
          kind: "completed",
          payload: faultBytes(ending.fault.payload),
          contentType: "application/json",
          functionError: "Unhandled",
          ...also,
        };
      case "snap-start-error":
      case "unavailable":
        return ending;
    }
  }
}

/** The version or alias in an ARN that the caller may have qualified. */
function qualifierOf(invokedArn: string, functionArn: string): string | undefined {
  return invokedArn.length > functionArn.length ? invokedArn.slice(invokedArn.lastIndexOf(":") + 1) : undefined;
}

function streamError(ending: Ending): { readonly errorCode?: string; readonly errorDetails?: string } {
  switch (ending.kind) {
    case "success":
      return {};
    case "function-error":
      return { errorCode: "Unhandled", errorDetails: Buffer.from(ending.payload).toString() };
    case "fault":
      return { errorCode: "Unhandled", errorDetails: Buffer.from(faultBytes(ending.fault.payload)).toString() };
    case "snap-start-error":
      return { errorCode: ending.code, errorDetails: ending.message };
    case "unavailable":
      return { errorCode: "ServiceException", errorDetails: ending.message };
  }
}

/** What the end of a runtime's stream means for the run; a broken connection is judged by the process's exit. */
export function streamEnding(end: StreamEnd): Ending | "too-large" | undefined {
  switch (end.kind) {
    case "complete":
      return { kind: "success" };
    case "error":
      return { kind: "function-error", payload: end.payload };
    case "too-large":
      return "too-large";
    case "truncated":
      return undefined;
  }
}

function faultBytes(payload: string | Uint8Array): Uint8Array {
  return typeof payload === "string" ? Buffer.from(payload) : payload;
}
