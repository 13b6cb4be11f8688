import type { IncomingMessage } from "node:http";
import { SqsError } from "../sqs-error.ts";

/**
 * Bytes of a request at most: a batch has 1 MiB of text, of which a client may write each character
 * as `\u00e9` or `%C3%A9`.
 */
const BODY_BYTES_MAX = 8_388_608;
/** Bytes that a caller may go on sending after it has been refused before the connection is cut. */
const DISCARDED_BYTES_MAX = 67_108_864;

/** Collects a body; rejects when the caller goes away, and with RequestEntityTooLarge when it is too long. */
export function collectBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > BODY_BYTES_MAX) return Promise.reject(refuse(request));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer): void => {
      length += chunk.byteLength;
      chunks.push(chunk);
      if (length <= BODY_BYTES_MAX) return;
      request.off("data", onData).off("end", onEnd);
      reject(refuse(request));
    };
    const onEnd = (): void => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    request.on("data", onData).on("end", onEnd).on("error", reject);
  });
}

/** Reads on and drops, so that a caller who is still sending gets to see the answer. */
function refuse(request: IncomingMessage): SqsError {
  let dropped = 0;
  request.on("error", () => undefined);
  request.on("data", (chunk: Buffer) => {
    dropped += chunk.byteLength;
    if (dropped > DISCARDED_BYTES_MAX) request.destroy();
  });
  return new SqsError("RequestEntityTooLargeException", `Request must be smaller than ${BODY_BYTES_MAX} bytes.`);
}
