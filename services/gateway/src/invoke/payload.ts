/** The payload of an invocation: a JSON document of any kind, or nothing, which the function receives as `{}`. */
import { isUtf8 } from "node:buffer";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { ASYNC_PAYLOAD_BYTES_MAX, INVOKE_ASYNC_BYTES_MAX, SYNC_PAYLOAD_BYTES_MAX } from "@lambdock/model/limits";
import { validationError, violation } from "@lambdock/wire/constraints";
import { jsonFault } from "@lambdock/wire/json-fault";
import type { Body } from "../http/body.ts";
import type { InvokeTarget } from "./target.ts";

const EMPTY = Buffer.from("{}");
/** Bytes over the limit up to which the service still tells the exact size; beyond, its front end refuses unread. */
const EXACT_SIZE_TOLD = 1_048_576;

interface Kind {
  readonly operation: InvokeTarget["operation"];
  readonly event: boolean;
}

/** The bytes that the function shall see. Throws RequestEntityTooLarge, InvalidRequestContent and ValidationException. */
export function checkPayload(body: Body, kind: Kind): Uint8Array {
  if (body.kind === "too long") throw tooLarge(body.length, kind);
  const { bytes } = body;
  if (bytes.byteLength > limitOf(kind)) throw tooLarge(bytes.byteLength, kind);
  // The old operation's body is a required member [model].
  if (bytes.byteLength === 0 && kind.operation === "InvokeAsync")
    throw validationError([violation({ path: "invokeArgs", value: undefined }, "Member must not be null")]);
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

function limitOf({ operation, event }: Kind): number {
  if (operation === "InvokeAsync") return INVOKE_ASYNC_BYTES_MAX;
  return event ? ASYNC_PAYLOAD_BYTES_MAX : SYNC_PAYLOAD_BYTES_MAX;
}

function tooLarge(length: number, kind: Kind): AwsError {
  const message =
    length <= SYNC_PAYLOAD_BYTES_MAX + EXACT_SIZE_TOLD
      ? `${length} byte payload is too large for the ${kind.event ? "Event" : "RequestResponse"} invocation type (limit ${limitOf(kind)} bytes)`
      : `Request must be smaller than ${SYNC_PAYLOAD_BYTES_MAX} bytes for the ${kind.operation === "Invoke" ? "InvokeFunction" : kind.operation} operation`;
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
