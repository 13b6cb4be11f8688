/** A zip of a few small files, uncompressed: all that a function of the tour needs, in a browser and in Node. */
import { crc32 } from "@lambdock/wire/crc32";

/** 1 January 1980, the earliest date that a zip knows. */
const DATE = 0x21;
/** Names are UTF-8. */
const FLAGS = 0x800;
const VERSION = 20;
/** Made on Unix, with the mode in the upper half: a regular file that all may read. */
const MADE_BY = 0x314;
const MODE = 0o100644 * 0x10000;

/** Files by name, as the bytes of a zip. */
export function storedZip(files: Readonly<Record<string, string>>): Uint8Array {
  const entries: number[] = [];
  const directory: number[] = [];
  const encoder = new TextEncoder();
  for (const [name, text] of Object.entries(files)) {
    const [nameBytes, content] = [encoder.encode(name), encoder.encode(text)];
    const common = [
      ...two(FLAGS),
      ...two(0),
      ...two(0),
      ...two(DATE),
      ...four(crc32(content)),
      ...four(content.length),
      ...four(content.length),
      ...two(nameBytes.length),
      ...two(0),
    ];
    directory.push(
      ...four(0x02014b50),
      ...two(MADE_BY),
      ...two(VERSION),
      ...common,
      ...two(0),
      ...two(0),
      ...two(0),
      ...four(MODE),
      ...four(entries.length),
      ...nameBytes,
    );
    entries.push(...four(0x04034b50), ...two(VERSION), ...common, ...nameBytes, ...content);
  }
  const count = Object.keys(files).length;
  const end = [
    ...four(0x06054b50),
    ...two(0),
    ...two(0),
    ...two(count),
    ...two(count),
    ...four(directory.length),
    ...four(entries.length),
    ...two(0),
  ];
  return Uint8Array.from([...entries, ...directory, ...end]);
}

function two(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff];
}

function four(value: number): number[] {
  return [...two(value & 0xffff), ...two(value >>> 16)];
}
