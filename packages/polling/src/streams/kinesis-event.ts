/** A Kinesis record as a function sees it (esm.md section 4.5) [recorded]. */

/** A record of GetRecords. */
export interface KinesisSourceRecord {
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  /** Base64. */
  readonly data: string;
  /** Epoch milliseconds. */
  readonly arrivedAt: number;
}

/** The shard it came from, and who asks for it. */
export interface KinesisShardPlace {
  readonly shardId: string;
  /** The mapping's: of the stream, or of its consumer. */
  readonly eventSourceArn: string;
  readonly region: string;
  /** ARN of the function's execution role. */
  readonly roleArn: string;
}

/** An element of the event's `Records`. */
export interface KinesisEventRecord {
  readonly kinesis: {
    readonly kinesisSchemaVersion: "1.0";
    readonly partitionKey: string;
    readonly sequenceNumber: string;
    readonly data: string;
    /** Epoch seconds with fractions. */
    readonly approximateArrivalTimestamp: number;
  };
  readonly eventSource: "aws:kinesis";
  readonly eventVersion: "1.0";
  readonly eventID: string;
  readonly eventName: "aws:kinesis:record";
  readonly invokeIdentityArn: string;
  readonly awsRegion: string;
  readonly eventSourceARN: string;
}

/** The record in AWS's form and key order. */
export function kinesisEventRecord(record: KinesisSourceRecord, place: KinesisShardPlace): KinesisEventRecord {
  const { sequenceNumber, partitionKey, data, arrivedAt } = record;
  return {
    kinesis: {
      kinesisSchemaVersion: "1.0",
      partitionKey,
      sequenceNumber,
      data,
      approximateArrivalTimestamp: arrivedAt / 1_000,
    },
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: `${place.shardId}:${sequenceNumber}`,
    eventName: "aws:kinesis:record",
    invokeIdentityArn: place.roleArn,
    awsRegion: place.region,
    eventSourceARN: place.eventSourceArn,
  };
}
