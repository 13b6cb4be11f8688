/** Reads one shard, again and again, until it ends or the work is stopped. */
import type { Timers } from "@lambdock/kernel/clock";
import { backoffMs, type Backoff } from "@lambdock/polling/streams/backoff";
import { pollIntervalMs } from "@lambdock/polling/streams/poll-pace";
import { problemOf } from "./function-target.ts";
import type { Pausing } from "./pausing.ts";
import { SourceError, type ReadPosition, type SourceRecord, type StreamReader } from "./stream-reader.ts";

/** What a read brought to the shard's work. */
export interface Reading {
  readonly records: readonly SourceRecord[];
  readonly closed: boolean;
  /** Epoch milliseconds at which nothing more was there. */
  readonly caughtUpAt?: number;
}

export interface ShardPollOptions {
  readonly shardId: string;
  readonly reader: StreamReader;
  readonly source: "kinesis" | "dynamodb";
  /** The endpoint is not AWS's own. */
  readonly local: boolean;
  readonly timers: Timers;
  readonly pausing: Pausing;
  /** Ends its pauses when there is place for more records. */
  readonly space: Pausing;
  /** Records to read now; 0: there is no place. */
  limit(): number;
  /** Rejects when the function can't be run, which is a reason not to read. */
  roleArn(): Promise<string>;
  /** Where to read from when there is no iterator. */
  position(): ReadPosition;
  onReading(reading: Reading): void;
  /** Reading fails, or does again (undefined). */
  onTrouble(problem: string | undefined): void;
  /** The source knows no such stream or shard. */
  onMissing(): void;
  /** What `position` said can't be read from. */
  onLostPosition(error: SourceError): void;
}

const RETRY: Backoff = { firstMs: 100, factor: 2, maxMs: 2_000 };
/** A single failure is nothing to speak of: connections break. */
const FAILURES_TOLD = 2;
/** Whoever lists the shards finds out first what is wrong. */
const MISSES_TOLD = 5;
const SPACE_CHECK_MS = 1_000;

/** Polls; resolves when the shard has ended or `pausing` is stopped. Never rejects. */
export async function pollShard(options: ShardPollOptions): Promise<void> {
  const { timers, pausing, space } = options;
  const state: PollState = { iterator: undefined, failures: 0, lastRecordAt: timers.monotonic() };
  while (!pausing.stopped) {
    const limit = options.limit();
    if (limit === 0) {
      await space.pause(SPACE_CHECK_MS);
      continue;
    }
    const startedAt = timers.monotonic();
    let waitMs: number;
    try {
      const outcome = await readOnce(options, state, limit);
      if (outcome === "ended") return;
      state.failures = 0;
      options.onTrouble(undefined);
      const { source, local } = options;
      const intervalMs = pollIntervalMs({ source, local, behind: outcome.behind, quietForMs: startedAt - state.lastRecordAt });
      waitMs = intervalMs - (timers.monotonic() - startedAt);
    } catch (error) {
      waitMs = failed(options, state, error);
    }
    if (waitMs > 0 && !(await pausing.pause(waitMs))) return;
  }
}

interface PollState {
  iterator: string | undefined;
  failures: number;
  /** Monotonic milliseconds. */
  lastRecordAt: number;
}

async function readOnce(options: ShardPollOptions, state: PollState, limit: number): Promise<"ended" | { readonly behind: boolean }> {
  const { reader, shardId, timers, pausing } = options;
  const roleArn = await options.roleArn();
  state.iterator ??= await reader.iterator(shardId, options.position());
  const askedAt = timers.now();
  const iterator = state.iterator;
  const read = iterator === undefined ? undefined : await reader.read({ shardId, iterator, limit, roleArn });
  if (pausing.stopped) return "ended";
  if (read === undefined || read.next === undefined) {
    options.onTrouble(undefined);
    options.onReading({ records: read?.records ?? [], closed: true });
    return "ended";
  }
  state.iterator = read.next;
  if (read.records.length > 0) state.lastRecordAt = timers.monotonic();
  options.onReading({ records: read.records, closed: false, ...(read.behind ? {} : { caughtUpAt: askedAt }) });
  return { behind: read.behind };
}

/** Milliseconds to wait. The next iterator is made from the last record read. */
function failed(options: ShardPollOptions, state: PollState, error: unknown): number {
  state.failures += 1;
  const kind = error instanceof SourceError ? error.kind : undefined;
  if (kind !== "throttled") state.iterator = undefined;
  // An expired iterator is nothing but a long pause.
  if (kind === "expired" && state.failures === 1) return 0;
  if (kind === "trimmed" || kind === "bad-position") options.onLostPosition(error as SourceError);
  if (kind === "missing") options.onMissing();
  if (state.failures >= (kind === "missing" ? MISSES_TOLD : FAILURES_TOLD)) tell(options, error);
  return backoffMs(RETRY, state.failures);
}

/** Throttling passes. */
function tell(options: ShardPollOptions, error: unknown): void {
  if (!(error instanceof SourceError)) return options.onTrouble(problemOf(error));
  if (error.kind !== "throttled") options.onTrouble(readingProblem(error));
}

/** Reading fails, for `LastProcessingResult`. */
export function readingProblem(error: unknown): string {
  return `PROBLEM: Lambda internal error. The stream can't be read: ${error instanceof Error ? error.message : String(error)}`;
}
