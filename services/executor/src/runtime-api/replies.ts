import type { Reply } from "@lambdock/plain-http/reply";

const OK = Buffer.from('{"status":"OK"}\n');
const JSON_TYPE = { "Content-Type": "application/json" };

/** The Runtime API's answer to everything it accepts. */
export function acknowledge(reply: Reply, status: 200 | 202): void {
  reply.send(status, JSON_TYPE, OK);
}

/** An error document of the Runtime API (runtime-api.md 2.3). */
export function replyError(reply: Reply, status: number, error: { readonly errorType: string; readonly errorMessage: string }): void {
  reply.send(status, JSON_TYPE, Buffer.from(JSON.stringify({ errorMessage: error.errorMessage, errorType: error.errorType })));
}

/** Wrong id, or the response was already sent. */
export function invalidRequestId(reply: Reply): void {
  replyError(reply, 400, { errorType: "InvalidRequestID", errorMessage: "Invalid request ID" });
}

export function invalidResponseMode(reply: Reply): void {
  replyError(reply, 400, { errorType: "InvalidFunctionResponseMode", errorMessage: "Invalid function response mode" });
}

export function payloadTooLarge(reply: Reply): void {
  replyError(reply, 413, { errorType: "RequestEntityTooLarge", errorMessage: "Exceeded maximum allowed payload size (6291556 bytes)." });
}

/** The runtime may not do this in its state. */
export function refuse(reply: Reply, from: string, to: string): void {
  replyError(reply, 403, {
    errorType: "InvalidStateTransition",
    errorMessage: `State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`,
  });
}
