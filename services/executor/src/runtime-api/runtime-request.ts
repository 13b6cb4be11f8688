import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { PlainRequest } from "@lambdock/plain-http/plain-server";
import type { Headers } from "@lambdock/plain-http/request-head";

/** A body that is streamed; trailers are known at its end. */
export type BodyStream = Readable & { readonly trailers: NodeJS.Dict<string> };

/** What the runtime sends, whole or still coming. Its body is read once. */
export interface RuntimeRequest {
  readonly headers: Headers;
  /**
   * Reads the body up to a limit in bytes; `undefined` past it (the rest is drained so that the runtime can
   * read the answer). `broken` is called instead when the connection ends before the body.
   */
  collect(bytesMax: number, done: (body: Uint8Array | undefined) => void, broken?: () => void): void;
  stream(): BodyStream;
}

/** A request that came whole. */
export function wholeRequest({ headers, body }: PlainRequest): RuntimeRequest {
  return {
    headers,
    collect: (bytesMax, done) => done(body.byteLength > bytesMax ? undefined : body),
    stream: () => Object.assign(Readable.from([body]), { trailers: {} }),
  };
}

/** A request of `node:http`. */
export function comingRequest(request: IncomingMessage): RuntimeRequest {
  return {
    headers: request.headers as Headers,
    collect(bytesMax, done, broken = () => undefined) {
      request.once("close", () => (request.complete ? undefined : broken()));
      collect(request, bytesMax, done);
    },
    stream: () => request,
  };
}

function collect(request: IncomingMessage, bytesMax: number, done: (body: Uint8Array | undefined) => void): void {
  let chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= bytesMax) chunks.push(chunk);
    else chunks = [];
  });
  request.on("end", () => done(size > bytesMax ? undefined : chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
}
