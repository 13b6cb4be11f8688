/**
 * Lambdock's own API for people, for the console and for load reports: the lifecycle stream as
 * server-sent events. Not AWS's: it is `GET /_lambdock/lifecycle`.
 *
 * | query | meaning |
 * | --- | --- |
 * | `from=now` (default), `from=all` or `from=<id>` | where to begin; the header `Last-Event-ID` goes before |
 * | `type=throttle,environment` | only events of these types |
 * | `function=hello,other` | only events of these functions: names or unqualified ARNs |
 *
 * Each message is one entry of the stream: its `id`, and as `data` a JSON list of
 * {@link LifecycleEvent}. A message `event: gap` says that entries after `{"after": "<id>"}` may be
 * missing: the stream is bounded, and the reader was too slow or away for too long. The first message is
 * `event: open`, sent once everything that happens from now on will be told.
 */
import { once } from "node:events";
import type { Request, RequestHandler, Response } from "express";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import type { LifecycleFeed, LifecycleItem } from "@lambdock/store/lifecycle-feed";

/** Each reader holds a connection to Redis. */
const READERS_MAX = 64;
/** Something is sent so often even when there is nothing to tell, so that a dead connection is noticed. */
const HEARTBEAT_MS = 10_000;
/** How soon a browser shall connect again. */
const RETRY_MS = 1_000;
/** `arn:aws:lambda:REGION:ACCOUNT:function:NAME`. */
const UNQUALIFIED_ARN_PARTS = 7;
const ID = /^\d{1,15}(-\d{1,15})?$/;

export interface LifecycleRouteOptions {
  readonly feed: LifecycleFeed;
  /** Ends all streams: the gateway stops. */
  readonly stopping: AbortSignal;
}

type Wanted = (event: LifecycleEvent) => boolean;

/** The handler of `GET /_lambdock/lifecycle`. */
export function createLifecycleRoute({ feed, stopping }: LifecycleRouteOptions): RequestHandler {
  let readers = 0;
  return async (request, response) => {
    const query = new URL(request.url, "http://localhost").searchParams;
    const from = beginOf(request, query.get("from"));
    if (from === undefined) return refuse(response, 400, "from must be now, all, or the id of an event.");
    if (stopping.aborted || readers >= READERS_MAX)
      return refuse(response, 503, `More than ${READERS_MAX} readers of the lifecycle stream: close some.`);
    readers += 1;
    try {
      await tell(response, { items: (signal) => feed(from, signal), wanted: filterOf(query), stopping });
    } finally {
      readers -= 1;
    }
  };
}

function refuse(response: Response, status: number, message: string): void {
  response.status(status).json({ message });
}

/** `undefined` when it is no place in the stream. */
function beginOf(request: Request, given: string | null): string | undefined {
  const resumed = request.headers["last-event-id"];
  const from = typeof resumed === "string" && resumed !== "" ? resumed : (given ?? "now");
  if (from === "now") return "$";
  if (from === "all") return "0";
  return ID.test(from) ? from : undefined;
}

function filterOf(query: URLSearchParams): Wanted {
  const types = listOf(query.get("type"));
  const functions = listOf(query.get("function"));
  // Mappings of a version or an alias tell its qualified ARN.
  const ofFunction = (arn: string): boolean => {
    const parts = arn.split(":").slice(0, UNQUALIFIED_ARN_PARTS);
    return functions!.has(parts.join(":")) || functions!.has(parts.at(-1)!);
  };
  // What is about no function at all concerns those of any.
  const ofWanted = (event: LifecycleEvent): boolean =>
    functions === undefined || !("functionArn" in event) || ofFunction(event.functionArn);
  return (event) => (types === undefined || types.has(event.type)) && ofWanted(event);
}

function listOf(text: string | null): ReadonlySet<string> | undefined {
  return text === null || text === "" ? undefined : new Set(text.split(","));
}

interface Telling {
  readonly items: (signal: AbortSignal) => AsyncGenerator<LifecycleItem>;
  readonly wanted: Wanted;
  readonly stopping: AbortSignal;
}

/** Until the reader leaves or the gateway stops. A reader that is slower than the stream is waited for. */
async function tell(response: Response, { items, wanted, stopping }: Telling): Promise<void> {
  const left = new AbortController();
  response.on("close", () => left.abort());
  const signal = AbortSignal.any([left.signal, stopping]);
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no" });
  // Where a reader is that wanted nothing for a while: who comes back need not read that again.
  let reached = "";
  const heartbeat = setInterval(() => response.write(reached === "" ? ":\n\n" : `id: ${reached}\n\n`), HEARTBEAT_MS);
  try {
    for await (const item of items(signal)) {
      reached = item.type === "gap" ? reached : item.id;
      const text = messageOf(item, wanted);
      if (text !== undefined && !response.write(text)) await once(response, "drain", { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearInterval(heartbeat);
    response.end();
  }
}

/** `undefined` when the reader wants nothing of it. */
function messageOf(item: LifecycleItem, wanted: Wanted): string | undefined {
  if (item.type === "begun") return `retry: ${RETRY_MS}\nevent: open\nid: ${item.id}\ndata: {}\n\n`;
  if (item.type === "gap") return `event: gap\ndata: ${JSON.stringify({ after: item.after })}\n\n`;
  const events = item.events.filter(wanted);
  return events.length === 0 ? undefined : `id: ${item.id}\ndata: ${JSON.stringify(events)}\n\n`;
}
