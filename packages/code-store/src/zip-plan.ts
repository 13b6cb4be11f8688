import { UNZIPPED_BYTES_MAX } from "@lambdock/model/limits";
import { parseEntryPath } from "./entry-path.ts";
import { zipRejection } from "./zip-rejection.ts";

/**
 * What a zip unpacks to: decided from its directory alone, before a byte is inflated. PURE.
 *
 * Refused: paths that leave the root, special files, one path as file and directory (or link), a
 * file below a link, and more than 262,144,000 bytes in all. The same file twice is what unzip
 * makes of it: the later one.
 */

/** An entry as the zip's directory tells it. */
export interface RawEntry {
  readonly name: string;
  /** `st_mode`, or 0 where the zip has none. */
  readonly unixMode: number;
  readonly deflated: boolean;
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly headerOffset: number;
  /** Length of the local header if its extra field is as long as the directory's. */
  readonly headerBytesGuess: number;
}

export interface PlannedFile {
  readonly kind: "file" | "symlink";
  readonly components: readonly string[];
  /** Permission bits of the unpacked file. */
  readonly mode: number;
  readonly entry: RawEntry;
}

export interface ZipPlan {
  /** Each with all its parents before it; without the root. */
  readonly directories: readonly (readonly string[])[];
  readonly files: readonly PlannedFile[];
  readonly unzippedBytes: number;
}

const TYPE_MASK = 0o170000;
const TYPES: Readonly<Record<number, PlannedFile["kind"] | "directory">> = {
  0: "file",
  0o100000: "file",
  0o040000: "directory",
  0o120000: "symlink",
};

/** Longest target of a symbolic link, bytes (PATH_MAX). */
const LINK_BYTES_MAX = 4_096;

/** Throws AwsError with AWS's sentence when the entries are not a package that can be unpacked. */
export function planZip(entries: readonly RawEntry[], zipBytes: number): ZipPlan {
  if (entries.length === 0) throw zipRejection("empty", "no entries");
  const nodes = new Map<string, PlannedFile | readonly string[]>();
  for (const entry of entries) place(nodes, entry);
  const files: PlannedFile[] = [];
  const directories: (readonly string[])[] = [];
  for (const node of nodes.values()) {
    if (isFile(node)) files.push(node);
    else directories.push(node);
  }
  // Overlapping entries would make us inflate the same bytes again and again.
  const compressed = entries.reduce((sum, entry) => sum + entry.compressedBytes, 0);
  if (compressed > zipBytes) throw zipRejection("broken", "entries overlap");
  const unzippedBytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (unzippedBytes > UNZIPPED_BYTES_MAX) throw zipRejection("tooLarge", `${unzippedBytes} bytes`);
  return { directories, files, unzippedBytes };
}

function place(nodes: Map<string, PlannedFile | readonly string[]>, entry: RawEntry): void {
  const path = parseEntryPath(entry.name);
  if (!path.ok) throw zipRejection("broken", path.reason);
  const type = TYPES[entry.unixMode & TYPE_MASK];
  if (type === undefined) throw zipRejection("broken", `${entry.name} is a special file`);
  const { components } = path;
  placeDirectories(nodes, components.slice(0, -1));
  if (path.directory || type === "directory") return placeDirectory(nodes, entry, components);
  if (type === "symlink" && entry.bytes > LINK_BYTES_MAX) throw zipRejection("broken", `the link ${entry.name} is too long`);
  const key = components.join("/");
  const present = nodes.get(key);
  if (present !== undefined && !(isFile(present) && present.kind === type))
    throw zipRejection("broken", `${key} appears as two different things`);
  nodes.set(key, { kind: type, components, mode: fileMode(entry.unixMode), entry });
}

function placeDirectory(nodes: Map<string, PlannedFile | readonly string[]>, entry: RawEntry, components: readonly string[]): void {
  if (entry.bytes > 0) throw zipRejection("broken", `the directory ${entry.name} has content`);
  placeDirectories(nodes, components);
}

function placeDirectories(nodes: Map<string, PlannedFile | readonly string[]>, components: readonly string[]): void {
  for (let depth = 1; depth <= components.length; depth += 1) {
    const directory = components.slice(0, depth);
    const key = directory.join("/");
    const present = nodes.get(key);
    if (present === undefined) nodes.set(key, directory);
    else if (isFile(present)) throw zipRejection("broken", `${key} is a file and has files below it`);
  }
}

function isFile(node: PlannedFile | readonly string[]): node is PlannedFile {
  return "kind" in node;
}

/**
 * Lambda wants 0644 or 0755: bits are kept, readable by everybody is added, and what the owner or
 * anybody may execute all may. Nobody but the owner may write, and set-id bits go.
 */
function fileMode(unixMode: number): number {
  if (unixMode === 0) return 0o644;
  const permissions = unixMode & 0o755;
  return permissions | 0o444 | ((unixMode & 0o111) === 0 ? 0 : 0o111);
}
