/** AWS JSON 1.0: `X-Amz-Target: AmazonSQS.<action>`, errors also by their older code in a header. */
import { serialization } from "../input.ts";
import { SqsError } from "../sqs-error.ts";
import type { Input } from "../input.ts";
import type { Protocol } from "./protocol.ts";

const CONTENT_TYPE = "application/x-amz-json-1.0";
const TARGET = "AmazonSQS.";

export const jsonProtocol: Protocol = {
  decode(request, body) {
    const target = String(request.headers["x-amz-target"]);
    if (!target.startsWith(TARGET)) throw new SqsError("UnknownOperationException", `The operation ${target} is not one of AmazonSQS.`);
    return { action: target.slice(TARGET.length), input: parse(body) };
  },
  encode: (_action, output) => ({ status: 200, headers: { "content-type": CONTENT_TYPE }, body: JSON.stringify(output) }),
  encodeError: (error) => ({
    status: error.status,
    headers: { "content-type": CONTENT_TYPE, "x-amzn-query-error": `${error.code};${error.senderFault ? "Sender" : "Receiver"}` },
    body: JSON.stringify({ __type: error.shapeId, message: error.message }),
  }),
};

function parse(body: Buffer): Input {
  if (body.byteLength === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw serialization("The request body is not valid JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw serialization("Unexpected value type in payload");
  return value as Input;
}
