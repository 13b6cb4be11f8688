import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Writable } from "node:stream";
import type { PlainRequest, PlainServerOptions } from "./plain-server.ts";
import type { Reply } from "./reply.ts";
import { parseRequestHead, type RequestHead } from "./request-head.ts";

/** Bodies up to this many bytes are copied behind the head, so that an answer is one write. */
const COPIED_BYTES_MAX = 16_384;
/** Bytes that a caller may send ahead of its answer; more is left in the kernel. */
const AHEAD_BYTES_MAX = 65_536;

export interface ConnectionOptions extends Pick<PlainServerOptions, "serve" | "bodyBytesMax"> {
  readonly date: boolean;
  /** Takes the connection over, with the bytes that were read of the request. */
  readonly handOver: (bytes: Buffer) => void;
  /** Told when an exchange begins and when it is over. */
  readonly onBusy: (busy: boolean) => void;
}

/** One connection: a request at a time, in their order. */
export class PlainConnection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  /** Pieces of what was received and not yet served. */
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #head: RequestHead | undefined;
  #answering = false;
  #onGone: (() => void) | undefined;

  readonly #onData = (chunk: Buffer): void => {
    this.#received.push(chunk);
    this.#receivedBytes += chunk.byteLength;
    if (!this.#answering) this.#look();
    else if (this.#receivedBytes > AHEAD_BYTES_MAX) this.#socket.pause();
  };
  readonly #onClose = (): void => {
    this.#onGone?.();
    this.#onGone = undefined;
  };
  readonly #onError = (): void => undefined; // `close` follows

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("data", this.#onData).on("close", this.#onClose).on("error", this.#onError);
  }

  /** Serves what is whole of the received. */
  #look(): void {
    if (this.#head === undefined) {
      const head = parseRequestHead(this.#joined());
      if (head === undefined) return;
      if (head === "extraordinary" || head.bodyBytes > this.#options.bodyBytesMax) return this.#handOver();
      this.#head = head;
    }
    const { bodyStart, bodyBytes, method, url, headers } = this.#head;
    const end = bodyStart + bodyBytes;
    if (this.#receivedBytes < end) return;
    const bytes = this.#joined();
    const { localAddress, localPort } = this.#socket;
    const request: PlainRequest = { method, url, headers, body: bytes.subarray(bodyStart, end), local: `${localAddress}:${localPort}` };
    this.#answering = true;
    this.#options.onBusy(true);
    if (!this.#options.serve(request, this.#reply())) return this.#handOver();
    this.#head = undefined;
    this.#received = bytes.byteLength === end ? [] : [bytes.subarray(end)];
    this.#receivedBytes = bytes.byteLength - end;
    // Answered at once: whatever follows is next.
    if (!this.#answering && this.#receivedBytes > 0) this.#look();
  }

  #joined(): Buffer {
    if (this.#received.length > 1) this.#received = [Buffer.concat(this.#received)];
    return this.#received[0] ?? Buffer.alloc(0);
  }

  #handOver(): void {
    const bytes = this.#joined();
    this.#options.onBusy(false);
    this.#socket.off("data", this.#onData).off("close", this.#onClose).off("error", this.#onError);
    this.#options.handOver(bytes);
  }

  #reply(): Reply {
    return {
      send: (status, headers, body) => {
        this.#write(status, headers, body);
        this.#onGone = undefined;
        // Within `serve` the request is still the oldest of the received: `#look` goes on itself.
        const nested = this.#head !== undefined;
        this.#answering = false;
        this.#options.onBusy(false);
        if (this.#socket.isPaused()) this.#socket.resume();
        if (!nested && this.#receivedBytes > 0) this.#look();
      },
      stream: (status, headers) => this.#stream(status, headers),
      abort: () => void this.#socket.destroy(),
      onClose: (listener) => void (this.#onGone = listener),
    };
  }

  #write(status: number, headers: Readonly<Record<string, string>>, body: Uint8Array): void {
    if (this.#socket.destroyed) return;
    // A 204 has neither body nor length.
    const length = status === 204 ? "" : `content-length: ${body.byteLength}\r\n`;
    const head = `${this.#headOf(status, headers)}${length}\r\n`;
    if (body.byteLength <= COPIED_BYTES_MAX) {
      const message = Buffer.allocUnsafe(head.length + body.byteLength);
      message.write(head, "latin1");
      message.set(body, head.length);
      this.#socket.write(message);
      return;
    }
    this.#socket.cork();
    this.#socket.write(head, "latin1");
    this.#socket.write(body);
    this.#socket.uncork();
  }

  #headOf(status: number, headers: Readonly<Record<string, string>>): string {
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
    for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
    return this.#options.date ? `${head}date: ${httpDate()}\r\n` : head;
  }

  #stream(status: number, headers: Readonly<Record<string, string>>): Writable {
    this.#onGone = undefined;
    this.#socket.write(`${this.#headOf(status, headers)}connection: close\r\n\r\n`, "latin1");
    return this.#socket;
  }
}

let dateSecond = 0;
let dateText = "";

/** Now as HTTP writes it; made once a second. */
function httpDate(): string {
  const second = Math.floor(Date.now() / 1_000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1_000).toUTCString();
  }
  return dateText;
}
