/** MD5 sums that SDKs compare. AWS: "Calculating the MD5 message digest for message attributes". */
import { createHash, hash } from "node:crypto";
import type { MessageAttributes } from "./message-attributes.ts";

const STRING = Buffer.of(1);
const BINARY = Buffer.of(2);

/** MD5 of a body, in hex. */
export function md5OfText(text: string): string {
  return hash("md5", text, "hex");
}

/** MD5 over the attributes in the order of their names: each part with its length before it. */
export function md5OfAttributes(attributes: MessageAttributes): string {
  const digest = createHash("md5");
  const part = (bytes: Buffer): void => {
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(bytes.byteLength);
    digest.update(length).update(bytes);
  };
  for (const name of Object.keys(attributes).sort()) {
    const { DataType, StringValue, BinaryValue } = attributes[name]!;
    part(Buffer.from(name));
    part(Buffer.from(DataType));
    digest.update(StringValue === undefined ? BINARY : STRING);
    part(StringValue === undefined ? Buffer.from(BinaryValue ?? "", "base64") : Buffer.from(StringValue));
  }
  return digest.digest("hex");
}
