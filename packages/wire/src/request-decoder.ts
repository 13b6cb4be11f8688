/**
 * A request's parts as the input structure of its operation: types are checked here
 * (SerializationException, as AWS's front end does), constraints afterwards (`constraints.ts`).
 * Absent and null members are left out; unknown members are ignored, as AWS does.
 */
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { ApiModel, Member, Shape, StructureShape } from "./api-model.ts";
import type { ByteCodec } from "./bytes.ts";
import { decodeValue, serialization } from "./json-value.ts";
import type { Query } from "./query.ts";

/** An HTTP request, taken apart. */
export interface RequestParts {
  readonly labels: Readonly<Record<string, string>>;
  readonly query: Query;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

/** The service whose requests are decoded, and the edge's byte codec. */
export interface Decoding {
  readonly model: ApiModel;
  readonly bytes: ByteCodec;
}

/** Decodes the input of an operation; throws SerializationException. */
export function decodeInput(decoding: Decoding, operation: string, parts: RequestParts): Record<string, unknown> {
  const shapeName = decoding.model.operations[operation]?.input;
  const shape = shapeName === undefined ? undefined : decoding.model.shapes[shapeName];
  if (shape?.type !== "structure") return {};
  const input: Record<string, unknown> = {};
  const body = shape.payload === undefined && hasBodyMembers(shape) ? parseBody(decoding, parts.body) : {};
  for (const [name, member] of Object.entries(shape.members)) {
    const value =
      member.location === undefined
        ? bodyMember({ decoding, shape, parts, body }, name, member)
        : plainMember(decoding.model, member, { name, parts });
    if (value !== undefined) input[name] = value;
  }
  return input;
}

function hasBodyMembers(shape: StructureShape): boolean {
  return Object.values(shape.members).some(({ location }) => location === undefined);
}

interface BodyContext {
  readonly decoding: Decoding;
  readonly shape: StructureShape;
  readonly parts: RequestParts;
  readonly body: Readonly<Record<string, unknown>>;
}

function bodyMember({ decoding, shape, parts, body }: BodyContext, name: string, member: Member): unknown {
  if (shape.payload !== name) return present(body[member.locationName ?? name], (value) => decodeValue(decoding, member.shape, value));
  if (shapeOf(decoding.model, member).type === "blob") return parts.body.byteLength === 0 ? undefined : parts.body;
  return parts.body.byteLength === 0 ? undefined : decodeValue(decoding, member.shape, parseBody(decoding, parts.body));
}

function present<T>(value: unknown, decode: (value: unknown) => T): T | undefined {
  return value === undefined || value === null ? undefined : decode(value);
}

/** Members of path, query and headers: text that their shape gives a type. */
function plainMember(model: ApiModel, member: Member, { name, parts }: { readonly name: string; readonly parts: RequestParts }): unknown {
  const wireName = member.locationName ?? name;
  const shape = shapeOf(model, member);
  if (member.location === "uri") return present(parts.labels[wireName], (value) => plainValue(shape, String(value)));
  if (member.location === "querystring") {
    const values = parts.query.get(wireName);
    if (values === undefined) return undefined;
    return shape.type === "list" ? values : plainValue(shape, values[0] ?? "");
  }
  if (member.location === "header") {
    const value = parts.headers[wireName.toLowerCase()];
    return typeof value === "string" ? plainValue(shape, value) : undefined;
  }
  return undefined;
}

function plainValue(shape: Shape, text: string): unknown {
  switch (shape.type) {
    case "integer":
    case "long":
      if (/^-?\d+$/.test(text)) return Number(text);
      throw serialization(`STRING_VALUE can not be converted to ${shape.type === "long" ? "a Long" : "an Integer"}`);
    case "boolean":
      if (text === "true" || text === "false") return text === "true";
      throw serialization("STRING_VALUE can not be converted to a Boolean");
    case "timestamp":
      return timestamp(text);
    default:
      return text;
  }
}

/** Epoch seconds of an ISO 8601 time or of a number. */
function timestamp(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text) / 1_000;
  if (Number.isNaN(seconds)) throw serialization("STRING_VALUE can not be converted to a Date");
  return seconds;
}

function parseBody({ bytes }: Decoding, body: Uint8Array): Record<string, unknown> {
  if (body.byteLength === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(bytes.text(body));
  } catch {
    throw new AwsError("SerializationException", null);
  }
  if (value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw serialization("Unexpected value type in payload");
  return value as Record<string, unknown>;
}

function shapeOf(model: ApiModel, member: Member): Shape {
  return model.shapes[member.shape] ?? { type: "string" };
}
