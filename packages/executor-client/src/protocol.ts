/**
 * The executor's HTTP protocol, both directions: `http-client.ts` and the executor's server share
 * these codecs. Metadata travels in a few headers, the payload raw, and the specification only
 * once: an invoke names it by {@link specKey}; a server that does not know the key answers
 * {@link SPEC_UNKNOWN_STATUS}, the client then PUTs the specification and asks again. So it is with
 * the reservations: a server that was told none since it started runs nothing, whoever calls first
 * tells it, and from then on only a change travels.
 *
 * Bodies have a length, or go on to the end of the connection (streams, which tell their end by
 * their own frames); chunked encoding is not used.
 *
 * | request | body | answer |
 * | --- | --- | --- |
 * | `POST /invoke` + head | payload | {@link encodeOutcome}, or 425, or 428 |
 * | `PUT /specs` | FunctionSpec | 204 |
 * | `PUT /reservations` | ReservationTable | 204 |
 * | `GET /allocations` | | 200 `{allocations}`, a list of ProvisionedAllocation, or 425 |
 * | `POST /prepare` | FunctionSpec | 200 PrepareResult |
 * | `POST /retire` | {@link RetireCommand} | 204 |
 * | `GET /health` | | 200 `{ok}`, 503 `{ok, message}` |
 */
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { InvokeOutcome, InvokeRequest, StreamCompletion, ThrottleReason } from "@lambdock/model/invocation";
import { decodeFrames, encodeFrames } from "./stream-frames.ts";

/** Paths of the executor's API. */
export const paths = {
  invoke: "/invoke",
  specs: "/specs",
  reservations: "/reservations",
  allocations: "/allocations",
  prepare: "/prepare",
  retire: "/retire",
  health: "/health",
} as const;

/** The server has not seen the specification that an invoke named. */
export const SPEC_UNKNOWN_STATUS = 428;

/** The server has not been told the reservations since it started, so it can't tell who may run. */
export const RESERVATIONS_UNKNOWN_STATUS = 425;

/** Headers as Node's `IncomingMessage` gives them: lower-case names. */
export type IncomingHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The other side does not speak this protocol: two versions of Lambdock, or a stranger on the port. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

/** Body of `POST /retire`. */
export interface RetireCommand {
  readonly functionArn: string;
  readonly version: string;
  readonly keepRevision?: string;
}

/** `functionArn|version|revision`: specifications with the same key are interchangeable. */
export function specKey(spec: FunctionSpec): string {
  return `${spec.functionArn}|${spec.version}|${spec.revision}`;
}

/** Everything of an {@link InvokeRequest} but the payload, with the specification named by its key. */
export type InvokeHead = Omit<InvokeRequest, "spec" | "payload"> & { readonly specKey: string };

/** The request's head as header names and values. */
export function encodeInvokeHead(request: InvokeRequest): Record<string, string> {
  const headers: Record<string, string> = {
    "x-spec": specKey(request.spec),
    "x-request-id": request.requestId,
    "x-arn": request.invokedFunctionArn,
    "x-trace": request.traceId,
  };
  if (request.tail) headers["x-tail"] = "1";
  if (request.invocationType !== undefined) headers["x-type"] = request.invocationType;
  if (request.mode === "streaming") headers["x-mode"] = "streaming";
  if (request.clientContext !== undefined) headers["x-client-context"] = toBase64(request.clientContext);
  if (request.cognitoIdentity !== undefined) headers["x-cognito-identity"] = toBase64(request.cognitoIdentity);
  return headers;
}

/** Reads what {@link encodeInvokeHead} wrote; throws {@link ProtocolError} when a header is missing. */
export function decodeInvokeHead(headers: IncomingHeaders): InvokeHead {
  const clientContext = optional(headers, "x-client-context");
  const cognitoIdentity = optional(headers, "x-cognito-identity");
  return {
    specKey: required(headers, "x-spec"),
    requestId: required(headers, "x-request-id"),
    invokedFunctionArn: required(headers, "x-arn"),
    traceId: required(headers, "x-trace"),
    tail: optional(headers, "x-tail") === "1",
    mode: optional(headers, "x-mode") === "streaming" ? "streaming" : "buffered",
    ...(optional(headers, "x-type") === "event" ? { invocationType: "event" as const } : {}),
    ...(clientContext === undefined ? {} : { clientContext: fromBase64(clientContext) }),
    ...(cognitoIdentity === undefined ? {} : { cognitoIdentity: fromBase64(cognitoIdentity) }),
  };
}

/** An outcome as an HTTP response; who sends it adds the length. A streaming body must be written chunk by chunk as it comes. */
export interface EncodedOutcome {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}

