import type { IncomingMessage } from "node:http";

/** A body, or how long one turned out to be that is over the limit. `bytes` is a lower bound once it is not worth counting on. */
export type Body = { readonly kind: "whole"; readonly bytes: Buffer } | { readonly kind: "too long"; readonly length: number };

/** Bytes over the limit that are still counted, so that a caller just over it learns by how much. */
const COUNTED_OVER_LIMIT = 1_048_576;
/** Bytes that a caller may go on sending after it has been refused before the connection is cut. */
const DISCARDED_BYTES_MAX = 268_435_456;

/** Collects a body up to a limit in bytes; rejects when the caller goes away. Never holds more than the limit. */
export function collectBody(request: IncomingMessage, limit: number): Promise<Body> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > limit) {
    discard(request);
    return Promise.resolve({ kind: "too long", length: announced });
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer): void => {
      length += chunk.byteLength;
      if (length <= limit) chunks.push(chunk);
      else if (length > limit + COUNTED_OVER_LIMIT) finish();
    };
    const finish = (): void => {
      request.off("data", onData).off("end", finish);
      if (length <= limit) return resolve({ kind: "whole", bytes: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) });
      discard(request);
      resolve({ kind: "too long", length });
    };
    request.on("data", onData).on("end", finish).on("error", reject);
  });
}

/** Reads on and drops, so that a caller who is still sending gets to see the answer; cuts one who never ends. */
export function discard(request: IncomingMessage): void {
  let dropped = 0;
  request.on("error", () => undefined);
  request.on("data", (chunk: Buffer) => {
    dropped += chunk.byteLength;
    if (dropped > DISCARDED_BYTES_MAX) request.destroy();
  });
}
