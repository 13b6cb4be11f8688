import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createDemultiplexer } from "./attached-stream.ts";
import { createMarkFilter } from "./mark-filter.ts";

const MARK = "0123456789abcdef0123456789abcdef";

function frame(kind: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(kind, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

/** Cuts bytes at arbitrary places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((one, other) => one - other);
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length)).filter((piece) => piece.length > 0);
}

test("takes stdout and stderr apart however the stream is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(1, 2), fc.string())), fc.array(fc.nat()), (pieces, places) => {
      const heard = { 1: "", 2: "" } as Record<number, string>;
      const collected: Record<number, Buffer[]> = { 1: [], 2: [] };
      const push = createDemultiplexer({
        onStdout: (chunk) => collected[1]?.push(Buffer.from(chunk)),
        onStderr: (chunk) => collected[2]?.push(Buffer.from(chunk)),
      });
      for (const chunk of cut(Buffer.concat(pieces.map(([kind, text]) => frame(kind, text))), places)) push(chunk);
      for (const [kind, text] of pieces) heard[kind] += Buffer.from(text).toString();
      expect(Buffer.concat(collected[1] ?? []).toString()).toBe(heard[1]);
      expect(Buffer.concat(collected[2] ?? []).toString()).toBe(heard[2]);
    }),
  );
});

test("finds a mark wherever the stream is cut, and passes on everything else before it", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.array(fc.nat()), (before, after, places) => {
      let output = "";
      let atMark: string | undefined;
      const filter = createMarkFilter(
        (chunk) => (output += Buffer.from(chunk).toString("latin1")),
        () => (atMark = output),
      );
      filter.expect(MARK);
      for (const chunk of cut(Buffer.from(`${before}${MARK}\n${after}`, "latin1"), places)) filter.push(chunk);
      const bytes = (text: string): string => Buffer.from(text, "latin1").toString("latin1");
      expect(atMark).toBe(bytes(before));
      expect(output).toBe(bytes(before + after));
    }),
  );
});

test("holds nothing back for a mark that nobody expects any more", () => {
  let output = "";
  const filter = createMarkFilter(
    (chunk) => (output += Buffer.from(chunk).toString()),
    () => undefined,
  );
  filter.expect(MARK);
  filter.push(Buffer.from(`text ${MARK.slice(0, 10)}`));
  expect(output).toBe("text ");
  filter.forget(MARK);
  expect(output).toBe(`text ${MARK.slice(0, 10)}`);
});