/** Writes an outcome: 200 completed or streaming, 429 throttled, 502 not restored, 503 unavailable. */
export function encodeOutcome(outcome: InvokeOutcome): EncodedOutcome {
  switch (outcome.kind) {
    case "completed": {
      const headers: Record<string, string> = { "content-type": outcome.contentType };
      if (outcome.functionError !== undefined) headers["x-function-error"] = outcome.functionError;
      if (outcome.waitedMs !== undefined) headers["x-waited-ms"] = String(outcome.waitedMs);
      if (outcome.logTail !== undefined) headers["x-log-tail"] = bytesToBase64(outcome.logTail);
      return { status: 200, headers, body: outcome.payload };
    }
    case "streaming":
      return {
        status: 200,
        headers: { "content-type": outcome.contentType, "x-mode": "streaming" },
        body: encodeFrames(outcome.chunks, outcome.completion.then(encodeCompletion)),
      };
    case "throttled":
      return json(429, { reason: outcome.reason, retryAfterSeconds: outcome.retryAfterSeconds });
    case "snap-start-error":
      return json(502, { code: outcome.code, message: outcome.message });
    case "unavailable":
      return json(503, { message: outcome.message });
  }
}

/** A response whose body is still to be read: whole by `buffered`, or as it comes from `chunks`. */
export interface OutcomeResponse {
  readonly status: number;
  readonly headers: IncomingHeaders;
  readonly buffered: () => Promise<Uint8Array>;
  readonly chunks: () => AsyncIterable<Uint8Array>;
}

/** Reads what {@link encodeOutcome} wrote; throws {@link ProtocolError} on any other response. */
export async function decodeOutcome(response: OutcomeResponse): Promise<InvokeOutcome> {
  if (response.status === 200) {
    if (response.headers["x-mode"] === "streaming") return decodeStreaming(response);
    return decodeCompleted(response.headers, await response.buffered());
  }
  const body = await response.buffered();
  if (response.status === 429) return decodeThrottled(parseJson(body));
  if (response.status === 502) return decodeSnapStartError(parseJson(body));
  if (response.status === 503) return { kind: "unavailable", message: String(parseJson(body)["message"]) };
  throw new ProtocolError(`status ${response.status}: ${Buffer.from(body).toString().slice(0, 200)}`);
}

function decodeThrottled({ reason, retryAfterSeconds }: Record<string, unknown>): InvokeOutcome {
  return { kind: "throttled", reason: reason as ThrottleReason, ...(typeof retryAfterSeconds === "number" ? { retryAfterSeconds } : {}) };
}

function decodeSnapStartError({ code, message }: Record<string, unknown>): InvokeOutcome {
  return {
    kind: "snap-start-error",
    code: code === "SnapStartTimeoutException" ? code : "SnapStartException",
    message: String(message),
  };
}

function decodeCompleted(headers: IncomingHeaders, payload: Uint8Array): InvokeOutcome {
  const logTail = optional(headers, "x-log-tail");
  const waitedMs = optional(headers, "x-waited-ms");
  return {
    kind: "completed",
    payload,
    contentType: required(headers, "content-type"),
    ...(headers["x-function-error"] === undefined ? {} : { functionError: "Unhandled" as const }),
    ...(waitedMs === undefined ? {} : { waitedMs: Number(waitedMs) }),
    ...(logTail === undefined ? {} : { logTail: Buffer.from(logTail, "base64") }),
  };
}

function decodeStreaming(response: OutcomeResponse): InvokeOutcome {
  const { chunks, trailer } = decodeFrames(response.chunks());
  return { kind: "streaming", contentType: required(response.headers, "content-type"), chunks, completion: trailer.then(decodeCompletion) };
}

function encodeCompletion(completion: StreamCompletion): Uint8Array {
  const { logTail, ...rest } = completion;
  return Buffer.from(JSON.stringify({ ...rest, ...(logTail === undefined ? {} : { logTail: bytesToBase64(logTail) }) }));
}

function decodeCompletion(trailer: Uint8Array): StreamCompletion {
  const { errorCode, errorDetails, logTail } = parseJson(trailer);
  return {
    ...(typeof errorCode === "string" ? { errorCode } : {}),
    ...(typeof errorDetails === "string" ? { errorDetails } : {}),
    ...(typeof logTail === "string" ? { logTail: Buffer.from(logTail, "base64") } : {}),
  };
}

/** A JSON object from a body; throws {@link ProtocolError}. */
export function parseJson(body: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below in the protocol's own words.
  }
  throw new ProtocolError("A body of the executor's protocol is not a JSON object.");
}

function json(status: number, value: object): EncodedOutcome {
  const body = Buffer.from(JSON.stringify(value));
  return { status, headers: { "content-type": "application/json" }, body };
}

function optional(headers: IncomingHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}

function required(headers: IncomingHeaders, name: string): string {
  const value = headers[name];
  if (typeof value !== "string") throw new ProtocolError(`The executor's protocol needs the header ${name}.`);
  return value;
}

function toBase64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function bytesToBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function fromBase64(text: string): string {
  return Buffer.from(text, "base64").toString();
}
