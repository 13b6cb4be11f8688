import type { IncomingMessage } from "node:http";
import { CloudWatchError } from "./cloudwatch-error.ts";
import { isInput, type Input } from "./input.ts";

/** What a request asks for. */
export interface Call {
  readonly action: string;
  readonly input: Input;
}

/** An answer, ready to be sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** What an error says. */
export interface WireError {
  readonly status: number;
  /** Of the Query protocol. */
  readonly code: string;
  /** Of the JSON and CBOR protocols. */
  readonly shape: string;
  readonly message: string;
}

/** One of the three ways in which CloudWatch is spoken. Outputs hold `Date` where the model has a timestamp. */
export interface Protocol {
  /** Throws CloudWatchError. */
  decode(request: IncomingMessage, body: Buffer): Call;
  encode(action: string, output: object, requestId: string): Answer;
  encodeError(error: WireError, requestId: string): Answer;
}

/** Name of the service in targets and paths. */
export const SERVICE_TARGET = "GraniteServiceVersion20100801";

/** Tells clients of the newer protocols the Query protocol's code, by which older code knows an error. */
export function queryErrorHeader({ code, status }: WireError): Readonly<Record<string, string>> {
  return { "x-amzn-query-error": `${code};${status < 500 ? "Sender" : "Receiver"}` };
}

/** A body that is one structure, no members when it is empty; throws CloudWatchError for anything else. */
export function decodeBody(
  body: Buffer,
  { decode, expected }: { readonly decode: (body: Buffer) => unknown; readonly expected: string },
): Input {
  if (body.byteLength === 0) return {};
  let value: unknown;
  try {
    value = decode(body);
  } catch {
    value = undefined;
  }
  if (!isInput(value)) throw new CloudWatchError("MalformedInput", `The body is not ${expected}.`);
  return value;
}
