/** The payload of an invocation: a JSON document of any kind, or nothing, which the function receives as `{}`. */
import { isUtf8 } from "node:buffer";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { ASYNC_PAYLOAD_BYTES_MAX, SYNC_PAYLOAD_BYTES_MAX } from "@lambdock/model/limits";
import { jsonFault } from "@lambdock/wire/json-fault";
import type { Body } from "../http/body.ts";
import type { InvokeTarget } from "./target.ts";

const EMPTY = Buffer.from("{}");
/** Bytes over the limit up to which the service still tells the exact size; beyond, its front end refuses unread. */
const EXACT_SIZE_TOLD = 1_048_576;

/** The bytes that the function shall see. Throws RequestEntityTooLarge and InvalidRequestContent. */
export function checkPayload(body: Body, kind: { readonly operation: InvokeTarget["operation"]; readonly event: boolean }): Uint8Array {
  if (body.kind === "too long") throw tooLarge(body.length, kind.operation);
  const { bytes } = body;
  if (kind.event && bytes.byteLength > ASYNC_PAYLOAD_BYTES_MAX) {
    throw new AwsError(
      "RequestEntityTooLargeException",
      `${bytes.byteLength} byte payload is too large for the Event invocation type (limit ${ASYNC_PAYLOAD_BYTES_MAX} bytes)`,
    );
  }
  if (bytes.byteLength === 0) return EMPTY;
  if (isJson(bytes)) return bytes;
  const fault = jsonFault(bytes);
  if (fault !== undefined)
    throw new AwsError(
      "InvalidRequestContentException",
      `Could not parse request body into json: Could not parse payload into json: ${fault}`,
    );
  // Well-formed but for surrogates that UTF-8 forbids, which AWS's parser lets pass.
  return bytes;
}

function tooLarge(length: number, operation: string): AwsError {
  const message =
    length <= SYNC_PAYLOAD_BYTES_MAX + EXACT_SIZE_TOLD
      ? `${length} byte payload is too large for the RequestResponse invocation type (limit ${SYNC_PAYLOAD_BYTES_MAX} bytes)`
      : `Request must be smaller than ${SYNC_PAYLOAD_BYTES_MAX} bytes for the ${operation === "Invoke" ? "InvokeFunction" : operation} operation`;
  return new AwsError("RequestEntityTooLargeException", message);
}

function isJson(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false;
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}
