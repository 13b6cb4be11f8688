import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { InvalidPattern } from "./invalid-pattern.ts";
import { compilePattern, matches } from "./pattern.ts";
import { vectors } from "./testing/vectors.ts";

const answer = (pattern: object, event: unknown): boolean => matches(compilePattern(JSON.stringify(pattern)), event);

describe("vectors whose answers AWS's event-ruler gave", () => {
  test.each(vectors.map((vector) => [vector.name, vector] as const))("%s", (_name, { pattern, event, matches: expected }) => {
    expect(answer(pattern, event)).toBe(expected);
  });
});

describe("what a field matches", () => {
  test.each<[string, unknown[], unknown, boolean]>([
    ["an empty text", [""], "", true],
    ["keys are case-sensitive, so are texts", ["a"], "A", false],
    ["300 is 300.0", [300], 300.0, true],
    ["true is not the text", [true], "true", false],
    ["null is not absent", [null], undefined, false],
    ["null is null among others", ["x", null], null, true],
    ["an address however it is spelt", ["::1"], "0:0:0:0:0:0:0:1", true],
    ["an IPv4 address with leading zeros", ["10.0.0.1"], "10.0.0.01", true],
    ["an operator of several", [{ prefix: "zzz" }, { exists: true }], "a", true],
    ["an empty prefix of any text", [{ prefix: "" }], "anything", true],
    ["a prefix of no number", [{ prefix: "" }], 5, false],
    ["suffix with case ignored", [{ suffix: { "equals-ignore-case": ".JPG" } }], "a.jPg", true],
    ["prefix with case ignored, other text", [{ prefix: { "equals-ignore-case": "AB" } }], "ba", false],
    ["equals-ignore-case", [{ "equals-ignore-case": "ÄB" }], "äb", true],
    ["equals-ignore-case of a longer text", [{ "equals-ignore-case": "ab" }], "abc", false],
    ["anything-but of null", [{ "anything-but": "a" }], null, true],
    ["anything-but of a number", [{ "anything-but": "a" }], 5, true],
    ["a numeric anything-but of a text", [{ "anything-but": [5] }], "5", true],
    ["anything-but of a missing key", [{ "anything-but": "a" }], undefined, false],
    ["anything-but prefix of a number", [{ "anything-but": { prefix: "1" } }], 12, true],
    ["anything-but equals-ignore-case of another", [{ "anything-but": { "equals-ignore-case": "ABC" } }], "abd", true],
    ["anything-but wildcard", [{ "anything-but": { wildcard: "a*c" } }], "abc", false],
    ["numeric of a text", [{ numeric: [">", 1] }], "300", false],
    ["numeric of null", [{ numeric: [">=", 0] }], null, false],
    ["numeric open range, at its edge", [{ numeric: [">", 0, "<", 5] }], 5, false],
    ["numeric closed range, at its edge", [{ numeric: [">=", 0, "<=", 5] }], 0, true],
    ["numeric below", [{ numeric: ["<", -1.5] }], -2, true],
    ["exists false of null", [{ exists: false }], null, false],
    ["exists true of an empty array", [{ exists: true }], [], false],
    ["exists false of an empty array", [{ exists: false }], [], true],
    ["exists true of an array", [{ exists: true }], [1], true],
    ["an element of a nested array", ["x"], [["w"], ["x"]], true],
    ["wildcard over nothing", [{ wildcard: "a*" }], "a", true],
    ["wildcards that would need to overlap", [{ wildcard: "ab*ba" }], "aba", false],
    ["wildcard over slashes", [{ wildcard: "*/x/*/y" }], "a/x/b/c/y", true],
    ["wildcard with an escaped backslash", [{ wildcard: "a\\\\*" }], "a\\b", true],
    ["wildcard of one star only", [{ wildcard: "*" }], "", true],
    ["cidr of the block's first address", [{ cidr: "10.0.1.128/25" }], "10.0.1.128", true],
    ["cidr of the address before", [{ cidr: "10.0.1.128/25" }], "10.0.1.127", false],
    ["cidr of everything", [{ cidr: "0.0.0.0/0" }], "255.255.255.255", true],
    ["cidr of the other family", [{ cidr: "0.0.0.0/0" }], "::1", false],
    ["cidr of IPv6 within a byte", [{ cidr: "2001:db8:8000::/33" }], "2001:db8:ffff::1", true],
    ["cidr of IPv6 outside", [{ cidr: "2001:db8:8000::/33" }], "2001:db8:7fff::1", false],
    ["cidr of an address that is none", [{ cidr: "10.0.0.0/8" }], "10.0.0.256", false],
  ])("%s", (_name, elements, value, expected) => {
    expect(answer({ k: elements }, value === undefined ? {} : { k: value })).toBe(expected);
  });
});

