import { promisify } from "node:util";
import { crc32, createInflateRaw, inflateRaw, inflateRawSync, type InflateRaw } from "node:zlib";
import type { RawEntry } from "./zip-plan.ts";
import type { ZipSource } from "./zip-source.ts";

const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER_SIGNATURE = 0x04034b50;
/** Up to here an entry is inflated in one piece. */
const WHOLE_BYTES_MAX = 4_194_304;
/** Up to here inflating takes less time than handing it to a thread. */
const INLINE_BYTES_MAX = 16_384;
const CHUNK_BYTES = 262_144;

const inflateInThread = promisify<Buffer, object, Buffer>(inflateRaw);

/** Takes the pieces of an entry's content in order. */
export type Consume = (piece: Buffer) => void | Promise<void>;

/**
 * Inflates one entry and hands it on. Rejects as soon as the content differs from what the
 * directory says of it, in length or checksum: never more than the announced bytes are handed on.
 */
export async function readContent(source: ZipSource, entry: RawEntry, consume: Consume): Promise<void> {
  const whole = entry.bytes <= WHOLE_BYTES_MAX && entry.compressedBytes <= WHOLE_BYTES_MAX;
  if (whole) return await readWhole(source, entry, consume);
  await readInPieces(source, entry, consume);
}

/** The content of a small entry, such as a link's target. */
export async function readSmall(source: ZipSource, entry: RawEntry): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await readContent(source, entry, (piece) => void pieces.push(piece));
  return Buffer.concat(pieces);
}

async function readWhole(source: ZipSource, entry: RawEntry, consume: Consume): Promise<void> {
  // Header and data in one read: the header's true length is only known once it is read.
  const guess = Math.min(entry.headerBytesGuess + entry.compressedBytes, source.size - entry.headerOffset);
  if (guess < LOCAL_HEADER_BYTES) throw new Error("a local header lies outside the zip");
  const bytes = await source.read(entry.headerOffset, guess);
  const start = headerLength(bytes);
  const end = start + entry.compressedBytes;
  const data = end <= bytes.length ? bytes.subarray(start, end) : await source.read(entry.headerOffset + start, entry.compressedBytes);
  const content = entry.deflated ? await inflateAll(data, entry.bytes) : data;
  if (content.length !== entry.bytes) throw new Error(`${entry.name} is not as long as announced`);
  if (crc32(content) !== entry.crc32) throw new Error(`${entry.name} has a wrong checksum`);
  if (content.length > 0) await consume(content);
}

async function inflateAll(data: Buffer, bytes: number): Promise<Buffer> {
  const options = { maxOutputLength: Math.max(bytes, 1) };
  return bytes <= INLINE_BYTES_MAX && data.length <= INLINE_BYTES_MAX
    ? inflateRawSync(data, options)
    : await inflateInThread(data, options);
}

async function readInPieces(source: ZipSource, entry: RawEntry, consume: Consume): Promise<void> {
  const start = entry.headerOffset + headerLength(await source.read(entry.headerOffset, LOCAL_HEADER_BYTES));
  const pieces = compressedPieces(source, start, entry.compressedBytes);
  let length = 0;
  let checksum = 0;
  for await (const piece of entry.deflated ? inflated(pieces) : pieces) {
    length += piece.length;
    if (length > entry.bytes) throw new Error(`${entry.name} is longer than announced`);
    checksum = crc32(piece, checksum);
    await consume(piece);
  }
  if (length !== entry.bytes) throw new Error(`${entry.name} is not as long as announced`);
  if (checksum !== entry.crc32) throw new Error(`${entry.name} has a wrong checksum`);
}

async function* compressedPieces(source: ZipSource, start: number, bytes: number): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < bytes; offset += CHUNK_BYTES)
    yield await source.read(start + offset, Math.min(CHUNK_BYTES, bytes - offset));
}

/** A raw deflate stream, inflated; stops feeding when the reader stops taking. */
async function* inflated(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
  const feeding = feed(inflate, pieces).catch((error: unknown) => void inflate.destroy(error as Error));
  try {
    for await (const piece of inflate) yield piece as Buffer;
  } finally {
    inflate.destroy();
    await feeding;
  }
}

/** Writes piece by piece. Bytes after the end of the deflate stream are never taken: then only `close` tells. */
async function feed(inflate: InflateRaw, pieces: AsyncIterable<Buffer>): Promise<void> {
  const closed = new Promise<void>((resolve) => inflate.once("close", resolve));
  for await (const piece of pieces) {
    await Promise.race([new Promise<void>((resolve) => inflate.write(piece, () => resolve())), closed]);
    if (inflate.destroyed) return;
  }
  inflate.end();
}

function headerLength(header: Buffer): number {
  if (header.readUInt32LE(0) !== LOCAL_HEADER_SIGNATURE) throw new Error("a local header is missing");
  return LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
}
