/**
 * Frames inside a streamed response body: one byte of kind, four bytes of length (big endian), the
 * bytes. Chunks come first; exactly one trailer closes the stream. A body that ends without its
 * trailer was cut off.
 */

const CHUNK = 0;
const TRAILER = 1;
const HEAD_BYTES = 5;

/** Chunks, each framed as it comes, then the trailer. */
export async function* encodeFrames(chunks: AsyncIterable<Uint8Array>, trailer: Promise<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) if (chunk.byteLength > 0) yield frame(CHUNK, chunk);
  yield frame(TRAILER, await trailer);
}

/** The chunks as they come, and the trailer once they have been read to the end; rejects when the body was cut off. */
export function decodeFrames(body: AsyncIterable<Uint8Array>): {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly trailer: Promise<Uint8Array>;
} {
  let settle: Settle | undefined;
  const trailer = new Promise<Uint8Array>((resolve, reject) => (settle = { resolve, reject }));
  // Whoever reads the chunks meets the same failure; a reader that never asks for the trailer must not crash the process.
  trailer.catch(() => undefined);
  return { chunks: readChunks(body, settle!), trailer };
}

interface Settle {
  readonly resolve: (trailer: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

async function* readChunks(body: AsyncIterable<Uint8Array>, settle: Settle): AsyncGenerator<Uint8Array> {
  try {
    for await (const { kind, bytes } of readFrames(body)) {
      if (kind === TRAILER) return settle.resolve(bytes);
      yield bytes;
    }
    throw new Error("the stream ended before its trailer");
  } catch (error) {
    settle.reject(error);
    throw error;
  } finally {
    // Only has an effect when the reader has left before the end.
    settle.reject(new Error("the stream was not read to its end"));
  }
}

async function* readFrames(body: AsyncIterable<Uint8Array>): AsyncGenerator<{ readonly kind: number; readonly bytes: Uint8Array }> {
  const pieces: Uint8Array[] = [];
  let held = 0;
  let wanted = HEAD_BYTES;
  for await (const piece of body) {
    pieces.push(piece);
    held += piece.byteLength;
    if (held < wanted) continue;
    // Joined only when a frame is whole: a large chunk that arrives in many pieces is copied once.
    let rest = pieces.length === 1 ? Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength) : Buffer.concat(pieces);
    for (wanted = frameBytes(rest); rest.byteLength >= wanted; wanted = frameBytes(rest)) {
      yield { kind: rest[0]!, bytes: rest.subarray(HEAD_BYTES, wanted) };
      rest = rest.subarray(wanted);
    }
    pieces.length = 0;
    if (rest.byteLength > 0) pieces.push(rest);
    held = rest.byteLength;
  }
}

/** Length of the frame that the bytes begin with; the head's own length while that is not yet whole. */
function frameBytes(bytes: Buffer): number {
  return bytes.byteLength < HEAD_BYTES ? HEAD_BYTES : HEAD_BYTES + bytes.readUInt32BE(1);
}

function frame(kind: number, bytes: Uint8Array): Uint8Array {
  const framed = Buffer.allocUnsafe(HEAD_BYTES + bytes.byteLength);
  framed[0] = kind;
  framed.writeUInt32BE(bytes.byteLength, 1);
  framed.set(bytes, HEAD_BYTES);
  return framed;
}
