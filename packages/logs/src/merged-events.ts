import type { LogGroupRef, LogStore, Page, PageRequest } from "./log-store.ts";
import type { StoredEvent } from "./stored-events.ts";

/** An event of one of several streams. */
export interface MergedEvent extends StoredEvent {
  readonly logStream: string;
}

/** A place in the merged order: right after that event. */
export type MergedPlace = Pick<MergedEvent, "timestamp" | "ingestionTime" | "logStream" | "sequence">;

export interface MergeRequest {
  readonly group: LogGroupRef;
  readonly streams: readonly string[];
  /** Epoch milliseconds, inclusive. */
  readonly from: number;
  readonly to?: { readonly time: number; readonly inclusive: boolean };
  /** Only events after it. */
  readonly after?: MergedPlace;
}

interface Reader {
  readonly logStream: string;
  /** Read but not handed out yet, in order. */
  events: MergedEvent[];
  /** Where the next page starts. */
  last: MergedEvent | undefined;
  more: boolean;
}

/** Events read from all streams together at a time, about. */
const READ_AHEAD = 2_000;
const READ_BYTES_MAX = 1_048_576;

/** The order in which events of several streams are interleaved: by time, then ingestion, then stream, then place in it. */
export function compareMerged(a: MergedPlace, b: MergedPlace): number {
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp;
  if (a.ingestionTime !== b.ingestionTime) return a.ingestionTime - b.ingestionTime;
  if (a.logStream !== b.logStream) return a.logStream < b.logStream ? -1 : 1;
  return a.sequence - b.sequence;
}

/** Hands out the events of all streams in their merged order, in runs, reading no further than is asked for. */
export async function* mergeStreams(store: LogStore, request: MergeRequest): AsyncGenerator<readonly MergedEvent[]> {
  const pageEvents = Math.min(Math.max(Math.ceil(READ_AHEAD / Math.max(request.streams.length, 1)), 20), READ_AHEAD);
  let readers: Reader[] = request.streams.map((logStream) => ({ logStream, events: [], last: undefined, more: true }));
  while (readers.length > 0) {
    await Promise.all(
      readers.filter(({ events, more }) => more && events.length === 0).map((reader) => fill(store, request, reader, pageEvents)),
    );
    readers = readers.filter(({ events, more }) => more || events.length > 0);
    // What a stream has not been read for may come right after the last that was.
    const horizon = readers
      .filter(({ more, last }) => more && last !== undefined)
      .map(({ last }) => last!)
      .toSorted(compareMerged)[0];
    const ready = readers.flatMap((reader) => takeUpTo(reader, horizon)).toSorted(compareMerged);
    if (ready.length > 0) yield ready;
  }
}

async function fill(store: LogStore, request: MergeRequest, reader: Reader, eventsMax: number): Promise<void> {
  const { group, from, to, after } = request;
  const own = reader.last ?? (after?.logStream === reader.logStream ? after : undefined);
  const page: PageRequest = {
    group,
    stream: reader.logStream,
    from: Math.max(from, after?.timestamp ?? 0),
    direction: "forward",
    eventsMax,
    bytesMax: READ_BYTES_MAX,
    ...(to === undefined ? {} : { to }),
    ...(own === undefined ? {} : { place: { timestamp: own.timestamp, sequence: own.sequence } }),
  };
  const { events, more }: Page = await store.page(page);
  const merged = events.map((event) => ({ ...event, logStream: reader.logStream }));
  reader.last = merged.at(-1) ?? reader.last;
  reader.more = more;
  reader.events = after === undefined ? merged : merged.filter((event) => compareMerged(event, after) > 0);
}

function takeUpTo(reader: Reader, horizon: MergedEvent | undefined): MergedEvent[] {
  const past = horizon === undefined ? -1 : reader.events.findIndex((event) => compareMerged(event, horizon) > 0);
  const taken = past === -1 ? reader.events : reader.events.slice(0, past);
  reader.events = past === -1 ? [] : reader.events.slice(past);
  return taken;
}
