/**
 * Why bytes are not a JSON document, in the words of the parser that AWS uses (Jackson), which
 * callers see in InvalidRequestContentException: `Invalid UTF-8 start byte 0x87\n at [Source:
 * REDACTED (…); line: 1, column: 3]` [recorded]. Only for bytes that a fast check has refused.
 */
import { advance, at, currentLocation, Fault, openScan, skipSpace, type Scan } from "./json-scan.ts";
import { readLiteral, readNumber, readString, unexpected } from "./json-tokens.ts";

const VALUE = "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/** The first fault of the document; `undefined` when it is JSON. */
export function jsonFault(bytes: Uint8Array): string | undefined {
  const scan = openScan(bytes);
  try {
    readDocument(scan);
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

type Mode = "value" | "first element" | "first name" | "name" | "after";

interface Container {
  readonly kind: "Object" | "Array";
  /** Where it began, as a source location. */
  readonly start: string;
}

/** A machine over an explicit stack: nesting as deep as a payload can make it must not overflow ours. */
function readDocument(scan: Scan): void {
  const open: Container[] = [];
  let mode: Mode = "value";
  for (;;) {
    skipSpace(scan);
    if (scan.position >= scan.bytes.byteLength) return endOfInput(scan, open, mode);
    if (mode === "after" && open.length === 0)
      throw new Fault("Trailing token found after the document: only one JSON value is allowed", currentLocation(scan));
    mode = readPart(scan, open, mode);
  }
}

function readPart(scan: Scan, open: Container[], mode: Mode): Mode {
  if (mode === "after") return readAfter(scan, open);
  if (mode === "name" || mode === "first name") return readName(scan, open, mode);
  return readValue(scan, open, mode);
}

function endOfInput(scan: Scan, open: readonly Container[], mode: Mode): void {
  const innermost = open.at(-1);
  if (innermost === undefined) {
    if (mode === "after") return;
    throw new Fault("No content to map due to end-of-input", currentLocation(scan));
  }
  if (mode === "name" || mode === "value")
    throw new Fault(`Unexpected end-of-input within/between ${innermost.kind} entries`, currentLocation(scan));
  throw new Fault(
    `Unexpected end-of-input: expected close marker for ${innermost.kind} (start marker at ${innermost.start})`,
    currentLocation(scan),
  );
}

function readValue(scan: Scan, open: Container[], mode: Mode): Mode {
  const byte = at(scan);
  switch (byte) {
    case 0x7b:
      return enter(scan, open, "Object");
    case 0x5b:
      return enter(scan, open, "Array");
    case 0x22:
      readString(scan, "value");
      return "after";
    case 0x5d:
      if (mode === "first element") return leave(scan, open);
      throw unexpected(scan, "expected a value");
    case 0x2c:
    case 0x7d:
      throw unexpected(scan, "expected a value");
    case 0x2d:
      readNumber(scan, open.length === 0);
      return "after";
    default:
      if (byte >= 0x30 && byte <= 0x39) readNumber(scan, open.length === 0);
      else readLiteral(scan, VALUE);
      return "after";
  }
}

function readName(scan: Scan, open: Container[], mode: Mode): Mode {
  const byte = at(scan);
  if (byte === 0x7d && mode === "first name") return leave(scan, open);
  if (byte !== 0x22) throw unexpected(scan, "was expecting double-quote to start field name");
  readString(scan, "name");
  skipSpace(scan);
  if (scan.position >= scan.bytes.byteLength)
    throw new Fault("Unexpected end-of-input within/between Object entries", currentLocation(scan));
  if (at(scan) !== 0x3a) throw unexpected(scan, "was expecting a colon to separate field name and value");
  advance(scan);
  return "value";
}

function readAfter(scan: Scan, open: Container[]): Mode {
  const { kind, start } = open.at(-1)!;
  const byte = at(scan);
  const close = kind === "Object" ? 0x7d : 0x5d;
  if (byte === close) return leave(scan, open);
  if (byte === 0x7d || byte === 0x5d) {
    throw new Fault(
      `Unexpected close marker '${String.fromCharCode(byte)}': expected '${String.fromCharCode(close)}' (for ${kind} starting at ${start})`,
      currentLocation(scan),
    );
  }
  if (byte !== 0x2c) throw unexpected(scan, `was expecting comma to separate ${kind} entries`);
  advance(scan);
  return kind === "Object" ? "name" : "value";
}

function enter(scan: Scan, open: Container[], kind: Container["kind"]): Mode {
  open.push({ kind, start: currentLocation(scan) });
  advance(scan);
  return kind === "Object" ? "first name" : "first element";
}

function leave(scan: Scan, open: Container[]): Mode {
  open.pop();
  advance(scan);
  return "after";
}
