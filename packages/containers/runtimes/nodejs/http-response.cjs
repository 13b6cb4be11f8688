"use strict";
/**
 * Reads one HTTP/1.1 response at a time from the bytes of a keep-alive connection: enough of the
 * protocol for the Runtime API (bodies with a length or in chunks, no trailers, no pipelining).
 */
const END_OF_HEAD = "\r\n\r\n";
const END_OF_CHUNKS = "0\r\n\r\n";

class ResponseReader {
  #chunks = [];
  #bytes = 0;
  #head = undefined;

  /** Takes bytes; answers `{ status, headers, body, closes }` once the response is whole. */
  push(chunk) {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#head === undefined && !this.#readHead()) return undefined;
    const body = this.#head.chunked ? this.#readChunkedBody() : this.#readSizedBody();
    if (body === undefined) return undefined;
    const { status, headers, closes } = this.#head;
    this.#chunks = [];
    this.#bytes = 0;
    this.#head = undefined;
    return { status, headers, body, closes };
  }

  #readHead() {
    const bytes = this.#joined();
    const end = bytes.indexOf(END_OF_HEAD);
    if (end === -1) return false;
    this.#head = parseHead(bytes.toString("utf8", 0, end));
    this.#chunks = [bytes.subarray(end + END_OF_HEAD.length)];
    this.#bytes = this.#chunks[0].length;
    return true;
  }

  #readSizedBody() {
    if (this.#bytes < this.#head.length) return undefined;
    return this.#joined().subarray(0, this.#head.length);
  }

  #readChunkedBody() {
    const bytes = this.#joined();
    return bytes.toString("latin1", bytes.length - END_OF_CHUNKS.length) === END_OF_CHUNKS ? joinChunks(bytes) : undefined;
  }

  #joined() {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0];
  }
}

function parseHead(text) {
  const [statusLine, ...lines] = text.split("\r\n");
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return {
    status: Number(statusLine.split(" ")[1]),
    headers,
    length: Number(headers["content-length"] ?? 0),
    chunked: headers["transfer-encoding"] === "chunked",
    closes: headers.connection === "close",
  };
}

/** The body, or `undefined` when the bytes only happened to look like the last chunk. */
function joinChunks(bytes) {
  const parts = [];
  let at = 0;
  while (at < bytes.length) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const length = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    if (length === 0) return Buffer.concat(parts);
    const start = lineEnd + 2;
    if (start + length + 2 > bytes.length) return undefined;
    parts.push(bytes.subarray(start, start + length));
    at = start + length + 2;
  }
  return undefined;
}

module.exports = { ResponseReader };
