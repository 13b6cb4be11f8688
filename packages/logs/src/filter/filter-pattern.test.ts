import { expect, test } from "@jest/globals";
import { parseFilterPattern } from "@lambdock/logs/filter/filter-pattern";
import { LogsError } from "@lambdock/logs/logs-error";
import fc from "fast-check";

const TEXT = "[ERROR 401] UNAUTHORIZED REQUEST from ARG\n";
const JSON_TEXT = JSON.stringify({
  eventType: "UpdateTrail",
  sourceIPAddress: "111.111.111.111",
  ms: 250.5,
  count: "17",
  ok: true,
  off: false,
  error: null,
  big: 5e3,
  "detail-type": "x",
  "a.b": { c: 1 },
  arrayKey: ["value", "another value"],
  objectList: [
    { name: "a", id: 1 },
    { name: "b", id: 2 },
  ],
  nested: { deep: { er: "yes" } },
});
const ACCESS = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534\n';

test.each<[string, string, boolean]>([
  ["", TEXT, true],
  ["   ", TEXT, true],
  ["ERROR", TEXT, true],
  ["error", TEXT, false],
  ["ERROR ARG", TEXT, true],
  ["ERROR WARN", TEXT, false],
  ['"ERROR 401"', TEXT, true],
  ['"REQUEST ERROR"', TEXT, false],
  ['"[ERROR"', TEXT, true],
  ["ERROR -ARG", TEXT, false],
  ["ERROR -EXITING", TEXT, true],
  ['-"ERROR 400"', TEXT, true],
  ["-ERROR", TEXT, false],
  ["?WARN ?ARG", TEXT, true],
  ["?WARN ?INFO", TEXT, false],
  ['?"no such" ?"401]"', TEXT, true],
  ["ERROR ?WARN", TEXT, true],
  ["Überfluß", "viel Überfluß", true],
  ['"say \\"hi\\""', 'say "hi"', true],
])("terms: %s on %s is %s", (pattern, message, expected) => {
  expect(parseFilterPattern(pattern)(message)).toBe(expected);
});

test.each<[string, boolean]>([
  ['{ $.eventType = "UpdateTrail" }', true],
  ["{ $.eventType = UpdateTrail }", true],
  ['{$.eventType="updatetrail"}', false],
  ['{ $.eventType = "*Trail" }', true],
  ['{ $.eventType = "U*a*l" }', true],
  ['{ $.eventType = "*" }', true],
  ["{ $.eventType = * }", true],
  ['{ $.eventType = "U*x*l" }', false],
  ["{ $.sourceIPAddress != 123.123.* }", true],
  ["{ $.sourceIPAddress = 111.* }", true],
  ["{ $.ms = 250.5 }", true],
  ["{ $.ms > 250 }", true],
  ["{ $.ms >= 250.5 && $.ms <= 250.5 }", true],
  ["{ $.ms < 250.5 }", false],
  ["{ $.count = 17 }", true],
  ["{ $.count > 16 }", true],
  ["{ $.big = 5000 }", true],
  ["{ $.big < 1e3 }", false],
  ["{ $.eventType > 1 }", false],
  ["{ $.ok IS TRUE }", true],
  ["{ $.ok is false }", false],
  ["{ $.off IS FALSE }", true],
  ["{ $.ok = true }", true],
  ["{ $.error IS NULL }", true],
  ["{ $.missing IS NULL }", false],
  ["{ $.missing NOT EXISTS }", true],
  ["{ $.error NOT EXISTS }", false],
  ["{ $.error EXISTS }", true],
  ["{ $.missing != 1 }", false],
  ["{ $.detail-type = x }", true],
  ["{ $['a.b'].c = 1 }", true],
  ['{ $.["a.b"].c = 1 }', true],
  ['{ $.arrayKey[0] = "value" }', true],
  ['{ $.arrayKey[1] = "value" }', false],
  ["{ $.arrayKey[7] NOT EXISTS }", true],
  ["{ $.arrayKey[*] = another* }", true],
  ["{ $.objectList[1].id = 2 }", true],
  ["{ $.objectList[*].id = 3 }", false],
  ["{ $.nested.deep.er = yes }", true],
  ["{ $.nested.deep = * }", true],
  ["{ $.ok IS TRUE && ($.ms > 1000 || $.count = 17) }", true],
  ["{ $.ms > 1000 || $.ms < 0 && $.ok IS TRUE }", false],
  ["{ ($.ms > 1000 || $.ok IS TRUE) && $.off IS FALSE }", true],
])("JSON: %s is %s", (pattern, expected) => {
  expect(parseFilterPattern(pattern)(`${JSON_TEXT}\n`)).toBe(expected);
  expect(parseFilterPattern(pattern)("plain text")).toBe(false);
  expect(parseFilterPattern(pattern)(JSON_TEXT.slice(0, -1))).toBe(false);
});

