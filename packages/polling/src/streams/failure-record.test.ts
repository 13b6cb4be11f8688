import { expect, test } from "@jest/globals";
import { failureObjectKey, failureRecord, type FailedBatch } from "./failure-record.ts";
import { records } from "./testing/virtual-shard.ts";

const batch: FailedBatch = {
  source: "kinesis",
  streamArn: "arn:aws:kinesis:us-east-1:111122223333:stream/s",
  functionArn: "arn:aws:lambda:us-east-1:111122223333:function:f",
  shardId: "shardId-000000000001",
  records: [
    ...records(1, 1, { arrivedAt: Date.parse("2026-11-03T10:20:04.835Z") }),
    ...records(2, 1, { arrivedAt: Date.parse("2026-11-03T10:20:05.580Z") }),
  ],
  failure: {
    condition: "RetryAttemptsExhausted",
    approximateInvokeCount: 3,
    last: { requestId: "last", executedVersion: "$LATEST", functionError: "Unhandled" },
  },
  requestId: "none",
  failedAt: Date.parse("2026-11-03T10:20:30.021Z"),
};

test("a Kinesis batch's record has AWS's members in AWS's order", () => {
  expect(failureRecord(batch)).toBe(
    '{"requestContext":{"requestId":"last","functionArn":"arn:aws:lambda:us-east-1:111122223333:function:f","condition":"RetryAttemptsExhausted","approximateInvokeCount":3},' +
      '"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},' +
      '"version":"1.0","timestamp":"2026-11-03T10:20:30.021Z",' +
      '"KinesisBatchInfo":{"shardId":"shardId-000000000001","startSequenceNumber":"1","endSequenceNumber":"2",' +
      '"approximateArrivalOfFirstRecord":"2026-11-03T10:20:04.835Z","approximateArrivalOfLastRecord":"2026-11-03T10:20:05.580Z",' +
      '"batchSize":2,"streamArn":"arn:aws:kinesis:us-east-1:111122223333:stream/s"}}',
  );
});

test("a failure by batch item failures has a null functionError", () => {
  const last = { requestId: "last", executedVersion: "$LATEST", functionError: null };
  expect(failureRecord({ ...batch, failure: { ...batch.failure, last } })).toContain('"functionError":null}');
});

test("DynamoDB's batch info has whole seconds, and records too old have no responseContext", () => {
  const record = failureRecord({ ...batch, source: "dynamodb", failure: { condition: "RecordAgeExceeded", approximateInvokeCount: 1 } });
  expect(JSON.parse(record)).toEqual({
    requestContext: { requestId: "none", functionArn: batch.functionArn, condition: "RecordAgeExceeded", approximateInvokeCount: 1 },
    version: "1.0",
    timestamp: "2026-11-03T10:20:30.021Z",
    DDBStreamBatchInfo: {
      shardId: "shardId-000000000001",
      startSequenceNumber: "1",
      endSequenceNumber: "2",
      approximateArrivalOfFirstRecord: "2026-11-03T10:20:04Z",
      approximateArrivalOfLastRecord: "2026-11-03T10:20:05Z",
      batchSize: 2,
      streamArn: batch.streamArn,
    },
  });
});

test("a bucket's object has the payload too, under the mapping, the shard and the date", () => {
  expect(JSON.parse(failureRecord(batch, '{"Records":[{"n":1}]}'))).toMatchObject({ payload: { Records: [{ n: 1 }] } });
  expect(failureObjectKey(batch, { mapping: "m", unique: "u" })).toBe("aws/lambda/m/shardId-000000000001/2026/11/03/2026-11-03T10.20.30-u");
});
