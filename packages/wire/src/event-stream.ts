/**
 * AWS event stream framing (`application/vnd.amazon.eventstream`): total length, headers length,
 * prelude CRC, headers, payload, message CRC. Header: name length (1), name, type 7 (string),
 * value length (2), value.
 */
import { crc32 } from "./crc32.ts";

const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
const STRING_TYPE = 7;

/** One message of `:message-type: event`. Names and values are ASCII. */
export interface StreamEvent {
  readonly eventType: string;
  readonly contentType: string;
  readonly payload: Uint8Array;
}

/** The bytes of one event. */
export function encodeStreamEvent(event: StreamEvent): Uint8Array {
  const headers = [
    [":event-type", event.eventType],
    [":content-type", event.contentType],
    [":message-type", "event"],
  ] as const;
  const headerBytes = headers.reduce((sum, [name, value]) => sum + 1 + name.length + 3 + value.length, 0);
  const total = PRELUDE_BYTES + headerBytes + event.payload.byteLength + CRC_BYTES;
  const message = new Uint8Array(total);
  const view = new DataView(message.buffer);
  view.setUint32(0, total);
  view.setUint32(4, headerBytes);
  view.setUint32(8, crc32(message, 0, 8));
  let at = PRELUDE_BYTES;
  for (const [name, value] of headers) at = writeHeader({ message, view }, at, [name, value]);
  message.set(event.payload, at);
  view.setUint32(total - CRC_BYTES, crc32(message, 0, total - CRC_BYTES));
  return message;
}

function writeHeader(
  { message, view }: { readonly message: Uint8Array; readonly view: DataView },
  start: number,
  [name, value]: readonly [string, string],
): number {
  let at = start;
  message[at++] = name.length;
  at = writeAscii(message, at, name);
  message[at++] = STRING_TYPE;
  view.setUint16(at, value.length);
  return writeAscii(message, at + 2, value);
}

function writeAscii(message: Uint8Array, start: number, text: string): number {
  for (let index = 0; index < text.length; index++) message[start + index] = text.charCodeAt(index);
  return start + text.length;
}
