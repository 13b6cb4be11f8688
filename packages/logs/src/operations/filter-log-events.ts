import { createHash } from "node:crypto";
import { EVENT_OVERHEAD_BYTES } from "../log-bounds.ts";
import { invalidParameter, noSuchStream } from "../logs-error.ts";
import type { LogGroupRef, LogStore } from "../log-store.ts";
import { parseFilterPattern } from "../filter/filter-pattern.ts";
import { mergeStreams, type MergedEvent, type MergedPlace, type MergeRequest } from "../merged-events.ts";
import { chosenGroup, operation, visibleFrom, type GroupChoice, type LogsOperation } from "./context.ts";
import { RESPONSE_BYTES_MAX, RESPONSE_EVENTS_MAX } from "./get-log-events.ts";
import { logGroupIdentifier, logGroupName, logStreamName, nextToken, timestamp } from "./members.ts";
import { decodeToken, encodeToken } from "./tokens.ts";

interface Input extends GroupChoice {
  readonly logStreamNames?: readonly string[];
  readonly logStreamNamePrefix?: string;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly filterPattern?: string;
  readonly limit?: number;
  readonly nextToken?: string;
}

/** Events looked at for one answer; then it comes with what was found and a token, perhaps empty, as AWS's do. */
const SCANNED_EVENTS_MAX = 50_000;

const CONSTRAINTS = {
  logGroupName,
  logGroupIdentifier,
  logStreamNames: { type: "list", min: 1, max: 100, item: { ...logStreamName, required: true } },
  logStreamNamePrefix: logStreamName,
  startTime: timestamp,
  endTime: timestamp,
  filterPattern: { type: "string", max: 1_024 },
  nextToken,
  limit: { type: "number", min: 1, max: RESPONSE_EVENTS_MAX },
  interleaved: { type: "boolean" },
  unmask: { type: "boolean" },
} as const;

/** FilterLogEvents: the events of a group's streams, interleaved by time. `interleaved` is ignored (always true), as in AWS since 2019. */
export function filterOperations(store: LogStore): Readonly<Record<string, LogsOperation>> {
  return {
    FilterLogEvents: operation<Input>(CONSTRAINTS, async (input, context) => {
      if (input.logStreamNames !== undefined && input.logStreamNamePrefix !== undefined)
        throw invalidParameter("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.");
      const matches = parseFilterPattern(input.filterPattern ?? "");
      const after = input.nextToken === undefined ? undefined : decodePlace(input.nextToken);
      const { ref, record } = await chosenGroup(store, input, context);
      const from = Math.max(input.startTime ?? 0, visibleFrom(record, context.now));
      const request: MergeRequest = {
        group: ref,
        streams: await chosenStreams(store, ref, { ...input, from }),
        from,
        ...(input.endTime === undefined ? {} : { to: { time: input.endTime, inclusive: true } }),
        ...(after === undefined ? {} : { after }),
      };
      const { found, next } = await search(store, request, { matches, limit: input.limit ?? RESPONSE_EVENTS_MAX });
      const events = found.map(({ logStream, timestamp: at, message, ingestionTime, sequence }) => ({
        logStreamName: logStream,
        timestamp: at,
        message,
        ingestionTime,
        eventId: eventId(logStream, at, sequence),
      }));
      // AWS has answered an empty searchedLogStreams since 2020.
      return {
        events,
        searchedLogStreams: [],
        ...(next === undefined ? {} : { nextToken: encodeToken([next.timestamp, next.ingestionTime, next.logStream, next.sequence]) }),
      };
    }),
  };
}

async function chosenStreams(store: LogStore, ref: LogGroupRef, input: Input & { readonly from: number }): Promise<readonly string[]> {
  const { logStreamNames: names, logStreamNamePrefix: prefix = "", from } = input;
  const present = await store.streams(ref);
  if (names?.some((name) => !present.some((stream) => stream.name === name)) === true) throw noSuchStream();
  // A stream whose last event is older has nothing to say.
  return present
    .filter(({ name, lastActive }) => (names?.includes(name) ?? name.startsWith(prefix)) && lastActive >= from)
    .map(({ name }) => name);
}

interface Search {
  readonly matches: (message: string) => boolean;
  readonly limit: number;
}

interface Found {
  readonly events: MergedEvent[];
  bytes: number;
  scanned: number;
  /** The last event that was looked at and whose match, if any, is in the answer. */
  last?: MergedPlace;
}

async function search(
  store: LogStore,
  request: MergeRequest,
  query: Search,
): Promise<{ readonly found: readonly MergedEvent[]; readonly next?: MergedPlace }> {
  const found: Found = { events: [], bytes: 0, scanned: 0 };
  for await (const run of mergeStreams(store, request)) {
    const unread = run.find((event) => !take(found, event, query));
    if (unread !== undefined) return { found: found.events, next: found.last! };
  }
  return { found: found.events };
}

/** Looks at one more event; false when it no longer belongs into this answer. */
function take(found: Found, event: MergedEvent, { matches, limit }: Search): boolean {
  if (found.events.length === limit || found.scanned === SCANNED_EVENTS_MAX) return false;
  if (matches(event.message)) {
    const bytes = found.bytes + Buffer.byteLength(event.message) + EVENT_OVERHEAD_BYTES;
    if (found.events.length > 0 && bytes > RESPONSE_BYTES_MAX) return false;
    found.events.push(event);
    found.bytes = bytes;
  }
  found.scanned += 1;
  found.last = event;
  return true;
}

function decodePlace(token: string): MergedPlace {
  const [at, ingestionTime, logStream, sequence] = decodeToken(token, [0, 0, "", 0] as [number, number, string, number]);
  return { timestamp: at, ingestionTime, logStream, sequence };
}

/** 56 digits, as AWS's ids: time, stream and place in it make it unique in the group. */
function eventId(logStream: string, at: number, sequence: number): string {
  const stream = BigInt(`0x${createHash("sha1").update(logStream).digest("hex")}`) % 10n ** 28n;
  return `3${String(at).padStart(15, "0")}${String(stream).padStart(28, "0")}${String(sequence).padStart(12, "0")}`;
}
