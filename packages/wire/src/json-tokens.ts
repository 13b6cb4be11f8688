/** Strings, numbers and literals of a JSON document under examination, with Jackson's complaints. */
import { advance, at, currentLocation, Fault, type Scan } from "./json-scan.ts";

const TOKEN_LENGTH_MAX = 256;

/** `Unexpected character ('x' (code 120)): …` at the byte under the scan. */
export function unexpected(scan: Scan, expectation: string): Fault {
  return new Fault(`Unexpected character (${describe(at(scan))}): ${expectation}`, currentLocation(scan));
}

/** Reads past a string's closing quote; the scan stands on the opening one. */
export function readString(scan: Scan, role: "value" | "name"): void {
  advance(scan);
  for (;;) {
    const byte = at(scan);
    if (byte === -1)
      throw new Fault(
        role === "name" ? "Unexpected end-of-input in field name" : "Unexpected end-of-input in VALUE_STRING",
        currentLocation(scan),
      );
    if (byte === 0x5c) readEscape(scan);
    else if (byte < 0x20)
      throw consumed(
        scan,
        `Illegal unquoted character (${describe(byte)}): has to be escaped using backslash to be included in ${role === "name" ? "name" : "string value"}`,
      );
    else if (byte < 0x80) advance(scan);
    else readMultiByte(scan);
    if (byte === 0x22) return;
  }
}

function readEscape(scan: Scan): void {
  advance(scan);
  const byte = at(scan);
  if (byte === -1) throw new Fault("Unexpected end-of-input in character escape sequence", currentLocation(scan));
  if (byte === 0x75) return readHexDigits(scan);
  if (!'"\\/bfnrt'.includes(String.fromCharCode(byte))) throw consumed(scan, `Unrecognized character escape ${describe(byte)}`);
  advance(scan);
}

function readHexDigits(scan: Scan): void {
  advance(scan);
  for (let digit = 0; digit < 4; digit++) {
    const byte = at(scan);
    if (byte === -1) throw new Fault("Unexpected end-of-input in character escape sequence", currentLocation(scan));
    if (!/[0-9a-fA-F]/.test(String.fromCharCode(byte))) throw unexpected(scan, "expected a hex-digit for character escape sequence");
    advance(scan);
  }
}

/** Reads one character of two to four bytes and answers it. */
function readMultiByte(scan: Scan): string {
  const first = at(scan);
  const length = first >= 0xf8 || first < 0xc0 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (length === 0) throw consumed(scan, `Invalid UTF-8 start byte 0x${first.toString(16)}`);
  let code = first & (0xff >> (length + 1));
  advance(scan);
  for (let index = 1; index < length; index++) {
    const byte = at(scan);
    if (byte === -1) throw new Fault("Unexpected end-of-input in VALUE_STRING", currentLocation(scan));
    if ((byte & 0xc0) !== 0x80) throw consumed(scan, `Invalid UTF-8 middle byte 0x${byte.toString(16)}`);
    code = (code << 6) | (byte & 0x3f);
    advance(scan);
  }
  return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
}

/** Reads a number; at the root it must be followed by space. */
export function readNumber(scan: Scan, root: boolean): void {
  if (at(scan) === 0x2d) {
    advance(scan);
    if (!isDigit(at(scan))) throw numeric(scan, "expected digit (0-9) to follow minus sign, for valid numeric value");
  }
  if (at(scan) === 0x30) {
    advance(scan);
    if (isDigit(at(scan))) throw new Fault("Invalid numeric value: Leading zeroes not allowed", currentLocation(scan));
  }
  readDigits(scan);
  if (at(scan) === 0x2e) {
    advance(scan);
    if (readDigits(scan) === 0) throw numeric(scan, "Decimal point not followed by a digit");
  }
  if (at(scan) === 0x65 || at(scan) === 0x45) {
    advance(scan);
    if (at(scan) === 0x2b || at(scan) === 0x2d) advance(scan);
    if (readDigits(scan) === 0) throw numeric(scan, "Exponent indicator not followed by a digit");
  }
  if (root && at(scan) > 0x20) throw unexpected(scan, "Expected space separating root-level values");
}

function readDigits(scan: Scan): number {
  const start = scan.position;
  while (isDigit(at(scan))) advance(scan);
  return scan.position - start;
}

/** Reads `true`, `false` or `null`; anything else that looks like a word is an unrecognized token. */
export function readLiteral(scan: Scan, expectation: string): void {
  const start = scan.position;
  for (const word of ["true", "false", "null"]) {
    if (!startsWith(scan, word)) continue;
    scan.position += word.length;
    if (!isIdentifierPart(peek(scan))) return;
    scan.position = start;
  }
  if (!isIdentifierStart(String.fromCharCode(at(scan)))) throw unexpected(scan, expectation);
  throw unrecognized(scan);
}

/** Jackson takes the first byte of a token as Latin-1 and the rest as UTF-8; it has consumed the character that ends it. */
function unrecognized(scan: Scan): Fault {
  let token = String.fromCharCode(at(scan));
  advance(scan);
  while (at(scan) !== -1 && token.length < TOKEN_LENGTH_MAX) {
    const character = at(scan) < 0x80 ? ascii(scan) : readMultiByte(scan);
    if (!isIdentifierPart(character)) break;
    token += character;
  }
  if (token.length >= TOKEN_LENGTH_MAX) token += "...";
  return new Fault(
    `Unrecognized token '${token}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`,
    currentLocation(scan),
  );
}

function ascii(scan: Scan): string {
  const character = String.fromCharCode(at(scan));
  advance(scan);
  return character;
}

function startsWith(scan: Scan, word: string): boolean {
  for (let index = 0; index < word.length; index++) if (scan.bytes[scan.position + index] !== word.charCodeAt(index)) return false;
  return true;
}

function peek(scan: Scan): string {
  const byte = at(scan);
  return byte === -1 ? "" : String.fromCharCode(byte);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Java's `isJavaIdentifierStart`. */
function isIdentifierStart(character: string): boolean {
  return /[\p{L}\p{Nl}\p{Sc}\p{Pc}]/u.test(character);
}

/** Java's `isJavaIdentifierPart`, but for its ignorable controls. */
function isIdentifierPart(character: string): boolean {
  return /[\p{L}\p{Nl}\p{Sc}\p{Pc}\p{Nd}\p{Mn}\p{Mc}]/u.test(character);
}

/** A complaint about the byte under the scan made after consuming it. */
function consumed(scan: Scan, problem: string): Fault {
  advance(scan);
  return new Fault(problem, currentLocation(scan));
}

function numeric(scan: Scan, expectation: string): Fault {
  if (at(scan) === -1) return new Fault("Unexpected end-of-input in VALUE_NUMBER", currentLocation(scan));
  return new Fault(`Unexpected character (${describe(at(scan))}) in numeric value: ${expectation}`, currentLocation(scan));
}

function describe(byte: number): string {
  return byte < 0x20 || (byte >= 0x7f && byte < 0xa0) ? `(CTRL-CHAR, code ${byte})` : `'${String.fromCharCode(byte)}' (code ${byte})`;
}
