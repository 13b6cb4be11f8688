import { expect, test } from "@jest/globals";
import { acceptedRecords, type PutExchange } from "./accepted-records.ts";

function exchange(request: object, answer: object, credential?: string): PutExchange {
  return {
    headers:
      credential === undefined ? {} : { authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0` },
    request: Buffer.from(JSON.stringify(request)),
    answer: Buffer.from(JSON.stringify(answer)),
    now: 1_500,
    defaultRegion: "us-east-1",
  };
}

test("a record is kept under its stream, in the account and region of the caller", () => {
  const put = { StreamName: "s", PartitionKey: "k", Data: "aGk=" };
  const answer = { ShardId: "shardId-000000000001", SequenceNumber: "42", EncryptionType: "KMS" };
  expect(acceptedRecords(exchange(put, answer, "111122223333/20261122/eu-west-1/kinesis/aws4_request"))).toEqual([
    {
      arn: "arn:aws:kinesis:eu-west-1:111122223333:stream/s",
      shardId: "shardId-000000000001",
      record: { ApproximateArrivalTimestamp: 1.5, Data: "aGk=", EncryptionType: "KMS", PartitionKey: "k", SequenceNumber: "42" },
    },
  ]);
});

test.each([
  [
    "an unsigned caller is in the default account and region",
    { StreamName: "s" },
    undefined,
    "arn:aws:kinesis:us-east-1:000000000000:stream/s",
  ],
  [
    "any key but a 12-digit one is the default account's",
    { StreamName: "s" },
    "AKID/1/eu-west-1/kinesis/x",
    "arn:aws:kinesis:eu-west-1:000000000000:stream/s",
  ],
  ["an ARN counts as it is", { StreamARN: "arn:aws:kinesis:a:1:stream/s" }, undefined, "arn:aws:kinesis:a:1:stream/s"],
])("%s", (_what, stream, credential, arn) => {
  const [record] = acceptedRecords(exchange({ ...stream, PartitionKey: "k", Data: "" }, { ShardId: "x", SequenceNumber: "1" }, credential));
  expect(record!.arn).toBe(arn);
});

test("of a batch those are kept that were accepted", () => {
  const Records = ["a", "b", "c"].map((PartitionKey) => ({ PartitionKey, Data: "" }));
  const results = [
    { ShardId: "x", SequenceNumber: "1" },
    { ErrorCode: "ProvisionedThroughputExceededException", ErrorMessage: "Rate exceeded" },
    { ShardId: "x", SequenceNumber: "2" },
  ];
  const kept = acceptedRecords(exchange({ StreamName: "s", Records }, { FailedRecordCount: 1, Records: results }));
  expect(kept.map(({ record }) => [record.PartitionKey, record.SequenceNumber])).toEqual([
    ["a", "1"],
    ["c", "2"],
  ]);
});
