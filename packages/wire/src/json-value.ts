/** One JSON value as its shape says; the texts are those of AWS's front end. */
import { AwsError } from "@lambdock/model/errors/aws-error";
import { base64Fault } from "./base64.ts";
import type { Shape } from "./api-model.ts";
import type { Decoding } from "./request-decoder.ts";

/** 400 SerializationException. */
export function serialization(message: string): AwsError {
  return new AwsError("SerializationException", message);
}

/** Decodes a value that is neither null nor absent; throws SerializationException. */
export function decodeValue(decoding: Decoding, shapeName: string, value: unknown): unknown {
  const shape = decoding.model.shapes[shapeName];
  if (shape === undefined) return value;
  switch (shape.type) {
    case "structure":
      return decodeStructure(decoding, shape.members, asObject(value));
    case "list":
      if (!Array.isArray(value)) throw serialization(unexpectedCollection(value));
      return value.map((item: unknown) => (item === null ? null : decodeValue(decoding, shape.member, item)));
    case "map":
      return Object.fromEntries(
        Object.entries(asObject(value)).map(([key, item]) => [key, item === null ? null : decodeValue(decoding, shape.value, item)]),
      );
    case "blob":
      return decodeBlob(decoding, value);
    default:
      return decodeScalar(shape.type, value);
  }
}

function decodeStructure(
  decoding: Decoding,
  members: Extract<Shape, { type: "structure" }>["members"],
  value: Record<string, unknown>,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(members)) {
    const item = value[member.locationName ?? name];
    if (item !== undefined && item !== null) result[name] = decodeValue(decoding, member.shape, item);
  }
  return result;
}

function decodeBlob({ bytes }: Decoding, value: unknown): Uint8Array {
  if (typeof value !== "string") throw mismatch(value, "a ByteBuffer");
  const fault = base64Fault(value);
  if (fault !== undefined) throw serialization(fault);
  return bytes.fromBase64(value);
}

function decodeScalar(type: "string" | "integer" | "long" | "double" | "boolean" | "timestamp", value: unknown): unknown {
  switch (type) {
    case "string":
      if (typeof value === "string") return value;
      throw mismatch(value, "a String");
    case "boolean":
      if (typeof value === "boolean") return value;
      throw mismatch(value, "a Boolean");
    case "integer":
    case "long":
      if (typeof value === "number" && Number.isInteger(value)) return value;
      throw mismatch(value, type === "integer" ? "an Integer" : "a Long");
    default:
      if (typeof value === "number") return value;
      throw mismatch(value, type === "double" ? "a Double" : "a Date");
  }
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  throw serialization(Array.isArray(value) ? "Start of list found where not expected" : "Unexpected field type");
}

function unexpectedCollection(value: unknown): string {
  return typeof value === "object" ? "Start of structure or map found where not expected." : "Unexpected field type";
}

function mismatch(value: unknown, wanted: string): AwsError {
  if (Array.isArray(value)) return serialization("Start of list found where not expected");
  if (typeof value === "object") return serialization("Start of structure or map found where not expected.");
  const token =
    typeof value === "string" ? "STRING_VALUE" : typeof value === "number" ? "NUMBER_VALUE" : value === true ? "TRUE_VALUE" : "FALSE_VALUE";
  return serialization(`${token} can not be converted to ${wanted}`);
}
