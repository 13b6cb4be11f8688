import type { ServerResponse } from "node:http";

const OK = Buffer.from('{"status":"OK"}\n');

/** The Runtime API's answer to everything it accepts. */
export function acknowledge(response: ServerResponse, status: 200 | 202): void {
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": OK.length });
  response.end(OK);
}

/** An error document of the Runtime API (runtime-api.md 2.3). */
export function replyError(
  response: ServerResponse,
  status: number,
  error: { readonly errorType: string; readonly errorMessage: string },
): void {
  const body = Buffer.from(JSON.stringify({ errorMessage: error.errorMessage, errorType: error.errorType }));
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": body.length });
  response.end(body);
}

/** Wrong id, or the response was already sent. */
export function invalidRequestId(response: ServerResponse): void {
  replyError(response, 400, { errorType: "InvalidRequestID", errorMessage: "Invalid request ID" });
}

export function invalidResponseMode(response: ServerResponse): void {
  replyError(response, 400, { errorType: "InvalidFunctionResponseMode", errorMessage: "Invalid function response mode" });
}

export function payloadTooLarge(response: ServerResponse): void {
  replyError(response, 413, { errorType: "RequestEntityTooLarge", errorMessage: "Exceeded maximum allowed payload size (6291556 bytes)." });
}

/** The runtime may not do this in its state. */
export function refuse(response: ServerResponse, from: string, to: string): void {
  replyError(response, 403, {
    errorType: "InvalidStateTransition",
    errorMessage: `State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`,
  });
}