describe("how fields combine", () => {
  test.each<[string, object, unknown, boolean]>([
    ["a dotted key of the pattern is a nested one of the event", { "state.status": ["a"] }, { state: { status: "a" } }, true],
    ["a dotted key of the event is a nested one of the pattern", { state: { status: ["a"] } }, { "state.status": "a" }, true],
    ["objects in arrays are looked into", { xs: { id: [2] } }, { xs: [{ id: 1 }, { id: 2 }] }, true],
    ["both fields must be in one element", { xs: { a: [1], b: [2] } }, { xs: [{ a: 1 }, { b: 2 }] }, false],
    ["also when elements hold arrays", { xs: { a: [1], ys: { b: [2] } } }, { xs: [{ a: 1, ys: [{ b: 3 }, { b: 2 }] }] }, true],
    ["values of different arrays are free", { xs: ["a"], ys: ["b"] }, { xs: ["q", "a"], ys: ["b", "q"] }, true],
    ["a field absent from the matched element", { xs: { a: [1], b: [{ exists: false }] } }, { xs: [{ a: 0, b: 1 }, { a: 1 }] }, true],
    ["exists false of a map", { o: [{ exists: false }] }, { o: { x: 1 } }, true],
    ["$or beside other fields needs both", { a: [1], $or: [{ b: [1] }, { c: [1] }] }, { a: 2, b: 1 }, false],
    ["$or within $or", { $or: [{ a: [1] }, { $or: [{ b: [1] }, { c: [1] }] }] }, { c: 1 }, true],
    ["two $or at different places", { a: { $or: [{ x: [1] }, { y: [1] }] }, $or: [{ b: [1] }, { c: [1] }] }, { a: { y: 1 }, c: 1 }, true],
    ["JSON in a text is not looked into", { detail: { a: [1] } }, { detail: '{"a":1}' }, false],
    ["a list is no event", { a: [1] }, [{ a: 1 }], false],
    ["a text is no event", { a: [{ exists: false }] }, "x", false],
    ["keys that objects inherit are not there", { constructor: [{ exists: true }] }, {}, false],
  ])("%s", (_name, pattern, event, expected) => {
    expect(answer(pattern, event)).toBe(expected);
  });

  test("of a key that comes twice the last counts", () => {
    expect(matches(compilePattern('{"a":[1],"a":[2]}'), { a: 2 })).toBe(true);
    expect(matches(compilePattern('{"a":{"b":[1]},"a.b":[2]}'), { a: { b: 1 } })).toBe(false);
  });

  test("big arrays take no time and deep ones no stack", () => {
    const many = Array.from({ length: 20_000 }, (_, n) => n);
    const pattern = { a: [{ numeric: [">=", 0] }], b: [{ numeric: [">=", 0] }], c: [{ numeric: [">=", 0] }], d: [-1] };
    expect(answer(pattern, { a: many, b: many, c: many, d: many })).toBe(false);
    expect(answer({ a: [1] }, { a: JSON.parse("[".repeat(100_000) + "1" + "]".repeat(100_000)) })).toBe(false);
  });
});

