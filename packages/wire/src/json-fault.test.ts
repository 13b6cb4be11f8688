import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { jsonFault } from "./json-fault.ts";

const SOURCE = "at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)";
const VALUE = "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
const TOKENS = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

test.each<[Uint8Array | string, string, string]>([
  [new Uint8Array([0x22, 0x87]), "Invalid UTF-8 start byte 0x87", "line: 1, column: 3"],
  [new Uint8Array([0x99]), `Unexpected character ((CTRL-CHAR, code 153)): ${VALUE}`, "line: 1, column: 1"],
  ["hello world", `Unrecognized token 'hello': ${TOKENS}`, "line: 1, column: 7"],
  ["trueish", `Unrecognized token 'trueish': ${TOKENS}`, "line: 1, column: 8"],
  [`${"a".repeat(300)}`, `Unrecognized token '${"a".repeat(256)}...': ${TOKENS}`, "line: 1, column: 257"],
  ["", "No content to map due to end-of-input", "line: 1, column: 1"],
  ["{", `Unexpected end-of-input: expected close marker for Object (start marker ${SOURCE}; line: 1, column: 1])`, "line: 1, column: 2"],
  ["[1,", "Unexpected end-of-input within/between Array entries", "line: 1, column: 4"],
  ['{"a"', "Unexpected end-of-input within/between Object entries", "line: 1, column: 5"],
  ['"a', "Unexpected end-of-input in VALUE_STRING", "line: 1, column: 3"],
  ['{"a', "Unexpected end-of-input in field name", "line: 1, column: 4"],
  ["{\n  a: 1}", "Unexpected character ('a' (code 97)): was expecting double-quote to start field name", "line: 2, column: 3"],
  ['{"a" 1}', "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value", "line: 1, column: 6"],
  ['{"a":1 2}', "Unexpected character ('2' (code 50)): was expecting comma to separate Object entries", "line: 1, column: 8"],
  ["[1 2]", "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", "line: 1, column: 4"],
  ["[1}", `Unexpected close marker '}': expected ']' (for Array starting ${SOURCE}; line: 1, column: 1])`, "line: 1, column: 3"],
  ["[1,]", "Unexpected character (']' (code 93)): expected a value", "line: 1, column: 4"],
  [
    '"\n"',
    "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value",
    "line: 1, column: 3",
  ],
  ['"\\x"', "Unrecognized character escape 'x' (code 120)", "line: 1, column: 4"],
  ['"\\u12g4"', "Unexpected character ('g' (code 103)): expected a hex-digit for character escape sequence", "line: 1, column: 6"],
  ["012", "Invalid numeric value: Leading zeroes not allowed", "line: 1, column: 2"],
  [
    "-a",
    "Unexpected character ('a' (code 97)) in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value",
    "line: 1, column: 2",
  ],
  ["-", "Unexpected end-of-input in VALUE_NUMBER", "line: 1, column: 2"],
  ["1.x", "Unexpected character ('x' (code 120)) in numeric value: Decimal point not followed by a digit", "line: 1, column: 3"],
  ["1e", "Unexpected end-of-input in VALUE_NUMBER", "line: 1, column: 3"],
  ["12x", "Unexpected character ('x' (code 120)): Expected space separating root-level values", "line: 1, column: 3"],
  ["{} {}", "Trailing token found after the document: only one JSON value is allowed", "line: 1, column: 4"],
  [new Uint8Array([0x22, 0xc3, 0x22, 0x22]), "Invalid UTF-8 middle byte 0x22", "line: 1, column: 4"],
])("%j: %s", (document, problem, place) => {
  const bytes = typeof document === "string" ? Buffer.from(document) : document;
  expect(jsonFault(bytes)).toBe(`${problem}\n ${SOURCE}; ${place}]`);
});

test("nesting as deep as a payload allows is no fault", () => {
  expect(jsonFault(Buffer.from("[".repeat(200_000) + "]".repeat(200_000)))).toBeUndefined();
});

test("JSON has no fault", () => {
  fc.assert(fc.property(fc.json(), (text) => expect(jsonFault(Buffer.from(text))).toBeUndefined()));
});

test("whatever JSON.parse refuses has a fault, and the other way round", () => {
  const fragments = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '"',
    "a",
    "1",
    "0",
    "-",
    ".",
    "e",
    "true",
    "null",
    " ",
    "\n",
    "\\",
    "é",
    "\\u00e9",
  );
  fc.assert(
    fc.property(fc.array(fragments, { maxLength: 12 }), (parts) => {
      const text = parts.join("");
      expect(jsonFault(Buffer.from(text)) === undefined).toBe(isJson(text));
    }),
    { numRuns: 2_000 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
