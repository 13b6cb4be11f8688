/** Reads `GET /_lambdock/lifecycle`, again and again where it breaks off, and says where something may be missing. */
import { request, type IncomingMessage } from "node:http";
import { request as requestTls } from "node:https";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { EndpointError } from "./lambda-api.ts";

export interface LifecycleListener {
  onEvents(events: readonly LifecycleEvent[]): void;
  /** Events may be missing. */
  onGap(): void;
}

/** A reader at work. */
export interface LifecycleReader {
  /** Resolves once everything that happens from now on will be told; rejects when the endpoint has no such stream. */
  readonly opened: Promise<void>;
  close(): void;
}

const RETRY_MS = 200;

export interface Following {
  /** Which events are wanted, from `?` on. */
  readonly query: string;
  /** `LAMBDOCK_CONSOLE_TOKEN`, where the endpoint wants it. */
  readonly token?: string;
}

/** Follows the stream from now on. */
export function followLifecycle(endpoint: string, { query, token }: Following, listener: LifecycleListener): LifecycleReader {
  // Lambdock's own API answers under local names only, which keeps pages of browsers out; this is none.
  const headers = { accept: "text/event-stream", host: "localhost", ...(token === undefined ? {} : { "x-lambdock-token": token }) };
  let lastId: string | undefined;
  let closed = false;
  let wasOpen = false;
  let abort = (): void => undefined;
  let opened = (): void => undefined;
  let refused = (_error: Error): void => undefined;
  const ready = new Promise<void>((resolve, reject) => {
    opened = resolve;
    refused = reject;
  });
  const onMessage = ({ event, id, data }: Message): void => {
    if (id !== "") lastId = id;
    if (event === "open") {
      wasOpen = true;
      opened();
    } else if (event === "gap") listener.onGap();
    else if (data !== "") listener.onEvents(JSON.parse(data) as LifecycleEvent[]);
  };
  const again = (problem: string): void => {
    if (closed) return;
    if (!wasOpen) refused(new EndpointError(`${endpoint}/_lambdock/lifecycle can't be read: ${problem}.`));
    else setTimeout(connect, RETRY_MS);
  };
  const connect = (): void => {
    if (closed) return;
    const resume = lastId === undefined ? {} : { "last-event-id": lastId };
    const ask = endpoint.startsWith("https:") ? requestTls : request;
    const call = ask(`${endpoint}/_lambdock/lifecycle${query}`, { headers: { ...headers, ...resume } }, (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        return again(
          response.statusCode === 401
            ? "it wants the token of LAMBDOCK_CONSOLE_TOKEN: give it with --token"
            : `it answers ${response.statusCode}`,
        );
      }
      readMessages(response, onMessage);
      response.on("close", () => again("the connection was closed"));
    });
    abort = () => call.destroy();
    call.on("error", (error) => again(error.message));
    call.end();
  };
  connect();
  return {
    opened: ready,
    close() {
      closed = true;
      abort();
    },
  };
}

interface Message {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

function readMessages(response: IncomingMessage, onMessage: (message: Message) => void): void {
  let text = "";
  response.setEncoding("utf8");
  response.on("error", () => undefined); // `close` follows
  response.on("data", (chunk: string) => {
    text += chunk;
    const parts = text.split("\n\n");
    text = parts.pop()!;
    for (const part of parts) onMessage(messageOf(part));
  });
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html, of which the route uses a part. */
function messageOf(text: string): Message {
  const fields = { event: "message", id: "", data: "" };
  for (const line of text.split("\n")) {
    const colon = line.indexOf(": ");
    const name = line.slice(0, colon);
    if (name === "event" || name === "id" || name === "data") fields[name] = line.slice(colon + 2);
  }
  return fields;
}
