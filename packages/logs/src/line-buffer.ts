import { EVENT_BYTES_MAX, EVENT_OVERHEAD_BYTES } from "./log-bounds.ts";

/** Longest message of one event, bytes; longer ones are split. */
export const MESSAGE_BYTES_MAX: number = EVENT_BYTES_MAX - EVENT_OVERHEAD_BYTES;

/** Collects the bytes of one message, however they arrive, and never more than one event's worth. */
export interface LineBuffer {
  append(bytes: Buffer): void;
  /** Hands on what is collected, if anything. */
  end(): void;
}

/** Calls back with each message, split at {@link MESSAGE_BYTES_MAX} between characters. */
export function createLineBuffer(onText: (text: string) => void): LineBuffer {
  let collected: Buffer = Buffer.alloc(0);
  let length = 0;
  const emit = (bytes: Buffer): void => onText(bytes.toString("utf8"));
  const keep = (bytes: Buffer): void => {
    collected = grown(collected, length, length + bytes.length);
    bytes.copy(collected, length);
    length += bytes.length;
  };
  return {
    append(bytes) {
      let rest = bytes;
      // One byte more than fits shows both that the message is too long and where a character ends.
      while (length + rest.length > MESSAGE_BYTES_MAX) {
        const taken = MESSAGE_BYTES_MAX + 1 - length;
        keep(rest.subarray(0, taken));
        rest = rest.subarray(taken);
        const cut = characterBoundary(collected, MESSAGE_BYTES_MAX);
        emit(collected.subarray(0, cut));
        collected.copyWithin(0, cut, length);
        length -= cut;
      }
      keep(rest);
    },
    end() {
      if (length > 0) emit(collected.subarray(0, length));
      length = 0;
    },
  };
}

function grown(buffer: Buffer, used: number, needed: number): Buffer {
  if (needed <= buffer.length) return buffer;
  const larger = Buffer.allocUnsafe(Math.max(needed, 2 * buffer.length, 1_024));
  buffer.copy(larger, 0, 0, used);
  return larger;
}

/** The last place up to `limit` that does not cut a UTF-8 character; `limit` itself in bytes that are none. */
function characterBoundary(bytes: Buffer, limit: number): number {
  for (let at = limit; at > limit - 4; at -= 1) if ((bytes[at]! & 0xc0) !== 0x80) return at;
  return limit;
}
