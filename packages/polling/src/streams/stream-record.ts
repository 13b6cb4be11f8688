/** A record as it was read from a shard. */
export interface StreamRecord {
  readonly sequenceNumber: string;
  /** Records of one key are delivered in order: the partition key (Kinesis), the item's key (DynamoDB). */
  readonly orderKey: string;
  /** Epoch milliseconds. */
  readonly arrivedAt: number;
  /** The record as the function sees it, JSON. */
  readonly json: string;
  /** Of `json` in UTF-8. */
  readonly bytes: number;
  /** A filter of the mapping matched it, or the mapping has none. */
  readonly passes: boolean;
}

/** A record that is not done yet. */
export interface PendingRecord extends StreamRecord {
  /** Sequence number of the record before it in the shard: the checkpoint for as long as this one is undone. Absent for a stream's first. */
  readonly after?: string;
}
