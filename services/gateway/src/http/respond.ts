import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Logger } from "@lambdock/kernel/logger";
import type { Reply } from "@lambdock/plain-http/reply";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { encodeError } from "@lambdock/wire/error-encoder";
import type { EncodedResponse } from "@lambdock/wire/response-encoder";

/** A fresh request id: `x-amzn-RequestId`, the runtime's request id and the one in the logs. */
export function newRequestId(): string {
  return randomUUID();
}

/** Sends an encoded response under a request id. */
export function send(response: ServerResponse, requestId: string, encoded: EncodedResponse): void {
  const body = typeof encoded.body === "string" ? Buffer.from(encoded.body) : encoded.body;
  // A 204 has neither body nor length.
  const length = encoded.status === 204 ? {} : { "content-length": body.byteLength };
  response.writeHead(encoded.status, { ...encoded.headers, ...length, "x-amzn-requestid": requestId });
  response.end(body);
}

/** The same over any kind of reply. */
export function sendReply(reply: Reply, requestId: string, encoded: EncodedResponse): void {
  const body = typeof encoded.body === "string" ? Buffer.from(encoded.body) : encoded.body;
  reply.send(encoded.status, { ...encoded.headers, "x-amzn-requestid": requestId }, body);
}

/** Tells what a failure means for the caller, where it is the environment's fault; `undefined` for a bug. */
export type Explain = (error: unknown) => string | undefined;

/** Whatever was thrown as what the caller shall see; a bug is logged, and the caller learns the request id to look for. */
export function asAwsError(
  error: unknown,
  context: { readonly explain: Explain; readonly logger: Logger; readonly requestId: string },
): AwsError {
  if (error instanceof AwsError) return error;
  const sentence = context.explain(error);
  if (sentence !== undefined) return new AwsError("ServiceException", sentence);
  context.logger.error("a request failed on a bug", {
    requestId: context.requestId,
    cause: error instanceof Error ? (error.stack ?? error) : String(error),
  });
  return new AwsError("ServiceException", `Lambdock failed on this request: its log has the cause under request id ${context.requestId}.`);
}

/** Sends an error in the REST-JSON form. */
export function sendError(response: ServerResponse, requestId: string, error: AwsError): void {
  send(response, requestId, encodeError(error));
}

/** 501: an operation, service or option that is not built yet, by its name. */
export function notImplemented(what: string): AwsError {
  return new AwsError("NotImplementedException", `Lambdock does not implement ${what} yet.`);
}
