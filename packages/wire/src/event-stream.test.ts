import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { crc32 } from "./crc32.ts";
import { encodeStreamEvent } from "./event-stream.ts";

test("the check value of CRC-32 is right", () => {
  expect(crc32(Buffer.from("123456789"))).toBe(0xcbf43926);
});

test("an event's frame is that of the specification, byte by byte", () => {
  const headers =
    "0b3a6576656e742d7479706507000c5061796c6f61644368756e6b0d3a636f6e74656e742d747970650700186170706c69636174696f6e2f6f637465742d73747265616d0d3a6d6573736167652d747970650700056576656e74";
  const hex = Buffer.from(
    encodeStreamEvent({ eventType: "PayloadChunk", contentType: "application/octet-stream", payload: Buffer.from("hi") }),
  ).toString("hex");
  expect(hex.slice(0, 16)).toBe("0000006c0000005a");
  expect(hex.slice(24, -12)).toBe(headers);
  expect(hex.slice(-12, -8)).toBe("6869");
});

test("lengths and both checksums hold for any payload", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (payload) => {
      const frame = Buffer.from(encodeStreamEvent({ eventType: "InvokeComplete", contentType: "application/json", payload }));
      expect(frame.readUInt32BE(0)).toBe(frame.byteLength);
      expect(frame.readUInt32BE(8)).toBe(crc32(frame, 0, 8));
      expect(frame.readUInt32BE(frame.byteLength - 4)).toBe(crc32(frame, 0, frame.byteLength - 4));
      expect(frame.subarray(12 + frame.readUInt32BE(4), -4)).toEqual(Buffer.from(payload));
    }),
  );
});
