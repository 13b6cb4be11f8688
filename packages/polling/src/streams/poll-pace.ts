/**
 * How often a shard is read. AWS reads Kinesis once a second and DynamoDB four times a second per shard
 * (esm.md section 4.1), and both sooner when there is more to read. An endpoint of the user's own machine is read
 * more often, because there a second is long: every 100 ms after a record, slowing down to 200 ms while
 * nothing comes. Times are the wall clock's, whatever the time scale.
 */

/** Kinesis takes five reads a second per shard. */
const BEHIND_MS = 200;
const BASE_MS = { kinesis: 1_000, dynamodb: 250 } as const;
const LOCAL_BUSY_MS = 100;
const LOCAL_IDLE_MS = 200;
const LOCAL_BEHIND_MS = 20;
/** For so long after the last record a local shard counts as busy. */
const BUSY_FOR_MS = 10_000;

/** What is known after a read. */
export interface PollSituation {
  readonly source: "kinesis" | "dynamodb";
  /** The endpoint is not AWS's own. */
  readonly local: boolean;
  /** More is there already. */
  readonly behind: boolean;
  /** Milliseconds since the last read that found records. */
  readonly quietForMs: number;
}

/** Milliseconds from the start of a read to the start of the next. */
export function pollIntervalMs({ source, local, behind, quietForMs }: PollSituation): number {
  if (!local) return behind ? Math.min(BEHIND_MS, BASE_MS[source]) : BASE_MS[source];
  if (behind) return LOCAL_BEHIND_MS;
  return quietForMs < BUSY_FOR_MS ? LOCAL_BUSY_MS : LOCAL_IDLE_MS;
}
