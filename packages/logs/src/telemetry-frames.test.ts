import { expect, test } from "@jest/globals";
import { MESSAGE_BYTES_MAX } from "@lambdock/logs/line-buffer";
import { createOutputParser, type OutputMessage } from "@lambdock/logs/telemetry-frames";
import fc from "fast-check";

function parse(chunks: readonly Uint8Array[]): OutputMessage[] {
  const messages: OutputMessage[] = [];
  const parser = createOutputParser((message) => messages.push(message));
  for (const chunk of chunks) parser.write(chunk);
  parser.flush();
  return messages;
}

function frame(text: string | Buffer, options: { readonly type?: number; readonly micros?: bigint } = {}): Buffer {
  const body = Buffer.from(text);
  const header = Buffer.alloc(16);
  header.writeUInt32BE(options.type ?? 0xa55a0003, 0);
  header.writeUInt32BE(body.length, 4);
  header.writeBigUInt64BE(options.micros ?? 1_763_800_000_123_456n, 8);
  return Buffer.concat([header, body]);
}

/** The same bytes in pieces. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

test("lines keep their newline, empty ones too, and the unterminated last one comes with flush", () => {
  expect(parse([Buffer.from("one\n\ntwo\r\nthr"), Buffer.from("ee")])).toEqual([
    { text: "one\n" },
    { text: "\n" },
    { text: "two\r\n" },
    { text: "three" },
  ]);
});

test("a line is handed on as soon as it is complete, not later", () => {
  const messages: OutputMessage[] = [];
  const parser = createOutputParser((message) => messages.push(message));
  parser.write(Buffer.from("a\nb"));
  expect(messages).toEqual([{ text: "a\n" }]);
  parser.flush();
  parser.flush();
  expect(messages).toEqual([{ text: "a\n" }, { text: "b" }]);
  parser.write(Buffer.from("c\n"));
  expect(messages).toHaveLength(3);
});

test("frames of text and of JSON are one message each, with their time, whatever lines they contain", () => {
  const text = "Error: a\n    at b\n";
  const json = '{"level":"ERROR"}';
  const all = parse([Buffer.concat([frame(text), frame(json, { type: 0xa55a0016, micros: 1_763_800_001_000_999n }), frame("")])]);
  expect(all).toEqual([
    { text, timestamp: 1_763_800_000_123 },
    { text: json, timestamp: 1_763_800_001_000 },
  ]);
});

test("a frame in the middle of a line leaves the line whole", () => {
  expect(parse([Buffer.concat([Buffer.from("half "), frame("framed\n"), Buffer.from("line\n")])])).toEqual([
    { text: "framed\n", timestamp: 1_763_800_000_123 },
    { text: "half line\n" },
  ]);
});

test.each<[string, Buffer]>([
  ["a time that is none", frame("x", { micros: 5n })],
  ["a negative length", Buffer.concat([Buffer.from("a55a0003ffffffff00064423a9a4a2c0", "hex")])],
  ["type zero", frame("x", { type: 0xa55a0000 })],
  ["a header that never ends", frame("").subarray(0, 9)],
  ["the first byte of the magic", Buffer.from([0xa5])],
])("bytes that only look like a frame are text: %s", (_what, bytes) => {
  const [message, ...others] = parse([bytes]);
  expect(message).toEqual({ text: bytes.toString("utf8") });
  expect(others).toEqual([]);
});

test("a frame that breaks off is handed on as far as it came", () => {
  expect(parse([frame("never finished").subarray(0, 16 + 5)])).toEqual([{ text: "never", timestamp: 1_763_800_000_123 }]);
});

test("bytes that are not UTF-8 become replacement characters and disturb nothing else", () => {
  expect(parse([Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from("fine ✓\n")])).toEqual([{ text: "\ufffd\ufffd\n" }, { text: "fine ✓\n" }]);
});

test("a message of more than 1 MiB less 26 bytes is split between characters, losing nothing", () => {
  const line = Buffer.from(`${"a".repeat(MESSAGE_BYTES_MAX - 1)}é${"b".repeat(MESSAGE_BYTES_MAX)}✓\n`);
  for (const messages of [
    parse([line]),
    parse(
      cut(
        line,
        Array.from({ length: 50 }, (_, index) => index * 43_691),
      ),
    ),
    parse([frame(line)]),
  ]) {
    expect(messages.map(({ text }) => Buffer.byteLength(text))).toEqual([MESSAGE_BYTES_MAX - 1, MESSAGE_BYTES_MAX, 6]);
    expect(messages.map(({ text }) => text).join("")).toBe(line.toString("utf8"));
  }
  expect(parse([Buffer.from(`${"a".repeat(MESSAGE_BYTES_MAX - 1)}\n`)])).toHaveLength(1);
});

test("wherever chunks end, the messages are the same", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
    fc.string().map((text) => Buffer.from(`${text}\n`)),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ unit: "grapheme" }).map((text) => frame(`${text}\nsecond\n`)),
    fc.constantFrom(
      Buffer.from([0xa5]),
      Buffer.from([0xa5, 0x5a]),
      Buffer.from([0xa5, 0x5a, 0x00]),
      Buffer.from([0xa5, 0x5a, 0x00, 0x03]),
      frame("x").subarray(0, 12),
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 20 }), (pieces, places) => {
      const bytes = Buffer.concat(pieces);
      expect(parse(cut(bytes, places))).toEqual(parse([bytes]));
    }),
    { numRuns: 2_000 },
  );
});

test("lines and frames mixed in any way all arrive, each whole and in its order", () => {
  const part = fc.record({ framed: fc.boolean(), text: fc.string().map((text) => text.replaceAll("\n", " ")) });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), fc.array(fc.nat(), { maxLength: 20 }), (parts, places) => {
      const bytes = Buffer.concat(parts.map(({ framed, text }) => (framed ? frame(`${text}\n`) : Buffer.from(`${text}\n`))));
      const expected = parts.map(({ framed, text }) =>
        framed ? { text: `${text}\n`, timestamp: 1_763_800_000_123 } : { text: `${text}\n` },
      );
      expect(parse(cut(bytes, places))).toEqual(expected);
    }),
  );
});

test("bytes handed in may be reused by the caller at once", () => {
  const messages: OutputMessage[] = [];
  const parser = createOutputParser((message) => messages.push(message));
  const chunk = Buffer.from([0x61, 0xa5, 0x5a]);
  parser.write(chunk);
  chunk.fill(0);
  parser.flush();
  expect(messages).toEqual([{ text: "a\ufffdZ" }]);
});
