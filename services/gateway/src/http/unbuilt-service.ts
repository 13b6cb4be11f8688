/** Services that are not built: 501 with the service's name, in the form in which its clients read errors. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { BackendFailure, escapeXml, sendFailure } from "@lambdock/backend/failure";
import type { JsonTarget } from "@lambdock/wire/json-protocol";
import { parseQuery } from "@lambdock/wire/query";
import { collectBody, discard } from "./body.ts";
import { notImplemented, sendError } from "./respond.ts";

/** A request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What is known of the service that was asked for. */
export interface Asked {
  readonly requestId: string;
  /** That the request was signed for. */
  readonly service: string | undefined;
  /** Of the JSON protocols. */
  readonly target: JsonTarget | undefined;
}

/** Of the Query protocol; what is longer is not read for the name of its action. */
const QUERY_BYTES_MAX = 1_048_576;
/** Services whose errors are XML of forms of their own. */
const XML_FORMS: ReadonlyMap<string, (code: string, message: string, requestId: string) => string> = new Map([
  [
    "s3",
    (code, message, requestId) => `<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${requestId}</RequestId></Error>`,
  ],
  [
    "ec2",
    (code, message, requestId) =>
      `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>${requestId}</RequestID></Response>`,
  ],
]);
/** Services of REST and XML whose errors have the Query protocol's form. */
const XML_SERVICES: ReadonlySet<string> = new Set(["cloudfront", "route53"]);

/** Answers a request for a service that is not built; rejects when the caller goes away. */
export async function refuseService({ request, response }: Exchange, asked: Asked): Promise<void> {
  const { requestId, service, target } = asked;
  const form = XML_FORMS.get(service ?? "");
  const isQuery = target === undefined && isForm(request);
  const operation = target?.operation ?? (isQuery ? await actionOf(request) : undefined);
  if (!request.complete) discard(request);
  const { message } = notImplemented(`the service ${service ?? target!.service}${operation === undefined ? "" : ` (${operation})`}`);
  const failure = new BackendFailure(501, "NotImplementedException", message);
  if (form !== undefined) return sendXml(response, requestId, form(failure.code, escapeXml(message), requestId));
  if (isQuery || target !== undefined || XML_SERVICES.has(service!)) return sendFailure({ request, response }, requestId, failure);
  sendError(response, requestId, notImplemented(`the service ${service}`));
}

function isForm({ url, headers }: IncomingMessage): boolean {
  return /[?&]Action=/.test(url!) || headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
}

async function actionOf(request: IncomingMessage): Promise<string | undefined> {
  const [, search = ""] = request.url!.split("?", 2);
  const inUrl = parseQuery(search).get("Action")?.[0];
  if (inUrl !== undefined) return inUrl;
  const body = await collectBody(request, QUERY_BYTES_MAX);
  return body.kind === "whole" ? parseQuery(body.bytes.toString()).get("Action")?.[0] : undefined;
}

function sendXml(response: ServerResponse, requestId: string, body: string): void {
  response.writeHead(501, { "content-type": "application/xml", "content-length": Buffer.byteLength(body), "x-amzn-requestid": requestId });
  response.end(body);
}
