/** Smithy RPC v2 CBOR, which the AWS SDKs speak: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
import { cbor, dateToTag } from "@smithy/core/cbor";
import { isInput } from "./input.ts";
import { decodeBody, queryErrorHeader, type Protocol } from "./protocol.ts";

const HEADERS = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };

export const cborProtocol: Protocol = {
  decode(request, body) {
    // /service/GraniteServiceVersion20100801/operation/GetMetricData
    const [path = ""] = request.url!.split("?");
    return {
      action: path.split("/").at(-1) ?? "",
      input: decodeBody(body, { decode: (bytes) => cbor.deserialize(bytes), expected: "a CBOR map" }),
    };
  },
  encode: (_action, output) => ({ status: 200, headers: HEADERS, body: cbor.serialize(tagged(output)) }),
  encodeError: (error) => ({
    status: error.status,
    headers: { ...HEADERS, ...queryErrorHeader(error) },
    body: cbor.serialize({ __type: `com.amazonaws.cloudwatch.v2010_08_01#${error.shape}`, message: error.message }),
  }),
};

function tagged(value: unknown): unknown {
  if (value instanceof Date) return dateToTag(value);
  if (Array.isArray(value)) return value.map(tagged);
  if (!isInput(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([name, each]) => (each === undefined ? [] : [[name, tagged(each)]])));
}
