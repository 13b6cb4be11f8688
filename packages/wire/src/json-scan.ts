/** Position, lines and columns of a JSON document under examination. Columns count bytes, as Jackson's do. */

export interface Scan {
  readonly bytes: Uint8Array;
  position: number;
  line: number;
  /** Position at which the line began. */
  lineStart: number;
}

/** A broken document; the message carries its location. */
export class Fault extends Error {
  override readonly name = "Fault";
  constructor(problem: string, location: string) {
    super(`${problem}\n at ${location}`);
  }
}

export function openScan(bytes: Uint8Array): Scan {
  return { bytes, position: 0, line: 1, lineStart: 0 };
}

/** The byte under the scan; -1 at the end. */
export function at(scan: Scan): number {
  return scan.bytes[scan.position] ?? -1;
}

export function advance(scan: Scan): void {
  scan.position++;
}

/** Skips blanks, tabs and line ends. */
export function skipSpace(scan: Scan): void {
  for (; scan.position < scan.bytes.byteLength; scan.position++) {
    const byte = scan.bytes[scan.position];
    if (byte === 0x0a || (byte === 0x0d && scan.bytes[scan.position + 1] !== 0x0a)) {
      scan.line++;
      scan.lineStart = scan.position + 1;
    } else if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) {
      return;
    }
  }
}

/**
 * Where the scan stands, counted from one. A complaint about a byte that Jackson has consumed is
 * made one past it; one about a byte that it only looked at is made on it.
 */
export function currentLocation(scan: Scan): string {
  return `[Source: REDACTED (\`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION\` disabled); line: ${scan.line}, column: ${scan.position - scan.lineStart + 1}]`;
}
