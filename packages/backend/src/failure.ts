/** What a caller is told when the server behind us cannot answer, in the form of AWS's own failures. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { AwsError } from "@lambdock/model/errors/aws-error";

/** A server behind us that cannot answer; the message names the cure. */
export class BackendFailure extends Error {
  override readonly name = "BackendFailure";
  readonly status: number;
  /** AWS's name for it, such as `ServiceUnavailable`. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** 503: it does not run and cannot be started, or cannot be reached. */
export function unavailable(message: string): BackendFailure {
  return new BackendFailure(503, "ServiceUnavailable", message);
}

/** 500: it broke off while it worked on the request, which may have been done or not. */
export function brokeOff(message: string): BackendFailure {
  return new BackendFailure(500, "InternalFailure", message);
}

/** Answers with an error in the protocol of the request: JSON where it has a target, else the Query protocol's XML. */
export function sendFailure(
  exchange: { readonly request: IncomingMessage; readonly response: ServerResponse },
  requestId: string,
  error: Error,
): void {
  const { request, response } = exchange;
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, code } = error instanceof BackendFailure || error instanceof AwsError ? error : { status: 500, code: "InternalFailure" };
  const json = request.headers["x-amz-target"] !== undefined;
  const body = json ? JSON.stringify({ __type: code, message: error.message }) : asXml({ code, status, message: error.message, requestId });
  response.writeHead(status, {
    "content-type": json ? jsonType(request) : "text/xml",
    "content-length": Buffer.byteLength(body),
    "x-amzn-requestid": requestId,
    "x-amzn-errortype": code,
  });
  response.end(body);
}

/** The caller's version of AWS JSON, 1.0 or 1.1. */
function jsonType(request: IncomingMessage): string {
  return /^application\/x-amz-json-1\.\d/.exec(request.headers["content-type"] ?? "")?.[0] ?? "application/x-amz-json-1.0";
}

interface XmlError {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly requestId: string;
}

function asXml({ code, status, message, requestId }: XmlError): string {
  const type = status < 500 ? "Sender" : "Receiver";
  const error = `<Error><Type>${type}</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
  return `<ErrorResponse>${error}<RequestId>${requestId}</RequestId></ErrorResponse>`;
}

/** Text as the content of an XML element. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
