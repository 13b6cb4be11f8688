/**
 * An operation's output structure as an HTTP response: status member, header members, payload
 * member or JSON body with blobs in base64 and timestamps in epoch seconds (rest-json's default).
 * Members that the model does not have are left out, as are undefined and null ones.
 */
import type { ApiModel, Member, StructureShape } from "./api-model.ts";
import type { ByteCodec } from "./bytes.ts";

export interface EncodedResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** The service whose responses are encoded, and the edge's byte codec. */
export interface Encoding {
  readonly model: ApiModel;
  readonly bytes: ByteCodec;
}

/** Encodes the output of an operation. */
export function encodeOutput(encoding: Encoding, operation: string, output: Readonly<Record<string, unknown>>): EncodedResponse {
  const { output: shapeName, status } = encoding.model.operations[operation]!;
  const shape = shapeName === undefined ? undefined : (encoding.model.shapes[shapeName] as StructureShape);
  if (shape === undefined) return { status, headers: {}, body: "" };
  const headers: Record<string, string> = {};
  let actualStatus = status;
  for (const [name, member] of Object.entries(shape.members)) {
    const value = output[name];
    if (value === undefined || value === null) continue;
    if (member.location === "statusCode") actualStatus = value as number;
    if (member.location === "header") headers[(member.locationName ?? name).toLowerCase()] = String(value as string | number | boolean);
  }
  if (actualStatus === 204) return { status: actualStatus, headers, body: "" };
  if (shape.payload !== undefined) return { status: actualStatus, headers, body: (output[shape.payload] as Uint8Array | undefined) ?? "" };
  return {
    status: actualStatus,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(encodeMembers(encoding, shape.members, output)),
  };
}

function encodeMembers(
  encoding: Encoding,
  members: Readonly<Record<string, Member>>,
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(members)) {
    const value = values[name];
    if (member.location === undefined && value !== undefined && value !== null)
      body[member.locationName ?? name] = encodeValue(encoding, member.shape, value);
  }
  return body;
}

function encodeValue(encoding: Encoding, shapeName: string, value: unknown): unknown {
  const shape = encoding.model.shapes[shapeName];
  switch (shape?.type) {
    case "structure":
      return encodeMembers(encoding, shape.members, value as Record<string, unknown>);
    case "list":
      return (value as unknown[]).map((item) => encodeValue(encoding, shape.member, item));
    case "map":
      return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, encodeValue(encoding, shape.value, item)]));
    case "blob":
      return encoding.bytes.toBase64(value as Uint8Array);
    default:
      return value;
  }
}