describe("patterns that are refused", () => {
  test.each<[string, string]>([
    ["", "Filter is not an object"],
    ["null", "Filter is not an object"],
    ['"text"', "Filter is not an object"],
    ["[]", "Filter is not an object"],
    ['{"eventName": ["INSERT"=123}]}', "Filter is not an object"],
    ["{}", "Empty objects are not allowed"],
    ['{"a":{}}', "Empty objects are not allowed"],
    ['{"a":"v"}', '"a" must be an object or an array'],
    ['{"a":null}', '"a" must be an object or an array'],
    ['{"a":[]}', "Empty arrays are not allowed"],
    ['{"a":[["x"]]}', "Match value must be String, number, true, false, or null"],
    ['{"a":[{}]}', "Match expression name not found"],
    ['{"a":[{"EXISTS":true}]}', "Unrecognized match type EXISTS"],
    ['{"a":[{"constructor":1}]}', "Unrecognized match type constructor"],
    ['{"a":[{"exists":"yes"}]}', "exists match pattern must be either true or false."],
    ['{"a":[{"exists":true,"prefix":"x"}]}', "Only one key allowed in match expression"],
    ['{"a":[{"prefix":5}]}', "prefix match pattern must be a string"],
    ['{"a":[{"suffix":["x"]}]}', "suffix match pattern must be a string"],
    ['{"a":[{"prefix":{"wildcard":"x"}}]}', "Unsupported prefix pattern: wildcard"],
    ['{"a":[{"suffix":{}}]}', "Suffix expression name not found"],
    ['{"a":[{"equals-ignore-case":["x"]}]}', "equals-ignore-case match pattern must be a string"],
    ['{"a":[{"anything-but":null}]}', "Value of anything-but must be an array or single string/number value."],
    ['{"a":[{"anything-but":[null]}]}', "Inside anything but list, start|null|boolean is not supported."],
    ['{"a":[{"anything-but":["x",1]}]}', "Inside anything but list, either all values are number or string, mixed type is not supported"],
    ['{"a":[{"anything-but":[]}]}', "Inside anything but list, either all values are number or string, mixed type is not supported"],
    ['{"a":[{"anything-but":{"prefix":""}}]}', "Null prefix/suffix not allowed"],
    ['{"a":[{"anything-but":{"suffix":["x",""]}}]}', "Null prefix/suffix not allowed"],
    ['{"a":[{"anything-but":{"numeric":["=",1]}}]}', "Unsupported anything-but pattern: numeric"],
    ['{"a":[{"anything-but":{}}]}', "Anything-But expression name not found"],
    [
      '{"a":[{"anything-but":{"equals-ignore-case":[1]}}]}',
      "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
    ],
    ['{"a":[{"numeric":"=5"}]}', "Value of numeric must be an array."],
    ['{"a":[{"numeric":[]}]}', "Invalid member in numeric match: ]"],
    ['{"a":[{"numeric":["~",5]}]}', "Unrecognized numeric range operator: ~"],
    ['{"a":[{"numeric":["="]}]}', "Value of equals must be numeric"],
    ['{"a":[{"numeric":[">","5"]}]}', "Value of > must be numeric"],
    ['{"a":[{"numeric":["=",1e999]}]}', "Cannot compare number : Infinity"],
    ['{"a":[{"numeric":["=",1,2]}]}', "Too many elements in numeric expression"],
    ['{"a":[{"numeric":["<",1,">",0]}]}', "Too many elements in numeric expression"],
    ['{"a":[{"numeric":[">",1,">",0]}]}', "Bad numeric range operator: >"],
    ['{"a":[{"numeric":[">",1,5]}]}', "Bad value in numeric range: 5"],
    ['{"a":[{"numeric":[">",1,"<"]}]}', "Value of < must be numeric"],
    ['{"a":[{"numeric":[">",5,"<",1]}]}', "Bottom must be less than top"],
    ['{"a":[{"numeric":[">",1,"<",5,6]}]}', "Too many terms in numeric range expression"],
    ['{"a":[{"wildcard":"a**b"}]}', "Consecutive wildcard characters at pos 2"],
    ['{"a":[{"wildcard":"a\\\\b"}]}', "Invalid escape character at pos 2"],
    ['{"a":[{"wildcard":1}]}', "wildcard match pattern must be a string"],
    ['{"a":[{"cidr":"10.0.0.0"}]}', "Malformed CIDR, one '/' required"],
    ['{"a":[{"cidr":"10.0.0.0/x"}]}', "Malformed CIDR, mask bits must be an integer"],
    ['{"a":[{"cidr":"10.0.0.0/-1"}]}', "Malformed CIDR, mask bits must not be negative"],
    ['{"a":[{"cidr":"example/8"}]}', "Nonstandard IP address: example"],
    ['{"a":[{"cidr":"10.0.0.0/32"}]}', "IPv4 mask bits must be < 32"],
    ['{"a":[{"cidr":"::/128"}]}', "IPv6 mask bits must be < 128"],
    ['{"$or":{"a":[1]}}', "It must be an Array followed with $or."],
    ['{"$or":[{"a":[1]}]}', "There must have at least 2 Objects in $or relationship."],
    ['{"$or":[{"a":[1]},1]}', "Only JSON object is allowed in array of $or relationship."],
    ['{"$or":[{"numeric":["=",1]},{"a":[1]}]}', "numeric is Ruler reserved fieldName which cannot be used inside $or."],
  ])("%s", (text, reason) => {
    const compile = (): unknown => compilePattern(text);
    expect(compile).toThrow(InvalidPattern);
    expect(compile).toThrow(expect.objectContaining({ message: reason }));
  });

  test("$or that multiplies beyond AWS's thousand combinations", () => {
    const pattern = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`k${n}`, { $or: [{ a: [1] }, { b: [1] }] }]));
    expect(() => compilePattern(JSON.stringify(pattern))).toThrow("Rule is too complex");
  });
});

