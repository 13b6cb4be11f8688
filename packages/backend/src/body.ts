import type { IncomingMessage } from "node:http";
import { BackendFailure } from "./failure.ts";

/** Bytes of a collected body at most: the largest request there is, 16 MiB of a transaction, with room for its base64 form. */
const BODY_BYTES_MAX = 33_554_432;

/** Collects a body; rejects when the caller goes away, and with RequestEntityTooLarge when it is too long. */
export async function collectBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Not destroyed when it is too long: its caller shall see the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length > BODY_BYTES_MAX)
      throw new BackendFailure(413, "RequestEntityTooLarge", `Request must be smaller than ${BODY_BYTES_MAX} bytes.`);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
