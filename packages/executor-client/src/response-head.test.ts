import { expect, test } from "@jest/globals";
import { parseResponseHead } from "./response-head.ts";

test("a head is parsed once it is whole, wherever the bytes were cut", () => {
  const bytes = Buffer.from("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Log-Tail: a: b=\r\nContent-Length: 2\r\n\r\n{}");
  const end = bytes.byteLength - 2;
  for (let length = 0; length < end; length++) expect(parseResponseHead(bytes.subarray(0, length))).toBeUndefined();
  const head = {
    status: 200,
    headers: { "content-type": "application/json", "x-log-tail": "a: b=", "content-length": "2" },
    bodyBytes: 2,
    bodyStart: end,
  };
  expect(parseResponseHead(bytes.subarray(0, end))).toEqual(head);
  expect(parseResponseHead(bytes)).toEqual(head);
});

test("a body ends with its length, at once without content, or with the connection", () => {
  const bodyBytes = (text: string): number | undefined => parseResponseHead(Buffer.from(text))?.bodyBytes;
  expect(bodyBytes("HTTP/1.1 428 Precondition Required\r\nContent-Length: 0\r\n\r\n")).toBe(0);
  expect(bodyBytes("HTTP/1.1 204 No Content\r\n\r\n")).toBe(0);
  expect(bodyBytes("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")).toBeUndefined();
});

test.each([
  ["SSH-2.0-OpenSSH_9.2\r\n\r\n", "its answer is not HTTP/1.1"],
  ["HTTP/1.1 100 Continue\r\n\r\n", "its answer is not HTTP/1.1"],
  ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "its answer is in an encoding that no executor uses (chunked)"],
  ["x".repeat(70_000), "its answer has no end of headers"],
])("%j comes from no executor", (text, message) => {
  expect(() => parseResponseHead(Buffer.from(text))).toThrow(message);
});
