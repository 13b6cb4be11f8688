/** Passes HTTP requests on to another server and its answers back, as they are and as they come. */
import { Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { Agent as SecureAgent, RequestOptions } from "node:https";
import { pipeline } from "node:stream/promises";
import { brokeOff, unavailable } from "./failure.ts";

/** Where requests are passed on to. */
export interface Destination {
  /** `http://` or `https://`, without a path. */
  readonly url: URL;
  /** What a caller is told when nothing answers there. */
  readonly cure: string;
}

/** One exchange to pass on. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The request's body where it has been read already. */
  readonly body?: Buffer;
  /** Headers in place of the request's own. */
  readonly headers?: IncomingHttpHeaders;
  /** Sees the whole answer before the caller does; the answer is then collected, not streamed. */
  readonly review?: (answer: { readonly status: number; readonly body: Buffer }) => Promise<void>;
}

/** Passes requests on over kept connections. */
export interface Forwarder {
  /** Resolves when the answer is on its way or the caller has left; rejects with a BackendFailure as long as nothing was answered. */
  forward(exchange: Exchange, destination: Destination): Promise<void>;
  close(): void;
}

/** Idle connections are let go before servers usually do, or a request could meet a closing one. */
const IDLE_MS = 4_000;
/** Names that concern one connection, not the message. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "expect"]);

/** Builds a forwarder; connections are made when they are needed. */
export function createForwarder(): Forwarder {
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS });
  let secure: SecureAgent | undefined;
  const client = async (url: URL) => {
    if (url.protocol !== "https:") return { send: httpRequest, agent };
    // Loaded on first use: most installations have everything on one machine.
    const https = await import("node:https");
    secure ??= new https.Agent({ keepAlive: true, timeout: IDLE_MS });
    return { send: https.request, agent: secure };
  };
  return {
    async forward(exchange, destination) {
      const { send, agent: pool } = await client(destination.url);
      const onward = send({ ...addressOf(exchange, destination.url), agent: pool });
      await passOn(exchange, onward, destination);
    },
    close() {
      agent.destroy();
      secure?.destroy();
    },
  };
}

function addressOf({ request, body, headers: given }: Exchange, url: URL): RequestOptions {
  const headers = endToEnd(given ?? request.headers);
  // A server elsewhere is found by its name, one of ours builds addresses from the caller's.
  if (url.protocol === "https:") headers["host"] = url.host;
  if (body !== undefined) headers["content-length"] = String(body.byteLength);
  return {
    protocol: url.protocol,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port,
    method: request.method,
    path: request.url,
    headers,
  };
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  // `content-length` alone tells where a body ends; without it the body is sent in chunks, as it came.
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

function passOn(
  { request, response, body, review }: Exchange,
  onward: ReturnType<typeof httpRequest>,
  { url, cure }: Destination,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = false;
    onward.on("error", (error: NodeJS.ErrnoException) => {
      if (response.headersSent) response.destroy();
      reject(
        sent
          ? brokeOff(`The server at ${url.origin} broke off (${error.message}).`)
          : unavailable(`The server at ${url.origin} does not answer (${error.code ?? error.message}). ${cure}`),
      );
    });
    onward.on("socket", (socket) => (socket.connecting ? socket.once("connect", () => (sent = true)) : (sent = true)));
    onward.on("response", (answer) => {
      answerWith(answer, response, review).then(resolve, () => {
        if (response.headersSent) response.destroy();
        reject(brokeOff(`The server at ${url.origin} broke off in the middle of its answer.`));
      });
    });
    // A long poll whose caller left must not take a message.
    response.on("close", () => {
      if (!response.writableFinished) onward.destroy();
      resolve();
    });
    if (body === undefined) request.pipe(onward);
    else onward.end(body);
  });
}

async function answerWith(answer: IncomingMessage, response: ServerResponse, review: Exchange["review"]): Promise<void> {
  const status = answer.statusCode!;
  if (review === undefined) {
    response.writeHead(status, endToEnd(answer.headers));
    await pipeline(answer, response);
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  await review({ status, body });
  response.writeHead(status, { ...endToEnd(answer.headers), "content-length": body.byteLength });
  response.end(body);
}
