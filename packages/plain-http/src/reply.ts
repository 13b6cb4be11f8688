import type { ServerResponse } from "node:http";
import type { Writable } from "node:stream";

/** The answer to one request; exactly one of `send`, `stream` and `abort` is called, once. */
export interface Reply {
  /** The whole answer. Header values must be free of line ends. */
  send(status: number, headers: Readonly<Record<string, string>>, body: Uint8Array): void;
  /** Head now, body as it comes; the end of the connection is the end of the body. */
  stream(status: number, headers: Readonly<Record<string, string>>): Writable;
  /** Cuts the connection. */
  abort(): void;
  /** Told when the caller is gone before it was answered. */
  onClose(listener: () => void): void;
}

/** A reply over `node:http`. */
export function replyOver(response: ServerResponse): Reply {
  return {
    send(status, headers, body) {
      if (response.headersSent) return void response.destroy();
      // A 204 has neither body nor length.
      response.writeHead(status, status === 204 ? headers : { ...headers, "content-length": body.byteLength });
      response.end(body);
    },
    stream(status, headers) {
      response.useChunkedEncodingByDefault = false;
      response.writeHead(status, { ...headers, connection: "close" });
      response.flushHeaders();
      return response;
    },
    abort: () => void response.destroy(),
    onClose: (listener) => void response.once("close", () => (response.writableEnded ? undefined : listener())),
  };
}
