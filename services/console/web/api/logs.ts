/** CloudWatch Logs, as far as the console needs it. */
import { mergeLines, spansBack } from "../../src/live/log-lines.ts";
import { ApiError, target } from "./http.ts";

export interface LogEvent {
  readonly eventId: string;
  readonly logStreamName: string;
  readonly timestamp: number;
  readonly message: string;
}

export interface LogQuery {
  readonly group: string;
  /** Epoch milliseconds. */
  readonly from: number;
  /** The last that is of interest; absent: no end. */
  readonly to?: number;
  readonly pattern: string;
  readonly limit: number;
}

/** Lines are written a moment after they happened: so far back is read again each time. */
const LATE_MS = 5_000;

/** Follows a log: each call answers the newest lines of the time before it. Reads what is new only, however much there is. */
export function createLogTail({ group, pattern, limit, spanMs, now }: LogTailQuery): () => Promise<readonly LogEvent[]> {
  let kept: readonly LogEvent[] | undefined;
  return async () => {
    const to = now();
    const from = to - spanMs;
    const last = kept?.at(-1)?.timestamp;
    const read =
      last === undefined
        ? await newestLogs({ group, pattern, limit, from, to })
        : await filterLogs({ group, pattern, limit, from: Math.max(from, last - LATE_MS) });
    kept = mergeLines(kept ?? [], read, { from, limit });
    return kept;
  };
}

export interface LogTailQuery {
  readonly group: string;
  readonly pattern: string;
  readonly limit: number;
  /** How far back, milliseconds. */
  readonly spanMs: number;
  /** Epoch milliseconds, as the server counts them. */
  readonly now: () => number;
}

/** FilterLogEvents begins with the oldest: the time is read in parts from its end, until there is enough. */
async function newestLogs({ from, to, ...query }: LogQuery & { readonly to: number }): Promise<readonly LogEvent[]> {
  let found: readonly LogEvent[] = [];
  for (const [begin, end] of spansBack(from, to)) {
    const last = end === to ? {} : { to: end };
    found = mergeLines(found, await filterLogs({ ...query, from: begin, ...last }), { from, limit: query.limit });
    if (found.length >= query.limit) break;
  }
  return found;
}

/** The newest events are at the end; a group that does not exist yet has none. */
async function filterLogs({ group, from, to, pattern, limit }: LogQuery): Promise<readonly LogEvent[]> {
  const events: LogEvent[] = [];
  let nextToken: string | undefined;
  try {
    do {
      const page = await target<{ readonly events?: readonly LogEvent[]; readonly nextToken?: string }>(
        "logs",
        "Logs_20140328.FilterLogEvents",
        {
          logGroupName: group,
          startTime: Math.floor(from),
          ...(to === undefined ? {} : { endTime: Math.floor(to) }),
          ...(pattern === "" ? {} : { filterPattern: pattern }),
          ...(nextToken === undefined ? {} : { nextToken }),
        },
      );
      events.push(...(page.events ?? []));
      if (events.length > limit * 2) events.splice(0, events.length - limit);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  } catch (error) {
    if (error instanceof ApiError && error.code === "ResourceNotFoundException") return [];
    throw error;
  }
  return events.slice(-limit);
}
