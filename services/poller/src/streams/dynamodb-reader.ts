/**
 * DynamoDB Streams as a stream reader. What emulators do differently is tolerated here: the mapping's
 * own ARN and region stand in the events, and a shard counts as closed only when no iterator follows.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
 */
import { createHash } from "node:crypto";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type Shard,
  type _Record,
} from "@aws-sdk/client-dynamodb-streams";
import type { ServiceAddress } from "@lambdock/delivery/endpoints";
import type { EventSourceMapping } from "@lambdock/model/event-source-mapping";
import { dynamoDbEventRecord, itemKey, type DynamoDbSourceRecord } from "@lambdock/polling/streams/dynamodb-event";
import { itemJson } from "./attribute-json.ts";
import { lean } from "../lean-client.ts";
import { sourceClientSettings } from "./source-client.ts";
import {
  asSource,
  SourceError,
  type ReadPosition,
  type SourceErrorKind,
  type SourceRecord,
  type StreamListing,
  type StreamReader,
} from "./stream-reader.ts";

const KINDS: Readonly<Record<string, SourceErrorKind>> = {
  ResourceNotFoundException: "missing",
  ExpiredIteratorException: "expired",
  TrimmedDataAccessException: "trimmed",
  LimitExceededException: "throttled",
};
/** Asking for a position that can't be is a validation error. */
const POSITION_KINDS: Readonly<Record<string, SourceErrorKind>> = { ...KINDS, ValidationException: "bad-position" };
/** Reading with an iterator that is none, likewise. */
const ITERATOR_KINDS: Readonly<Record<string, SourceErrorKind>> = { ...KINDS, ValidationException: "expired" };
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html */
const READ_RECORDS_MAX = 1_000;
const DAY_MS = 86_400_000;

/** A reader of the mapping's stream, with a client of its own. */
export function createDynamoDbReader(mapping: EventSourceMapping, address: ServiceAddress): StreamReader {
  const StreamArn = mapping.eventSourceArn;
  const [, , , region = "", accountId = ""] = StreamArn.split(":");
  const client = lean(new DynamoDBStreamsClient(sourceClientSettings({ region, accountId }, streamsAddress(address))));
  return {
    // Creation times are whole seconds.
    arrivalPrecisionMs: 1_000,
    listShards: () => asSource(() => list(client, StreamArn), KINDS),
    iterator: (ShardId, position) =>
      asSource(async () => {
        const { ShardIterator } = await client.send(new GetShardIteratorCommand({ StreamArn, ShardId, ...placed(position) }));
        return ShardIterator;
      }, POSITION_KINDS),
    read: ({ shardId, iterator, limit }) =>
      asSource(async () => {
        const Limit = Math.min(limit, READ_RECORDS_MAX);
        const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit }));
        const records = (answer.Records ?? []).map((record) => sourceRecord(record, mapping, shardId));
        // A read stops at 1 MB too: only an empty one says that nothing more is there.
        return {
          records,
          behind: records.length > 0,
          ...(answer.NextShardIterator === undefined ? {} : { next: answer.NextShardIterator }),
        };
      }, ITERATOR_KINDS),
    close: () => client.destroy(),
  };
}

/** AWS serves the streams under a name of their own. */
function streamsAddress(address: ServiceAddress): ServiceAddress {
  return { ...address, endpoint: address.endpoint.replace(/^(https?:\/\/)(dynamodb\.[^/]*amazonaws\.com)/, "$1streams.$2") };
}

async function list(client: DynamoDBStreamsClient, StreamArn: string): Promise<StreamListing> {
  const shards: Shard[] = [];
  let from: string | undefined;
  do {
    const page = await client.send(
      new DescribeStreamCommand({ StreamArn, ...(from === undefined ? {} : { ExclusiveStartShardId: from }) }),
    );
    shards.push(...(page.StreamDescription?.Shards ?? []));
    from = page.StreamDescription?.LastEvaluatedShardId;
  } while (from !== undefined);
  return {
    retentionMs: DAY_MS,
    shards: shards.map(({ ShardId, ParentShardId }) => ({
      shardId: ShardId!,
      parentIds: ParentShardId === undefined ? [] : [ParentShardId],
    })),
  };
}

function placed(position: ReadPosition): Pick<GetShardIteratorCommandInput, "ShardIteratorType" | "SequenceNumber"> {
  switch (position.kind) {
    case "trim-horizon":
      return { ShardIteratorType: "TRIM_HORIZON" };
    case "latest":
      return { ShardIteratorType: "LATEST" };
    case "after":
      return { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: position.sequenceNumber };
    case "timestamp":
      throw new SourceError("bad-position", "DynamoDB Streams can't be read from an instant");
  }
}

function sourceRecord(record: _Record, mapping: EventSourceMapping, shardId: string): SourceRecord {
  const { dynamodb: change = {} } = record;
  const keys = itemJson(change.Keys ?? {});
  const sequenceNumber = change.SequenceNumber!;
  const createdAt = change.ApproximateCreationDateTime?.getTime() ?? 0;
  const source: DynamoDbSourceRecord = {
    eventId: eventId(record.eventID, `${mapping.eventSourceArn} ${shardId} ${sequenceNumber}`),
    eventName: record.eventName ?? "MODIFY",
    sequenceNumber,
    createdAt,
    keys,
    ...(change.NewImage === undefined ? {} : { newImage: itemJson(change.NewImage) }),
    ...(change.OldImage === undefined ? {} : { oldImage: itemJson(change.OldImage) }),
    sizeBytes: change.SizeBytes ?? 0,
    streamViewType: change.StreamViewType ?? "KEYS_ONLY",
    ...identity(record),
  };
  return { sequenceNumber, orderKey: itemKey(keys), arrivedAt: createdAt, event: dynamoDbEventRecord(source, mapping) };
}

/** AWS's are 32 hexadecimal digits; emulators count. */
function eventId(given: string | undefined, about: string): string {
  return given !== undefined && /^[0-9a-f]{32}$/.test(given) ? given : createHash("md5").update(about).digest("hex");
}

function identity({ userIdentity }: _Record): Pick<DynamoDbSourceRecord, "userIdentity"> {
  if (userIdentity === undefined) return {};
  return { userIdentity: { type: userIdentity.Type ?? "Service", principalId: userIdentity.PrincipalId ?? "" } };
}
