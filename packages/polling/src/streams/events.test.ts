import { expect, test } from "@jest/globals";
import { dynamoDbEventRecord, itemKey } from "./dynamodb-event.ts";
import { invocationEvent } from "./invocation-event.ts";
import { kinesisEventRecord } from "./kinesis-event.ts";
import { pollIntervalMs } from "./poll-pace.ts";
import { compareSequenceNumbers } from "./sequence-number.ts";
import { streamPolicy } from "./stream-policy.ts";

test("a Kinesis record is told in AWS's form and order", () => {
  const record = kinesisEventRecord(
    { sequenceNumber: "495", partitionKey: "k", data: "aGk=", arrivedAt: 1_700_000_000_123 },
    {
      shardId: "shardId-000000000006",
      eventSourceArn: "arn:aws:kinesis:eu-west-1:111122223333:stream/s",
      region: "eu-west-1",
      roleArn: "arn:aws:iam::111122223333:role/r",
    },
  );
  expect(JSON.stringify(record)).toBe(
    '{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"k","sequenceNumber":"495","data":"aGk=","approximateArrivalTimestamp":1700000000.123},' +
      '"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"shardId-000000000006:495","eventName":"aws:kinesis:record",' +
      '"invokeIdentityArn":"arn:aws:iam::111122223333:role/r","awsRegion":"eu-west-1","eventSourceARN":"arn:aws:kinesis:eu-west-1:111122223333:stream/s"}',
  );
});

const change = {
  eventId: "c4ca4238a0b923820dcc509a6f75849b",
  eventName: "MODIFY",
  sequenceNumber: "111",
  createdAt: 1_700_000_000_999,
  keys: { Id: { N: "101" } },
  newImage: { Id: { N: "101" }, Message: { S: "new" } },
  sizeBytes: 26,
  streamViewType: "NEW_AND_OLD_IMAGES",
};
const mapping = { region: "us-west-2", eventSourceArn: "arn:aws:dynamodb:us-west-2:111122223333:table/t/stream/x" };

test("a DynamoDB record is told in AWS's form and order, with the mapping's region and ARN", () => {
  expect(JSON.stringify(dynamoDbEventRecord({ ...change, oldImage: { Id: { N: "101" } } }, mapping))).toBe(
    '{"eventID":"c4ca4238a0b923820dcc509a6f75849b","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-west-2",' +
      '"dynamodb":{"ApproximateCreationDateTime":1700000000,"Keys":{"Id":{"N":"101"}},"NewImage":{"Id":{"N":"101"},"Message":{"S":"new"}},' +
      '"OldImage":{"Id":{"N":"101"}},"SequenceNumber":"111","SizeBytes":26,"StreamViewType":"NEW_AND_OLD_IMAGES"},' +
      '"eventSourceARN":"arn:aws:dynamodb:us-west-2:111122223333:table/t/stream/x"}',
  );
});

test("a deletion by time to live tells who did it", () => {
  const userIdentity = { type: "Service", principalId: "dynamodb.amazonaws.com" };
  const { newImage: _newImage, ...removal } = change;
  const record = dynamoDbEventRecord({ ...removal, eventName: "REMOVE", userIdentity }, mapping);
  expect(record.userIdentity).toEqual(userIdentity);
  expect(record.dynamodb).not.toHaveProperty("NewImage");
});

test("an item's key does not depend on the order of its attributes", () => {
  expect(itemKey({ a: { S: "1" }, b: { N: "2" } })).toBe(itemKey({ b: { N: "2" }, a: { S: "1" } }));
});

test("an event is its records, and a tumbling window adds six members", () => {
  const shard = { shardId: "s", eventSourceArn: "arn" };
  expect(invocationEvent([{ json: "1" }, { json: "2" }], shard)).toBe('{"Records":[1,2]}');
  const at = Date.parse("2026-11-03T10:00:00Z");
  const window = { start: at, end: at + 30_000, state: '{"n":1}', final: false, terminatedEarly: true };
  expect(JSON.parse(invocationEvent([], shard, window))).toEqual({
    Records: [],
    window: { start: "2026-11-03T10:00:00Z", end: "2026-11-03T10:00:30Z" },
    state: { n: 1 },
    shardId: "s",
    eventSourceARN: "arn",
    isFinalInvokeForWindow: false,
    isWindowTerminatedEarly: true,
  });
});

test.each([
  ["9", "10", -1],
  ["10", "9", 1],
  ["010", "10", 0],
  ["0", "0", 0],
  ["49590338271490256608559692538361571095921575989136588898", "49590338271490256608559692538361571095921575989136588899", -1],
])("sequence number %s against %s", (one, other, sign) => {
  expect(Math.sign(compareSequenceNumbers(one, other))).toBe(sign);
});

test.each([
  { source: "kinesis", local: false, behind: false, quietForMs: 0, expected: 1_000 },
  { source: "kinesis", local: false, behind: true, quietForMs: 0, expected: 200 },
  { source: "dynamodb", local: false, behind: false, quietForMs: 0, expected: 250 },
  { source: "dynamodb", local: true, behind: false, quietForMs: 0, expected: 100 },
  { source: "kinesis", local: true, behind: false, quietForMs: 60_000, expected: 200 },
  { source: "kinesis", local: true, behind: true, quietForMs: 0, expected: 20 },
] as const)("$source, local $local, behind $behind, quiet for $quietForMs ms: every $expected ms", ({ expected, ...situation }) => {
  expect(pollIntervalMs(situation)).toBe(expected);
});

test("a policy scales AWS's times, and the stream's retention bounds a record's age", () => {
  const settings = {
    batchSize: 7,
    maximumBatchingWindowSeconds: 10,
    reportBatchItemFailures: true,
    filters: [],
    stream: {
      parallelizationFactor: 4,
      startingPosition: "LATEST",
      maximumRecordAgeSeconds: -1,
      maximumRetryAttempts: -1,
      bisectBatchOnFunctionError: true,
      tumblingWindowSeconds: 0,
    },
  } as const;
  const policy = streamPolicy(settings, { timeScale: 10, retentionMs: 86_400_000 });
  expect(policy).toMatchObject({ lanes: 4, batchSize: 7, batchingWindowMs: 1_000, retriesMax: Infinity, recordAgeMaxMs: 86_400_000 });
  expect(policy.retry).toEqual({ firstMs: 100, factor: 1.7, maxMs: 1_500 });
  const windows = streamPolicy(
    { ...settings, stream: { ...settings.stream, tumblingWindowSeconds: 30, maximumRecordAgeSeconds: 60 } },
    { timeScale: 1, retentionMs: 86_400_000 },
  );
  expect(windows).toMatchObject({ lanes: 1, tumblingWindowMs: 30_000, recordAgeMaxMs: 60_000 });
});
