import { fromRandomAccessReaderPromise, getFileNameLowLevel, type Entry, type Options } from "yauzl";
import type { RawEntry } from "./zip-plan.ts";
import { BlockReader, type ZipSource } from "./zip-source.ts";

const UTF8_NAME = 0x800;
const HOST_UNIX = 3;
const HOST_MACOS = 19;
const DOS_DIRECTORY = 0x10;
const LOCAL_HEADER_BYTES = 30;

// Names are decoded and checked here, by one rule for all of them.
const OPTIONS: Options = { lazyEntries: true, autoClose: false, decodeStrings: false, validateEntrySizes: true };

/** More entries than any real package has; a directory of empty files would otherwise cost inodes without end. */
const ENTRIES_MAX = 250_000;

/** Every entry of the zip's central directory, in its order. Rejects on anything that is not a readable zip. */
export async function readDirectory(source: ZipSource): Promise<readonly RawEntry[]> {
  const zip = await fromRandomAccessReaderPromise(new BlockReader(source), source.size, OPTIONS);
  const entries: RawEntry[] = [];
  for await (const entry of zip.eachEntry()) {
    if (entries.length === ENTRIES_MAX) throw new Error(`more than ${ENTRIES_MAX} entries`);
    if (!entry.canDecodeFileData()) throw new Error("encrypted, or a compression method other than deflate");
    entries.push(rawEntry(entry));
  }
  return entries;
}

function rawEntry(entry: Entry): RawEntry {
  return {
    name: entryName(entry),
    unixMode: unixMode(entry),
    deflated: entry.compressionMethod === 8,
    crc32: entry.crc32,
    compressedBytes: entry.compressedSize,
    bytes: entry.uncompressedSize,
    headerOffset: entry.relativeOffsetOfLocalHeader,
    headerBytesGuess: LOCAL_HEADER_BYTES + entry.fileNameLength + entry.extraFieldLength,
  };
}

/** UTF-8 wherever it is valid (many tools write it without saying so), else what the flags and extra fields say. */
function entryName(entry: Entry): string {
  if ((entry.generalPurposeBitFlag & UTF8_NAME) === 0) {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(entry.fileNameRaw);
    } catch {
      // Not UTF-8: the historical code page 437.
    }
  }
  return getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
}

/** Type and permission bits; 0 when the zip was made where there are none. */
function unixMode(entry: Entry): number {
  const host = entry.versionMadeBy >>> 8;
  if (host === HOST_UNIX || host === HOST_MACOS) return entry.externalFileAttributes >>> 16;
  return (entry.externalFileAttributes & DOS_DIRECTORY) === 0 ? 0 : 0o040755;
}