const leaf = fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null));
const key = fc.string({ minLength: 1 }).filter((name) => name !== "$or" && name !== "__proto__");

describe("properties", () => {
  test("an event matches the pattern of its own values", () => {
    fc.assert(
      fc.property(fc.dictionary(key, leaf, { minKeys: 1 }), (event) => {
        // -0 and 0 are one number in JSON.
        const plain = JSON.parse(JSON.stringify(event)) as Record<string, unknown>;
        const pattern = Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, [value]]));
        expect(answer(pattern, plain)).toBe(true);
      }),
    );
  });

  test("anything-but is the opposite of what it excludes, for texts", () => {
    const operators = fc.constantFrom("prefix", "suffix", "equals-ignore-case");
    fc.assert(
      fc.property(operators, fc.string({ minLength: 1 }), fc.string(), (operator, text, value) => {
        const excluded = answer({ k: [{ [operator]: text }] }, { k: value });
        expect(answer({ k: [{ "anything-but": { [operator]: text } }] }, { k: value })).toBe(!excluded);
        expect(answer({ k: [{ "anything-but": { [operator]: [text] } }] }, { k: value })).toBe(!excluded);
      }),
    );
  });

  test("a wildcard matches what the regular expression of its parts matches", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "\\", "/") });
    const escaped = (part: string): string => part.replace(/[\\*]/g, "\\$&");
    fc.assert(
      fc.property(fc.array(letters, { minLength: 1, maxLength: 5 }), letters, (parts, value) => {
        const filled = parts.map((part, index) => (part === "" && index > 0 && index < parts.length - 1 ? "a" : part));
        const expected = new RegExp(`^${filled.map((part) => part.replace(/[\\*/]/g, "\\$&")).join("[^]*")}$`).test(value);
        expect(answer({ k: [{ wildcard: filled.map(escaped).join("*") }] }, { k: value })).toBe(expected);
      }),
    );
  });

  test("a range is both of its halves", () => {
    const number = fc.integer({ min: -100, max: 100 });
    fc.assert(
      fc.property(number, number, number, (one, other, n) => {
        fc.pre(one !== other);
        const [bottom, top] = [Math.min(one, other), Math.max(one, other)];
        const both = answer({ n: [{ numeric: [">", bottom] }] }, { n }) && answer({ n: [{ numeric: ["<=", top] }] }, { n });
        expect(answer({ n: [{ numeric: [">", bottom, "<=", top] }] }, { n })).toBe(both);
      }),
    );
  });

  test("an IPv4 block is a range of numbers", () => {
    const bytes = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
    const numberOf = (parts: readonly number[]): number => parts.reduce((sum, part) => sum * 256 + part, 0);
    fc.assert(
      fc.property(bytes, bytes, fc.nat(31), (base, address, bits) => {
        const size = 2 ** (32 - bits);
        const expected = Math.floor(numberOf(base) / size) === Math.floor(numberOf(address) / size);
        expect(answer({ ip: [{ cidr: `${base.join(".")}/${bits}` }] }, { ip: address.join(".") })).toBe(expected);
      }),
    );
  });

  test("whatever the text and the event, the answer is yes, no, or InvalidPattern", () => {
    const text = fc.oneof(
      fc.json(),
      fc.string(),
      fc.object({ maxDepth: 4 }).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, fc.jsonValue(), (pattern, event) => {
        try {
          expect(typeof matches(compilePattern(pattern), event)).toBe("boolean");
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidPattern);
        }
      }),
    );
  });
});
