/**
 * Kinesis as a stream reader. A mapping on a consumer's ARN (enhanced fan-out) is served by polling the
 * stream too: the events carry the consumer's ARN, the throughput is the shared one.
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
 */
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  type GetShardIteratorCommandInput,
  type Shard,
  type _Record,
} from "@aws-sdk/client-kinesis";
import type { ServiceAddress } from "@lambdock/delivery/endpoints";
import type { EventSourceMapping } from "@lambdock/model/event-source-mapping";
import { kinesisEventRecord } from "@lambdock/polling/streams/kinesis-event";
import { lean } from "../lean-client.ts";
import { sourceClientSettings } from "./source-client.ts";
import {
  asSource,
  type ReadPosition,
  type SourceErrorKind,
  type SourceRecord,
  type StreamListing,
  type StreamReader,
} from "./stream-reader.ts";

const KINDS: Readonly<Record<string, SourceErrorKind>> = {
  ResourceNotFoundException: "missing",
  ExpiredIteratorException: "expired",
  ExpiredNextTokenException: "expired",
  InvalidArgumentException: "bad-position",
  ProvisionedThroughputExceededException: "throttled",
  LimitExceededException: "throttled",
  KMSThrottlingException: "throttled",
};
const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/** A reader of the mapping's stream, with a client of its own. */
export function createKinesisReader(mapping: EventSourceMapping, address: ServiceAddress): StreamReader {
  const StreamARN = streamArnOf(mapping.eventSourceArn);
  const [, , , region = "", accountId = ""] = StreamARN.split(":");
  const client = lean(new KinesisClient(sourceClientSettings({ region, accountId }, address)));
  return {
    arrivalPrecisionMs: 1,
    listShards: () => asSource(() => list(client, StreamARN), KINDS),
    iterator: (ShardId, position) =>
      asSource(async () => {
        const { ShardIterator } = await client.send(new GetShardIteratorCommand({ StreamARN, ShardId, ...placed(position) }));
        return ShardIterator;
      }, KINDS),
    read: ({ shardId, iterator, limit, roleArn }) =>
      asSource(async () => {
        const answer = await client.send(new GetRecordsCommand({ StreamARN, ShardIterator: iterator, Limit: limit }));
        const place = { shardId, region: mapping.region, eventSourceArn: mapping.eventSourceArn, roleArn };
        const records = (answer.Records ?? []).map((record) => sourceRecord(record, place));
        const behind = (answer.MillisBehindLatest ?? 0) > 0 || records.length >= limit;
        return { records, behind, ...(answer.NextShardIterator === undefined ? {} : { next: answer.NextShardIterator }) };
      }, KINDS),
    close: () => client.destroy(),
  };
}

/** The stream behind a consumer's ARN: `…:stream/name/consumer/c:1`. */
export function streamArnOf(eventSourceArn: string): string {
  return eventSourceArn.replace(/\/consumer\/.*$/, "");
}

async function list(client: KinesisClient, StreamARN: string): Promise<StreamListing> {
  const { StreamDescriptionSummary: summary } = await client.send(new DescribeStreamSummaryCommand({ StreamARN }));
  const shards: Shard[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(new ListShardsCommand(token === undefined ? { StreamARN } : { NextToken: token }));
    shards.push(...(page.Shards ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return {
    retentionMs: (summary?.RetentionPeriodHours ?? DAY_HOURS) * HOUR_MS,
    shards: shards.map(({ ShardId, ParentShardId, AdjacentParentShardId }) => ({
      shardId: ShardId!,
      parentIds: [ParentShardId, AdjacentParentShardId].filter((id) => id !== undefined),
    })),
  };
}

function placed(position: ReadPosition): Pick<GetShardIteratorCommandInput, "ShardIteratorType" | "StartingSequenceNumber" | "Timestamp"> {
  switch (position.kind) {
    case "trim-horizon":
      return { ShardIteratorType: "TRIM_HORIZON" };
    case "latest":
      return { ShardIteratorType: "LATEST" };
    case "timestamp":
      return { ShardIteratorType: "AT_TIMESTAMP", Timestamp: new Date(position.at) };
    case "after":
      return { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber: position.sequenceNumber };
  }
}

function sourceRecord(record: _Record, place: Parameters<typeof kinesisEventRecord>[1]): SourceRecord {
  const sequenceNumber = record.SequenceNumber!;
  const partitionKey = record.PartitionKey!;
  const arrivedAt = record.ApproximateArrivalTimestamp?.getTime() ?? 0;
  const data = Buffer.from(record.Data ?? []).toString("base64");
  return {
    sequenceNumber,
    orderKey: partitionKey,
    arrivedAt,
    event: kinesisEventRecord({ sequenceNumber, partitionKey, data, arrivedAt }, place),
  };
}