test.each<[string, boolean]>([
  ["[ip, user, username, timestamp, request, status_code, bytes]", true],
  ["[ip, user, username, timestamp, request, status_code, bytes, more]", false],
  ["[ip, user, username]", false],
  ["[ip, user, ...]", true],
  ["[..., bytes]", true],
  ["[ip, user, username, timestamp, request, status_code=4*, bytes>1000]", true],
  ["[ip, user, username, timestamp, request, status_code = 5*, bytes]", false],
  ["[..., status_code = 404, bytes < 1000]", false],
  ["[ip=127.0.0.1, ..., bytes = 1534]", true],
  ["[ip, ..., request = *html*, status_code, bytes]", true],
  ['[ip, user, username, timestamp = "10/Oct/2000:13:25:15 -0700", ...]', true],
  ["[..., status_code = 500 || status_code = 404, bytes]", true],
  ["[..., status_code > 400 && status_code < 404, bytes]", false],
  ["[..., (status_code > 400 && status_code < 404) || status_code = 4?4, bytes]", false],
  ["[ip != 10.*, ...]", true],
  ["[w1, w2, w3, w4, w5, w6, w7, ...]", true],
  ["[w1, w2, w3, w4, w5, w6, w7, w8, ...]", false],
])("fields: %s is %s", (pattern, expected) => {
  expect(parseFilterPattern(pattern)(ACCESS)).toBe(expected);
});

test.each<[string, string]>([
  ["a:b", "Invalid character(s) in term 'a:b'"],
  ["ERROR (x)", "Invalid character(s) in term '(x)'"],
  ['"open', "Invalid filter pattern: a quote is not closed."],
  ["%5..%", "Lambdock does not support regular expressions (%...%) in filter patterns."],
  ["{ $.a = %x% }", "Lambdock does not support regular expressions (%...%) in filter patterns."],
  ["{ $.a = }", 'Invalid filter pattern: "}" is no value.'],
  ["{ $.a = 1", 'Invalid filter pattern: "}" expected at its end.'],
  ["{ a = 1 }", 'Invalid filter pattern: a selector such as $.name expected instead of "a".'],
  ["{ $.a ~ 1 }", 'Invalid filter pattern: an operator expected instead of "~".'],
  ["{ $.a IS MAYBE }", "Invalid filter pattern: IS is followed by NULL, TRUE or FALSE."],
  ["{ $.a NOT THERE }", 'Invalid filter pattern: "EXISTS" expected instead of "THERE".'],
  ["{ $.a = 1 } x", "Invalid filter pattern: there is text after its closing brace."],
  ["{ $.a > word }", 'Invalid filter pattern: > needs a number, not "word".'],
  [`{ ${"(".repeat(60)}$.a = 1${")".repeat(60)} }`, "Invalid filter pattern: too many parentheses."],
  ["[a, b", 'Invalid filter pattern: "]" expected at its end.'],
  ["[a, , b]", "Invalid filter pattern: a field's name is missing."],
  ["[..., a, ...]", "Invalid filter pattern: it has more than one ellipsis."],
  ["[a] b", "Invalid filter pattern: there is text after its closing bracket."],
  ["{", "Invalid filter pattern: it ends too early."],
])("%s is refused: %s", (pattern, message) => {
  expect(() => parseFilterPattern(pattern)).toThrow(new LogsError("InvalidParameterException", message));
});

test("no pattern and no message make the parser or the matcher fail in any other way", () => {
  const piece = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "$",
    ".",
    "...",
    "$.a",
    "=",
    "!=",
    ">",
    "&&",
    "||",
    "IS",
    "NOT",
    "EXISTS",
    "NULL",
    '"',
    "*",
    "%",
    "1",
    "a",
    " ",
    ",",
    "?",
    "-",
    "\\",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece).map((pieces) => pieces.join("")),
        fc.string(),
      ),
      fc.oneof(fc.string(), fc.json()),
      (pattern, message) => {
        try {
          expect(typeof parseFilterPattern(pattern)(message)).toBe("boolean");
        } catch (error) {
          expect(error).toBeInstanceOf(LogsError);
        }
      },
    ),
    { numRuns: 3_000 },
  );
});

test("a quoted term matches exactly the messages that contain it", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), fc.string(), (term, before, after) => {
      const pattern = `"${term.replaceAll(/["\\]/g, "\\$&")}"`;
      expect(parseFilterPattern(pattern)(before + term + after)).toBe(true);
      expect(parseFilterPattern(pattern)(before)).toBe(before.includes(term));
    }),
  );
});

test("a hostile wildcard takes no more than linear time", () => {
  const matches = parseFilterPattern(`{ $.a = "${"*a".repeat(200)}b" }`);
  const started = performance.now();
  expect(matches(JSON.stringify({ a: "a".repeat(500_000) }))).toBe(false);
  expect(performance.now() - started).toBeLessThan(1_000);
});
