/**
 * Names inside a zip, as paths below the package's root. PURE.
 *
 * A backslash separates like a slash: zips made by old Windows tools use it, and unpackers on
 * Linux convert it. So `..\x` climbs and `\x` is absolute, and both are refused.
 */

/** Longest component that Linux file systems take, bytes. */
const COMPONENT_BYTES_MAX = 255;
/** Leaves room for the store's own directory under PATH_MAX (4,096). */
const PATH_BYTES_MAX = 3_072;

/** Components of a safe path (none for the root itself), or why the name is refused. */
export type EntryPath =
  | { readonly ok: true; readonly components: readonly string[]; readonly directory: boolean }
  | { readonly ok: false; readonly reason: string };

/** Parses an entry's name. A trailing separator marks a directory; `.` and empty components vanish. */
export function parseEntryPath(name: string): EntryPath {
  const path = name.replaceAll("\\", "/");
  if (path === "") return refused("an entry has no name");
  if (path.includes("\0")) return refused(`NUL in the name ${JSON.stringify(name)}`);
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return refused(`absolute path ${JSON.stringify(name)}`);
  if (utf8Length(path) > PATH_BYTES_MAX) return refused("a path is too long");
  const components = path.split("/").filter((component) => component !== "" && component !== ".");
  if (components.includes("..")) return refused(`path climbs out: ${JSON.stringify(name)}`);
  if (components.some((component) => utf8Length(component) > COMPONENT_BYTES_MAX)) return refused("a name is longer than 255 bytes");
  return { ok: true, components, directory: /(^|\/)\.?$/.test(path) };
}

function refused(reason: string): EntryPath {
  return { ok: false, reason };
}

/** Bytes of the text in UTF-8. */
function utf8Length(text: string): number {
  let length = 0;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return length;
}
