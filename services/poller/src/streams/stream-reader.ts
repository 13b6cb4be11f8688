import type { ListedShard, StartFrom } from "@lambdock/polling/streams/shard-lineage";

/**
 * A stream as its runner reads it: Kinesis or DynamoDB Streams. Everything rejects with
 * {@link SourceError}; nothing is repeated.
 */
export interface StreamReader {
  listShards(): Promise<StreamListing>;
  /** An iterator at that position; undefined: the shard is closed and read to its end. */
  iterator(shardId: string, position: ReadPosition): Promise<string | undefined>;
  read(request: ReadRequest): Promise<ShardRead>;
  /** Milliseconds to which arrival times are exact. */
  readonly arrivalPrecisionMs: number;
  close(): void;
}

export interface StreamListing {
  readonly shards: readonly ListedShard[];
  /** Milliseconds after which the stream drops records. */
  readonly retentionMs: number;
}

/** `latest`: after what is there now. */
export type ReadPosition =
  | Exclude<StartFrom, { kind: "latest" }>
  | { readonly kind: "latest" }
  | { readonly kind: "after"; readonly sequenceNumber: string };

export interface ReadRequest {
  readonly shardId: string;
  readonly iterator: string;
  readonly limit: number;
  /** Execution role of the function, for the event. */
  readonly roleArn: string;
}

/** What a read brought. */
export interface ShardRead {
  readonly records: readonly SourceRecord[];
  /** Absent: the shard is closed, and this was its end. */
  readonly next?: string;
  /** How far the read is behind the stream's end: zero says that nothing more was there. */
  readonly behind: boolean;
}

/** A record in the form in which the function sees it. */
export interface SourceRecord {
  readonly sequenceNumber: string;
  readonly orderKey: string;
  /** Epoch milliseconds. */
  readonly arrivedAt: number;
  readonly event: object;
}

/**
 * What a source answers instead:
 * `missing` no such stream or shard; `expired` the iterator, make another; `trimmed` the position is older
 * than what the stream keeps; `bad-position` it is none of this shard; `throttled` too many calls;
 * `unreachable` anything else, the network above all.
 */
export type SourceErrorKind = "missing" | "expired" | "trimmed" | "bad-position" | "throttled" | "unreachable";

/** A call that the source did not fulfil. */
export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly kind: SourceErrorKind;

  constructor(kind: SourceErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Wraps what the SDK rejects with; `kinds` by the service's error names. */
export async function asSource<Answer>(call: () => Promise<Answer>, kinds: Readonly<Record<string, SourceErrorKind>>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    const {
      name = "Error",
      message = "",
      code,
    } = (error ?? {}) as { readonly name?: string; readonly message?: string; readonly code?: string };
    throw new SourceError(kinds[name] ?? "unreachable", message || (code ?? name), { cause: error });
  }
}
