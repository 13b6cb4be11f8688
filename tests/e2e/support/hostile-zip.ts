import { crc32, deflateRawSync } from "node:zlib";

/** An entry that an honest zip tool would refuse to write. */
export interface HostileEntry {
  readonly name: string;
  readonly content: Uint8Array;
  /** Unix mode; 0o120777 makes it a symbolic link whose target is the content. */
  readonly mode?: number;
  /** What the headers say the uncompressed size is; default: the truth. */
  readonly claimedSize?: number;
}

/** Writes a zip byte by byte, names and sizes as told. Deflated entries. */
export function hostileZip(entries: readonly HostileEntry[]): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const data = deflateRawSync(entry.content);
    const common = commonHeader(entry, data.length);
    const name = Buffer.from(entry.name);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, name, data]);
    directory.push(centralHeader(entry, common, offset), name);
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...parts, central, endRecord(entries.length, central.length, offset)]);
}

/** The 26 bytes that the local and the central header share: version needed … extra length. */
function commonHeader(entry: HostileEntry, compressedBytes: number): Buffer {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(20, 0);
  header.writeUInt16LE(8, 4);
  header.writeUInt16LE(0x5c21, 8);
  header.writeUInt32LE(crc32(entry.content), 10);
  header.writeUInt32LE(compressedBytes, 14);
  header.writeUInt32LE(entry.claimedSize ?? entry.content.length, 18);
  header.writeUInt16LE(Buffer.byteLength(entry.name), 22);
  return header;
}

function centralHeader(entry: HostileEntry, common: Buffer, offset: number): Buffer {
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 6);
  tail.writeUInt32LE(offset, 10);
  const madeByUnix = Buffer.from([20, 3]);
  return Buffer.concat([Buffer.from("PK\x01\x02"), madeByUnix, common, tail]);
}

function endRecord(count: number, centralBytes: number, centralOffset: number): Buffer {
  const record = Buffer.alloc(22);
  record.write("PK\x05\x06", "latin1");
  record.writeUInt16LE(count, 8);
  record.writeUInt16LE(count, 10);
  record.writeUInt32LE(centralBytes, 12);
  record.writeUInt32LE(centralOffset, 16);
  return record;
}
