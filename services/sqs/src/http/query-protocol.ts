/**
 * The Query protocol of 2012-11-05: a form or a query string in, XML out. The queue is the path, or
 * `QueueUrl`. Names of elements are those of the older API model.
 */
import type { IncomingMessage } from "node:http";
import { parseQuery, type Query } from "@lambdock/wire/query";
import { SqsError, queueDoesNotExist } from "../sqs-error.ts";
import type { Protocol } from "./protocol.ts";
import { queryInput } from "./query-input.ts";
import { element, escapeXml, xmlOf } from "./xml.ts";

const NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/";
const HEADERS = { "content-type": "text/xml" };
/** Actions that name no queue: a queue's own address does not know them [recorded]. */
const OF_THE_SERVICE: ReadonlySet<string> = new Set(["CreateQueue", "ListQueues"]);
const WITHOUT_RESULT: ReadonlySet<string> = new Set([
  "AddPermission",
  "ChangeMessageVisibility",
  "DeleteMessage",
  "DeleteQueue",
  "PurgeQueue",
  "RemovePermission",
  "SetQueueAttributes",
  "TagQueue",
  "UntagQueue",
]);

/** A GET or POST without an action: AWS's front end answers before SQS does [recorded]. */
export class UnknownOperation extends Error {
  override readonly name = "UnknownOperation";
}

export const queryProtocol: Protocol = {
  decode(request, body) {
    const { path, parameters } = parametersOf(request, body);
    const action = parameters.get("Action")?.[0];
    if (action === undefined || action === "") throw new UnknownOperation();
    const onQueue = path !== "/" && path !== "";
    if (onQueue && OF_THE_SERVICE.has(action)) throw invalidAction(action);
    const input = queryInput(action, parameters);
    return { action, input: onQueue && input["QueueUrl"] === undefined ? { ...input, QueueUrl: path } : input };
  },
  encode(action, output, requestId) {
    const result = WITHOUT_RESULT.has(action) ? "" : element(`${action}Result`, xmlOf(action, output));
    const content = `${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    return {
      status: 200,
      headers: HEADERS,
      body: `<?xml version="1.0"?><${action}Response xmlns="${NAMESPACE}">${content}</${action}Response>`,
    };
  },
  encodeError(error, requestId) {
    const message =
      error.code === queueDoesNotExist().code ? error.message.replace("exist.", "exist for this wsdl version.") : error.message;
    const content =
      element("Type", error.senderFault ? "Sender" : "Receiver") +
      element("Code", escapeXml(error.code)) +
      element("Message", escapeXml(message));
    return {
      status: error.status,
      headers: HEADERS,
      body: `<?xml version="1.0"?><ErrorResponse xmlns="${NAMESPACE}"><Error>${content}<Detail/></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
    };
  },
};

/** 400 InvalidAction. */
export function invalidAction(action: string): SqsError {
  return new SqsError("InvalidAction", `The action ${action} is not valid for this endpoint.`);
}

function parametersOf(request: IncomingMessage, body: Buffer): { readonly path: string; readonly parameters: Query } {
  const [path, search = ""] = request.url!.split("?", 2) as [string, string?];
  if (body.byteLength === 0) return { path, parameters: parseQuery(search) };
  return { path, parameters: new Map([...parseQuery(search), ...parseQuery(body.toString())]) };
}
