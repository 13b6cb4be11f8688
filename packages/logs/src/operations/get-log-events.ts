import type { EventPlace } from "../stored-events.ts";
import type { LogStore, Page, PageRequest } from "../log-store.ts";
import { noSuchStream } from "../logs-error.ts";
import { chosenGroup, operation, visibleFrom, type GroupChoice, type LogsOperation } from "./context.ts";
import { logGroupIdentifier, logGroupName, logStreamName, required, timestamp } from "./members.ts";
import { badToken } from "./tokens.ts";

interface Input extends GroupChoice {
  readonly logStreamName: string;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly limit?: number;
  readonly startFromHead?: boolean;
  readonly nextToken?: string;
}

/** "As many log events as can fit in a response size of 1 MB (up to 10,000 log events)". */
export const RESPONSE_BYTES_MAX = 1_048_576;
export const RESPONSE_EVENTS_MAX = 10_000;

/**
 * GetLogEvents: one stream, paged in both directions. A token says where to go on: `f/` after an
 * event, `b/` before one. Where there is nothing more, the token that was given comes back.
 */
export function getOperations(store: LogStore): Readonly<Record<string, LogsOperation>> {
  const constraints = {
    logGroupName,
    logGroupIdentifier,
    logStreamName: required(logStreamName),
    startTime: timestamp,
    endTime: timestamp,
    limit: { type: "number", min: 1, max: RESPONSE_EVENTS_MAX },
    startFromHead: { type: "boolean" },
    nextToken: { type: "string", min: 1 },
    unmask: { type: "boolean" },
  } as const;
  return {
    GetLogEvents: operation<Input>(constraints, async (input, context) => {
      const cursor = input.nextToken === undefined ? undefined : decodeCursor(input.nextToken);
      const { ref, record } = await chosenGroup(store, input, context);
      if ((await store.stream(ref, input.logStreamName)) === undefined) throw noSuchStream();
      const from = Math.max(input.startTime ?? 0, visibleFrom(record, context.now));
      const request: PageRequest = {
        group: ref,
        stream: input.logStreamName,
        from,
        eventsMax: input.limit ?? RESPONSE_EVENTS_MAX,
        bytesMax: RESPONSE_BYTES_MAX,
        ...(input.endTime === undefined ? {} : { to: { time: input.endTime, inclusive: false } }),
        direction: cursor?.direction ?? (input.startFromHead === true ? "forward" : "backward"),
        ...(cursor === undefined ? {} : { place: cursor.place }),
      };
      const { events } = await store.page(request);
      return {
        events: events.map(({ ingestionTime, timestamp: at, message }) => ({ ingestionTime, timestamp: at, message })),
        ...tokens({ events }, cursor?.place ?? { timestamp: from, sequence: 0 }),
      };
    }),
  };
}

/** Places around the page; around the place itself when the page is empty, so that neither direction moves. */
function tokens(
  { events }: Pick<Page, "events">,
  place: EventPlace,
): { readonly nextForwardToken: string; readonly nextBackwardToken: string } {
  const last = events.at(-1) ?? place;
  const first = events[0];
  const before = first === undefined ? place : { timestamp: first.timestamp, sequence: first.sequence - 1 };
  return { nextForwardToken: encodeCursor("f", last), nextBackwardToken: encodeCursor("b", before) };
}

/** 56 digits, as in AWS's tokens: 16 of the timestamp, 40 of the sequence. Right after that place, or up to it. */
function encodeCursor(direction: "f" | "b", { timestamp: at, sequence }: EventPlace): string {
  return `${direction}/${String(at).padStart(16, "0")}${String(sequence).padStart(40, "0")}/s`;
}

function decodeCursor(token: string): { readonly direction: "forward" | "backward"; readonly place: EventPlace } {
  const [, direction, at, sequence] = /^([fb])\/(\d{16})(\d{40})(?:\/s)?$/.exec(token) ?? [];
  if (direction === undefined) throw badToken();
  return { direction: direction === "f" ? "forward" : "backward", place: { timestamp: Number(at), sequence: Number(sequence) } };
}
