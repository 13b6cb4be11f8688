import { ProtocolError, type IncomingHeaders } from "./protocol.ts";

/** Status and headers of a response, and how its body ends. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: IncomingHeaders;
  /** Bytes; `undefined`: the body goes on until the connection closes. */
  readonly bodyBytes: number | undefined;
  /** Where the body begins in the bytes that were parsed. */
  readonly bodyStart: number;
}

const END_OF_HEAD = "\r\n\r\n";
/** Bytes; a longer head comes from no executor. */
const HEAD_BYTES_MAX = 65_536;

/**
 * Parses the head of an HTTP/1.1 response as the executor writes it: a length, or a body up to the
 * end of the connection. `undefined` while it is not whole; throws {@link ProtocolError} on any other kind.
 */
export function parseResponseHead(bytes: Buffer): ResponseHead | undefined {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end < 0) {
    if (bytes.byteLength > HEAD_BYTES_MAX) throw new ProtocolError("its answer has no end of headers");
    return undefined;
  }
  const lines = bytes.toString("latin1", 0, end).split("\r\n");
  const status = Number(lines[0]!.slice(9, 12));
  if (!lines[0]!.startsWith("HTTP/1.1 ") || !(status >= 200)) throw new ProtocolError("its answer is not HTTP/1.1");
  const headers: Record<string, string> = {};
  for (let index = 1; index < lines.length; index++) {
    const line = lines[index]!;
    const colon = line.indexOf(": ");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 2);
  }
  if (headers["transfer-encoding"] !== undefined)
    throw new ProtocolError(`its answer is in an encoding that no executor uses (${headers["transfer-encoding"]})`);
  const length = status === 204 ? "0" : headers["content-length"];
  return { status, headers, bodyBytes: length === undefined ? undefined : Number(length), bodyStart: end + END_OF_HEAD.length };
}
