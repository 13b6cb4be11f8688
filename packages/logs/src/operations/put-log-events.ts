import { EVENT_BYTES_MAX, EVENT_OVERHEAD_BYTES } from "../log-bounds.ts";
import { invalidParameter, noSuchGroup, noSuchStream } from "../logs-error.ts";
import type { LogStore } from "../log-store.ts";
import type { LogEvent } from "../port.ts";
import { groupRef, operation, visibleFrom, type LogsOperation } from "./context.ts";
import { logGroupName, logStreamName, required, timestamp } from "./members.ts";

interface Input {
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly logEvents: readonly LogEvent[];
}

const BATCH_BYTES_MAX = 1_048_576;
const SPAN_MS_MAX = 86_400_000;
const FUTURE_MS_MAX = 7_200_000;
const PAST_MS_MAX = 14 * 86_400_000;

/** PutLogEvents: users' own programs write to a stream that exists. Sequence tokens are ignored, as AWS does since 2023. */
export function putOperations(store: LogStore): Readonly<Record<string, LogsOperation>> {
  const event = {
    type: "structure",
    members: { timestamp: required(timestamp), message: { type: "string", min: 1, required: true } },
    required: true,
  } as const;
  return {
    PutLogEvents: operation<Input>(
      {
        logGroupName: required(logGroupName),
        logStreamName: required(logStreamName),
        logEvents: { type: "list", min: 1, max: 10_000, item: event, required: true },
        sequenceToken: { type: "string", min: 1 },
      },
      async (input, context) => {
        checkBatch(input.logEvents);
        const group = groupRef(context, input.logGroupName);
        const record = await store.group(group);
        if (record === undefined) throw noSuchGroup();
        const { accepted, rejected } = sift(input.logEvents, { now: context.now, visibleFrom: visibleFrom(record, context.now) });
        const outcome = await store.append({ group, stream: input.logStreamName, events: accepted, now: context.now, create: false });
        if (outcome === "no group") throw noSuchGroup();
        if (outcome === "no stream") throw noSuchStream();
        return {
          nextSequenceToken: String(context.now).padStart(56, "4"),
          ...(rejected === undefined ? {} : { rejectedLogEventsInfo: rejected }),
        };
      },
    ),
  };
}

function checkBatch(events: readonly LogEvent[]): void {
  let total = 0;
  for (const [index, event] of events.entries()) {
    const bytes = Buffer.byteLength(event.message) + EVENT_OVERHEAD_BYTES;
    if (bytes > EVENT_BYTES_MAX) throw invalidParameter(`Log event too large: ${bytes} bytes exceeds limit of ${EVENT_BYTES_MAX}`);
    if (index > 0 && event.timestamp < events[index - 1]!.timestamp)
      throw invalidParameter("Log events in a single PutLogEvents request must be in chronological order.");
    total += bytes;
  }
  if (total > BATCH_BYTES_MAX) throw invalidParameter(`Upload too large: ${total} bytes exceeds limit of ${BATCH_BYTES_MAX}`);
  const span = events.at(-1)!.timestamp - events[0]!.timestamp;
  if (span > SPAN_MS_MAX)
    throw invalidParameter("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
}

interface Rejected {
  readonly tooNewLogEventStartIndex?: number;
  readonly tooOldLogEventEndIndex?: number;
  readonly expiredLogEventEndIndex?: number;
}

/** Events are in order, so what is too old is at the front (ends exclusive) and what is too new at the back. */
function sift(
  events: readonly LogEvent[],
  at: { readonly now: number; readonly visibleFrom: number },
): { readonly accepted: readonly LogEvent[]; readonly rejected?: Rejected } {
  const firstIndex = (limit: number): number => {
    const index = events.findIndex((event) => event.timestamp >= limit);
    return index === -1 ? events.length : index;
  };
  const tooOld = firstIndex(at.now - PAST_MS_MAX);
  const expired = firstIndex(at.visibleFrom);
  const tooNew = firstIndex(at.now + FUTURE_MS_MAX + 1);
  const accepted = events.slice(Math.max(tooOld, expired), tooNew);
  if (accepted.length === events.length) return { accepted };
  const rejected = {
    ...(tooNew < events.length ? { tooNewLogEventStartIndex: tooNew } : {}),
    ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
    ...(expired > tooOld ? { expiredLogEventEndIndex: expired } : {}),
  };
  return { accepted, rejected };
}
