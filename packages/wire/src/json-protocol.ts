/** AWS JSON 1.1, the protocol of CloudWatch Logs: one path, the operation in `X-Amz-Target`. */
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { EncodedResponse } from "./response-encoder.ts";

const CONTENT_TYPE = "application/x-amz-json-1.1";

/** What `X-Amz-Target` names. */
export interface JsonTarget {
  /** `Logs_20140328`. */
  readonly service: string;
  readonly operation: string;
}

/** Splits `Logs_20140328.GetLogEvents`; `undefined` when the header has no such form. */
export function parseTarget(header: string): JsonTarget | undefined {
  const dot = header.lastIndexOf(".");
  return dot <= 0 || dot === header.length - 1 ? undefined : { service: header.slice(0, dot), operation: header.slice(dot + 1) };
}

/** The input object of a request's body; an empty body is an empty input. Throws SerializationException. */
export function decodeJsonInput(body: string): Record<string, unknown> {
  if (body === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new AwsError("SerializationException", null);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new AwsError("SerializationException", "Unexpected value type in payload");
  return value as Record<string, unknown>;
}

/** A result; operations without output answer an empty body. */
export function encodeJsonOutput(output: object): EncodedResponse {
  return { status: 200, headers: { "content-type": CONTENT_TYPE }, body: JSON.stringify(output) };
}

/** What an error of a JSON 1.1 service says. */
export interface JsonError {
  readonly code: string;
  readonly status: number;
  readonly message: string | null;
}

/** An error: `{"__type","message"}`; every client error has status 400. */
export function encodeJsonError({ code, status, message }: JsonError): EncodedResponse {
  return {
    status: status >= 500 ? status : 400,
    headers: { "content-type": CONTENT_TYPE, "x-amzn-errortype": code },
    body: JSON.stringify({ __type: code, ...(message === null ? {} : { message }) }),
  };
}
