import { expect, test } from "@jest/globals";
import { EventStreamCodec } from "@smithy/eventstream-codec";
import fc from "fast-check";
import { crc32 } from "./crc32.ts";
import { encodeStreamEvent } from "./event-stream.ts";

const codec = new EventStreamCodec((bytes) => Buffer.from(bytes).toString(), (text) => Buffer.from(text));

test("the check value of CRC-32 is right", () => {
  expect(crc32(Buffer.from("123456789"))).toBe(0xcbf43926);
});

test("the SDK's own decoder reads every event back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom("PayloadChunk", "InvokeComplete"), (payload, eventType) => {
      const message = codec.decode(encodeStreamEvent({ eventType, contentType: "application/octet-stream", payload }));
      expect(Buffer.from(message.body)).toEqual(Buffer.from(payload));
      expect(message.headers).toEqual({
        ":event-type": { type: "string", value: eventType },
        ":content-type": { type: "string", value: "application/octet-stream" },
        ":message-type": { type: "string", value: "event" },
      });
    }),
  );
});
