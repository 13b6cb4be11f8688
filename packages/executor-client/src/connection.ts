/**
 * One keep-alive connection to the executor, used for one exchange at a time. It speaks just the
 * HTTP/1.1 that the protocol needs, over a plain socket: an exchange costs a third of `node:http`'s
 * time (15 against 50 microseconds; undici takes 20, and 10 MB for its parser, which a service
 * that shall idle in 75 MB has not to spare).
 */
import { connect, type Socket } from "node:net";
import { ChunkQueue } from "./chunk-queue.ts";
import type { OutcomeResponse } from "./protocol.ts";
import { parseResponseHead, type ResponseHead } from "./response-head.ts";

/** A request; header values must be free of line ends. */
export interface ExchangeRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface Peer {
  readonly host: string;
  readonly port: number;
}

/** What became of a connection after an exchange. */
export interface ConnectionEvents {
  /** The exchange is over, and the connection can serve another. */
  idle(connection: Connection): void;
  closed(connection: Connection): void;
}

/** Bodies up to this many bytes are copied behind the head, so that a request is one write. */
const COPIED_BYTES_MAX = 16_384;

export class Connection {
  /** Epoch milliseconds since when it has been idle; set by whoever keeps it. */
  idleSince = 0;
  readonly #socket: Socket;
  readonly #host: string;
  readonly #events: ConnectionEvents;
  #settle: { readonly resolve: (response: OutcomeResponse) => void; readonly reject: (error: Error) => void } | undefined;
  #unparsed: Buffer | undefined;
  #head: ResponseHead | undefined;
  #body: ChunkQueue | undefined;
  #received = 0;
  #failure: Error | undefined;

  constructor(peer: Peer, events: ConnectionEvents) {
    this.#host = `${peer.host}:${peer.port}`;
    this.#events = events;
    this.#socket = connect({ host: peer.host, port: peer.port, noDelay: true });
    this.#socket.on("data", (chunk) => this.#onData(chunk));
    this.#socket.on("error", (error) => (this.#failure = error));
    this.#socket.on("close", () => this.#onClose());
  }

  /** Sends a request; rejects when no head comes back. */
  exchange(request: ExchangeRequest): Promise<OutcomeResponse> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      try {
        this.#write(request);
      } catch (error) {
        this.#socket.destroy(error as Error);
      }
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #write({ method, path, headers, body }: ExchangeRequest): void {
    let head = `${method} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\ncontent-length: ${body.byteLength}\r\n`;
    for (const name in headers) head += `${name}: ${lineOf(headers[name]!)}\r\n`;
    head += "\r\n";
    if (body.byteLength > COPIED_BYTES_MAX) {
      this.#socket.cork();
      this.#socket.write(head, "latin1");
      this.#socket.write(body);
      this.#socket.uncork();
      return;
    }
    const message = Buffer.allocUnsafe(head.length + body.byteLength);
    message.write(head, "latin1");
    message.set(body, head.length);
    this.#socket.write(message);
  }

  #onData(chunk: Buffer): void {
    try {
      if (this.#head === undefined) this.#onHead(chunk);
      else this.#onBody(chunk);
    } catch (error) {
      this.#socket.destroy(error as Error);
    }
  }

  #onHead(chunk: Buffer): void {
    const bytes = this.#unparsed === undefined ? chunk : Buffer.concat([this.#unparsed, chunk]);
    const head = parseResponseHead(bytes);
    this.#unparsed = head === undefined ? bytes : undefined;
    if (head === undefined) return;
    this.#head = head;
    const body = new ChunkQueue({ pause: () => this.#socket.pause(), resume: () => this.#socket.resume() });
    this.#body = body;
    this.#settle?.resolve({ status: head.status, headers: head.headers, buffered: () => body.whole(), chunks: () => body.chunks() });
    this.#settle = undefined;
    this.#onBody(bytes.subarray(head.bodyStart));
  }

  #onBody(chunk: Buffer): void {
    const { bodyBytes } = this.#head!;
    this.#received += chunk.byteLength;
    if (bodyBytes !== undefined && this.#received > bodyBytes) throw new Error("the executor answered more than it announced");
    if (chunk.byteLength > 0) this.#body!.push(chunk);
    if (this.#received === bodyBytes) this.#finish();
  }

  #finish(): void {
    const body = this.#body!;
    const close = this.#head!.headers["connection"] === "close";
    this.#head = undefined;
    this.#body = undefined;
    this.#received = 0;
    body.end();
    if (close) this.#socket.destroy();
    else this.#events.idle(this);
  }

  #onClose(): void {
    const failure = this.#failure ?? new Error("the connection was closed");
    this.#settle?.reject(failure);
    if (this.#head?.bodyBytes === undefined && this.#failure === undefined) this.#body?.end();
    else this.#body?.fail(failure);
    this.#events.closed(this);
  }
}

/** A header value that can't smuggle in another header. */
function lineOf(value: string): string {
  if (value.includes("\n") || value.includes("\r")) throw new Error("a header value of the executor's protocol has a line end");
  return value;
}
