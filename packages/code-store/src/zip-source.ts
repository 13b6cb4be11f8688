import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { setImmediate as immediate } from "node:timers/promises";
import { RandomAccessReader } from "yauzl";

/** The bytes of a zip, wherever they are. */
export interface ZipSource {
  readonly size: number;
  /** That many bytes from there; rejects when the zip ends before. The result may alias the source. */
  read(position: number, length: number): Promise<Buffer>;
}

/** A zip in memory; nothing is copied. */
export function bufferSource(bytes: Uint8Array): ZipSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    size: buffer.length,
    read(position, length) {
      if (position + length > buffer.length) return Promise.reject(new Error("unexpected end of the zip"));
      return Promise.resolve(buffer.subarray(position, position + length));
    },
  };
}

/** A zip on disk. The handle stays the caller's to close. */
export async function fileSource(handle: FileHandle): Promise<ZipSource> {
  const { size } = await handle.stat();
  return {
    size,
    async read(position, length) {
      if (position + length > size) throw new Error("unexpected end of the zip");
      const buffer = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
        if (bytesRead === 0) throw new Error("unexpected end of the zip");
        filled += bytesRead;
      }
      return buffer;
    },
  };
}

const BLOCK_BYTES = 65_536;

/** Feeds yauzl from large blocks: it reads the directory in pieces of a few bytes, one after the other. */
export class BlockReader extends RandomAccessReader {
  private readonly source: ZipSource;
  private block: Buffer = Buffer.alloc(0);
  private blockStart = 0;

  constructor(source: ZipSource) {
    super();
    this.source = source;
  }

  override read(...[buffer, offset, length, position, callback]: Parameters<RandomAccessReader["read"]>): void {
    this.slice(position, length).then(
      (bytes) => {
        bytes.copy(buffer, offset);
        // yauzl counts what it asked for from the second argument, which its types leave out.
        (callback as (error: Error | null, bytesRead: number) => void)(null, bytes.length);
      },
      (error: unknown) => callback(error as Error),
    );
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const { source } = this;
    return Readable.from(
      (async function* () {
        yield await source.read(start, end - start);
      })(),
    );
  }

  private async slice(position: number, length: number): Promise<Buffer> {
    const start = position - this.blockStart;
    if (start >= 0 && start + length <= this.block.length) return this.block.subarray(start, start + length);
    if (position + length > this.source.size) throw new Error("unexpected end of the zip");
    // A zip in memory would otherwise be read to its end without letting anybody else run.
    await immediate();
    this.block = await this.source.read(position, Math.min(Math.max(BLOCK_BYTES, length), this.source.size - position));
    this.blockStart = position;
    return this.block.subarray(0, length);
  }
}
