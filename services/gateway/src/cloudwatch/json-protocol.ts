/** AWS JSON 1.0: the operation in `X-Amz-Target`, timestamps in seconds. The AWS CLI speaks it. */
import { parseTarget } from "@lambdock/wire/json-protocol";
import { decodeBody, queryErrorHeader, type Protocol } from "./protocol.ts";

const HEADERS = { "content-type": "application/x-amz-json-1.0" };

export const jsonProtocol: Protocol = {
  decode(request, body) {
    const action = parseTarget(String(request.headers["x-amz-target"]))?.operation ?? "";
    return { action, input: decodeBody(body, { decode: (bytes) => JSON.parse(bytes.toString()) as unknown, expected: "a JSON object" }) };
  },
  encode: (_action, output) => ({ status: 200, headers: HEADERS, body: JSON.stringify(output, secondsForDates) }),
  encodeError: (error) => ({
    status: error.status,
    headers: { ...HEADERS, ...queryErrorHeader(error) },
    body: JSON.stringify({ __type: `com.amazonaws.cloudwatch.v2010_08_01#${error.shape}`, message: error.message }),
  }),
};

/** `JSON.stringify` gives a Date to its replacer as text already; the holder still has the Date. */
function secondsForDates(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const original = this[key];
  return original instanceof Date ? original.getTime() / 1_000 : value;
}
