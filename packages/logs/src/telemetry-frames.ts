import { createLineBuffer, type LineBuffer } from "./line-buffer.ts";

/**
 * A sandbox's output as log messages: plain lines, and the frames in which AWS's runtime clients
 * hand over messages of several lines through the telemetry descriptor.
 *
 *     | type, 4 bytes | length, 4 bytes | timestamp, 8 bytes, microseconds | message |   big-endian
 *
 * Types are 0xa55a0003 for text and 0xa55a0002 for JSON, each with the level's bits or'ed in.
 * Frames may come between lines and in the middle of one (another descriptor wrote it): the line
 * goes on after them. Chunks may end anywhere. Bytes that are not UTF-8 become U+FFFD.
 */

/** One message. Frames carry the time at which they were written, epoch milliseconds. */
export interface OutputMessage {
  /** With its newline, as CloudWatch keeps Lambda's lines; JSON frames have none. */
  readonly text: string;
  readonly timestamp?: number;
}

export interface OutputParser {
  write(chunk: Uint8Array): void;
  /** Hands on an unterminated last line (or what there is of a frame). Writing may go on afterwards. */
  flush(): void;
}

const MAGIC = Buffer.from([0xa5, 0x5a, 0x00]);
const HEADER_BYTES = 16;
const NEWLINE = 0x0a;
/** Microseconds at 2001-09-09 and at 2255-06-05: what claims another time is no frame but text. */
const TIMESTAMP_MIN = 1_000_000_000_000_000n;
const TIMESTAMP_MAX = 9_007_199_254_740_991n;

interface Frame {
  remaining: number;
  readonly timestamp: number;
  readonly body: LineBuffer;
}

/** Calls back for every message, in order. */
export function createOutputParser(onMessage: (message: OutputMessage) => void): OutputParser {
  const line = createLineBuffer((text) => onMessage({ text }));
  let held: Buffer = Buffer.alloc(0);
  let frame: Frame | undefined;

  const takeFrame = (data: Buffer, from: number): number => {
    if (frame === undefined) return from;
    const end = Math.min(from + frame.remaining, data.length);
    frame.body.append(data.subarray(from, end));
    frame.remaining -= end - from;
    if (frame.remaining > 0) return end;
    frame.body.end();
    frame = undefined;
    return end;
  };
  const openFrame = (data: Buffer, at: number): boolean => {
    const header = frameHeader(data, at);
    if (header === undefined) return false;
    const { timestamp } = header;
    frame = { remaining: header.length, timestamp, body: createLineBuffer((text) => onMessage({ text, timestamp })) };
    return true;
  };
  return {
    write(chunk) {
      const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const data = held.length === 0 ? fresh : Buffer.concat([held, fresh]);
      held = Buffer.alloc(0);
      let textStart = takeFrame(data, 0);
      let at = data.indexOf(MAGIC, textStart);
      while (at !== -1 && at + HEADER_BYTES <= data.length) {
        if (openFrame(data, at)) {
          takeText(line, data.subarray(textStart, at));
          textStart = takeFrame(data, at + HEADER_BYTES);
          at = data.indexOf(MAGIC, textStart);
        } else {
          at = data.indexOf(MAGIC, at + 1);
        }
      }
      const textEnd = frame === undefined ? (at === -1 ? data.length - magicTail(data, textStart) : at) : data.length;
      takeText(line, data.subarray(textStart, textEnd));
      // A copy: the chunk belongs to the caller.
      held = Buffer.from(data.subarray(textEnd));
    },
    flush() {
      takeText(line, held);
      held = Buffer.alloc(0);
      frame?.body.end();
      frame = undefined;
      line.end();
    },
  };
}

function takeText(line: LineBuffer, data: Buffer): void {
  let start = 0;
  for (let newline = data.indexOf(NEWLINE); newline !== -1; newline = data.indexOf(NEWLINE, start)) {
    line.append(data.subarray(start, newline + 1));
    line.end();
    start = newline + 1;
  }
  if (start < data.length) line.append(data.subarray(start));
}

function frameHeader(data: Buffer, at: number): { readonly length: number; readonly timestamp: number } | undefined {
  if (data[at + 3] === 0) return undefined;
  const length = data.readInt32BE(at + 4);
  const timestamp = data.readBigUInt64BE(at + 8);
  if (length < 0 || timestamp < TIMESTAMP_MIN || timestamp > TIMESTAMP_MAX) return undefined;
  return { length, timestamp: Number(timestamp / 1_000n) };
}

/** How many bytes at the end could be the beginning of a frame. */
function magicTail(data: Buffer, from: number): number {
  for (const length of [2, 1]) {
    if (data.length - length >= from && data.subarray(data.length - length).equals(MAGIC.subarray(0, length))) return length;
  }
  return 0;
}
