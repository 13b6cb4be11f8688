import { isUtf8 } from "node:buffer";
import type { ByteCodec } from "@lambdock/wire/bytes";

/** Node's native conversions for the pure codecs of the wire. */
export const nodeBytes: ByteCodec = {
  text(bytes) {
    if (!isUtf8(bytes)) throw new Error("the bytes are not UTF-8");
    return view(bytes).toString();
  },
  fromBase64: (text) => Buffer.from(text, "base64"),
  toBase64: (bytes) => view(bytes).toString("base64"),
};

/** The same memory as a Buffer. */
export function view(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
