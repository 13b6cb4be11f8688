/** What an event source mapping tells about its work, for the admin API, metrics and people. */
export interface MappingStatus {
  readonly batchesInFlight: number;
  /** SQS: pollers, each of which receives or waits for its invocation; streams: shard readers. */
  readonly pollers: number;
  /** Milliseconds: how far the oldest record that waits here is behind now. */
  readonly ageMs?: number;
  /** `OK`, `PROBLEM: …`. */
  readonly lastResult?: string;
  /** Streams: state of each shard. */
  readonly shards?: readonly { readonly shardId: string; readonly checkpoint?: string; readonly state: string }[];
}
