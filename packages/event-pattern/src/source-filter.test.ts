import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { textOfBase64 } from "./base64-text.ts";
import { checkFilterPattern, createRecordFilter } from "./source-filter.ts";

const sqs = (body: string, rest: object = {}): object => ({ messageId: "m", body, eventSource: "aws:sqs", ...rest });
const kinesis = (data: string | Buffer, rest: object = {}): object => ({
  kinesis: { partitionKey: "1", sequenceNumber: "49", data: Buffer.from(data).toString("base64"), ...rest },
  eventSource: "aws:kinesis",
});
const passes = (source: "sqs" | "kinesis" | "dynamodb", record: object, ...patterns: object[]): boolean =>
  createRecordFilter(
    source,
    patterns.map((pattern) => JSON.stringify(pattern)),
  )(record);

describe("SQS messages", () => {
  test.each<[string, object, object, boolean]>([
    ["JSON body and object", sqs('{"a":1}'), { body: { a: [1] } }, true],
    ["JSON body and object that differ", sqs('{"a":2}'), { body: { a: [1] } }, false],
    ["plain body and object: dropped", sqs("hello"), { body: { a: [1] } }, false],
    ["plain body and object that wants absence: dropped", sqs("hello"), { body: { a: [{ exists: false }] } }, false],
    ["plain body and list", sqs("hello"), { body: ["hello"] }, true],
    ["plain body and operator", sqs("hello"), { body: [{ prefix: "he" }] }, true],
    ["plain body and list that differ", sqs("bye"), { body: ["hello"] }, false],
    ["JSON body and list: dropped", sqs('{"a":1}'), { body: ['{"a":1}'] }, false],
    ["JSON body and list that wants absence: dropped", sqs('{"a":1}'), { body: [{ exists: false }] }, false],
    ["a number is plain text", sqs("123"), { body: ["123"] }, true],
    ["broken JSON is plain text", sqs("{"), { body: ["{"] }, true],
    ["a JSON list is looked into", sqs('[{"a":1}]'), { body: { a: [1] } }, true],
    ["attributes, whatever the body", sqs("x", { attributes: { SenderId: "s" } }), { attributes: { SenderId: ["s"] } }, true],
    ["attributes and body", sqs("x", { attributes: { SenderId: "t" } }), { body: ["x"], attributes: { SenderId: ["s"] } }, false],
    [
      "message attributes",
      sqs("x", { messageAttributes: { k: { stringValue: "v", dataType: "String" } } }),
      { messageAttributes: { k: { stringValue: ["v"] } } },
      true,
    ],
    ["$or of both forms, text", sqs("x"), { $or: [{ body: { a: [1] } }, { body: ["x"] }] }, true],
    ["$or of both forms, JSON", sqs('{"a":1}'), { $or: [{ body: { a: [1] } }, { body: ["x"] }] }, true],
  ])("%s", (_name, record, pattern, expected) => {
    expect(passes("sqs", record, pattern)).toBe(expected);
  });

  test("one filter of several is enough; none, or an empty one, passes all", () => {
    expect(passes("sqs", sqs("b"), { body: ["a"] }, { body: ["b"] })).toBe(true);
    expect(passes("sqs", sqs("c"), { body: ["a"] }, { body: ["b"] })).toBe(false);
    expect(passes("sqs", sqs("c"))).toBe(true);
    expect(passes("sqs", sqs("c"), { body: ["a"] }, {})).toBe(true);
  });
});

describe("Kinesis records", () => {
  test.each<[string, object, object, boolean]>([
    ["JSON data, decoded", kinesis('{"t":{"x":"ä"}}'), { data: { t: { x: ["ä"] } } }, true],
    ["JSON data that differ", kinesis('{"t":1}'), { data: { t: [2] } }, false],
    ["plain data and object: dropped", kinesis("hello"), { data: { t: [1] } }, false],
    ["plain data and list", kinesis("hello"), { data: ["hello"] }, true],
    ["metadata", kinesis("hello"), { partitionKey: ["1"] }, true],
    ["metadata that differ", kinesis("hello"), { partitionKey: ["2"] }, false],
    ["data that are no text", kinesis(Buffer.from([0xff, 0xfe])), { data: [{ exists: true }] }, false],
    ["metadata of data that are no text", kinesis(Buffer.from([0xff, 0xfe])), { partitionKey: ["1"] }, true],
  ])("%s", (_name, record, pattern, expected) => {
    expect(passes("kinesis", record, pattern)).toBe(expected);
  });
});

test.each<[object, boolean]>([
  [{ eventName: ["INSERT"] }, true],
  [{ eventName: ["REMOVE"] }, false],
  [{ dynamodb: { NewImage: { n: { N: [{ numeric: [">", 100] }] } } } }, false],
  [{ dynamodb: { NewImage: { n: { N: [{ numeric: [">", 100] }, { "anything-but": "101" }] } } } }, true],
  [{ dynamodb: { NewImage: { n: { N: ["150"] } } } }, true],
  [{ dynamodb: { NewImage: [{ exists: false }] } }, true],
  [{ dynamodb: { OldImage: { n: { N: [{ exists: false }] } } } }, true],
])("DynamoDB records are filtered as they are: %j", (pattern, expected) => {
  const record = { eventName: "INSERT", dynamodb: { Keys: { id: { S: "1" } }, NewImage: { n: { N: "150" } } } };
  expect(passes("dynamodb", record, pattern)).toBe(expected);
});

test("what is no record passes no filter", () => {
  expect(createRecordFilter("sqs", ['{"body":["a"]}'])(null)).toBe(false);
  expect(createRecordFilter("kinesis", ['{"partitionKey":[{"exists":false}]}'])({ kinesis: null })).toBe(true);
});

describe("filters as they are checked when a mapping is created", () => {
  test.each(["{}", ' { "body": ["a"] }', '{"eventSource":["aws:sqs"]}'])("%s is taken", (text) => {
    expect(() => checkFilterPattern(text)).not.toThrow();
  });

  test.each(["", "null", '"simple string"', "simple string", "[]", '{"eventSource":"aws:sqs"}', '{"eventName": ["INSERT"=123}]}'])(
    "%s is refused",
    (text) => {
      expect(() => checkFilterPattern(text)).toThrow(
        expect.objectContaining({ name: "InvalidPattern", message: "Invalid filter pattern definition." }),
      );
    },
  );
});

test("text in base64 is decoded as the platform decodes it, and only valid UTF-8", () => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const expected = (bytes: Uint8Array): string | undefined => {
    try {
      return decoder.decode(bytes);
    } catch {
      return undefined;
    }
  };
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.string({ unit: "binary" }).map((text) => new TextEncoder().encode(text)),
      ),
      (bytes) => {
        expect(textOfBase64(Buffer.from(bytes).toString("base64"))).toBe(expected(bytes));
      },
    ),
  );
  const long = "ä€😀x".repeat(10_000);
  expect(textOfBase64(Buffer.from(long).toString("base64"))).toBe(long);
  expect(textOfBase64("not base64!")).toBeUndefined();
});
