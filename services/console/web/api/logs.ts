/** CloudWatch Logs, as far as the console needs it. */
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
  readonly pattern: string;
  readonly limit: number;
}

/** The newest events are at the end; a group that does not exist yet has none. */
export async function filterLogs({ group, from, pattern, limit }: LogQuery): Promise<readonly LogEvent[]> {
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
