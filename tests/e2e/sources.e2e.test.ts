/** Kinesis, DynamoDB and DynamoDB Streams on the one endpoint, with stock clients as they come. */
import { afterAll, expect, test } from "@jest/globals";
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand as GetStreamRecordsCommand,
  GetShardIteratorCommand as GetStreamIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  SubscribeToShardCommand,
  waitUntilStreamExists,
  type _Record,
} from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { ACCOUNT, REGION } from "./support/clients.ts";
import { uniqueName } from "./support/deploy.ts";
import { endpoint, isCi } from "./target/config.ts";
import { isInstalled, mustRun } from "./target/command.ts";
import { until } from "./target/wait.ts";

const options = { region: REGION, credentials: { accessKeyId: ACCOUNT, secretAccessKey: "secret" }, endpoint: endpoint() };
// As it comes it speaks HTTP/2 from the first byte.
const kinesis = new KinesisClient(options);
const kinesisHttp1 = new KinesisClient({ ...options, requestHandler: new NodeHttpHandler() });
const tables = new DynamoDBClient(options);
const streams = new DynamoDBStreamsClient(options);
afterAll(() => [kinesis, kinesisHttp1, tables, streams].forEach((client) => client.destroy()));

const cli = (await isInstalled("aws")) || isCi() ? test : test.skip;
const quickly = { maxWaitTime: 60, minDelay: 0.2, maxDelay: 0.2 };

async function createStream(prefix: string, ShardCount: number): Promise<string> {
  const StreamName = uniqueName(prefix);
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount }));
  await waitUntilStreamExists({ client: kinesis, ...quickly }, { StreamName });
  return StreamName;
}

async function recordsOf(client: KinesisClient, StreamName: string): Promise<readonly _Record[]> {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }));
  const perShard = await Promise.all(
    Shards.map(async ({ ShardId }) => {
      const { ShardIterator } = await client.send(new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" }));
      return (await client.send(new GetRecordsCommand({ ShardIterator }))).Records ?? [];
    }),
  );
  return perShard.flat();
}

const textOf = ({ Data }: _Record): string => Buffer.from(Data!).toString();

async function createTable(TableName: string): Promise<string> {
  const { TableDescription } = await tables.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    }),
  );
  await waitUntilTableExists({ client: tables, ...quickly }, { TableName });
  return TableDescription!.LatestStreamArn!;
}

test("Kinesis: records that were put come back, over HTTP/2 as the SDK comes and over HTTP/1.1", async () => {
  const StreamName = await createStream("stream", 2);
  const put = await kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: "a", Data: Buffer.from("first") }));
  expect(put.SequenceNumber).toMatch(/^\d{56}$/);
  const Records = Array.from({ length: 100 }, (_, index) => ({ PartitionKey: `key-${index}`, Data: Buffer.from(`r${index}`) }));
  const batch = await kinesisHttp1.send(new PutRecordsCommand({ StreamName, Records }));
  expect(batch.FailedRecordCount ?? 0).toBe(0);
  for (const client of [kinesis, kinesisHttp1]) {
    const texts = (await recordsOf(client, StreamName)).map(textOf);
    expect(texts.sort()).toEqual(["first", ...Records.map(({ Data }) => Data.toString())].sort());
  }
});

test("Kinesis: many requests at once over one HTTP/2 connection all succeed", async () => {
  const StreamName = await createStream("many", 1);
  const texts = Array.from({ length: 200 }, (_, index) => `r${index}`);
  const client = new KinesisClient({ ...options, maxAttempts: 1 });
  await Promise.all(
    texts.map(async (text) => client.send(new PutRecordCommand({ StreamName, PartitionKey: "k", Data: Buffer.from(text) }))),
  );
  client.destroy();
  expect(new Set((await recordsOf(kinesis, StreamName)).map(textOf))).toEqual(new Set(texts));
});

test("Kinesis: SubscribeToShard streams records as they are put", async () => {
  const StreamName = await createStream("fan-out", 1);
  const StreamARN = `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/${StreamName}`;
  const { Consumer } = await kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: "consumer" }));
  const { EventStream } = await until("the consumer to become active", async () =>
    kinesis.send(
      new SubscribeToShardCommand({
        ConsumerARN: Consumer!.ConsumerARN,
        ShardId: "shardId-000000000000",
        StartingPosition: { Type: "TRIM_HORIZON" },
      }),
    ),
  );
  await kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: "k", Data: Buffer.from("pushed") }));
  for await (const event of EventStream!) {
    const texts = event.SubscribeToShardEvent?.Records?.map(textOf) ?? [];
    if (texts.includes("pushed")) return;
  }
  throw new Error("the subscription ended without the record");
});

test("Kinesis: an error of the service reaches the SDK as AWS's own", async () => {
  await expect(kinesis.send(new ListShardsCommand({ StreamName: "nowhere" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    $metadata: { httpStatusCode: 400 },
  });
});

test("DynamoDB: a table takes items, and its stream tells of each change", async () => {
  const TableName = uniqueName("table");
  const StreamArn = await createTable(TableName);
  for (const colour of ["red", "blue"])
    await tables.send(new PutItemCommand({ TableName, Item: { id: { S: "a" }, colour: { S: colour } } }));
  const { Item } = await tables.send(new GetItemCommand({ TableName, Key: { id: { S: "a" } } }));
  expect(Item).toEqual({ id: { S: "a" }, colour: { S: "blue" } });
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const { ShardIterator } = await streams.send(
    new GetStreamIteratorCommand({ StreamArn, ShardId: StreamDescription!.Shards![0]!.ShardId, ShardIteratorType: "TRIM_HORIZON" }),
  );
  const { Records } = await streams.send(new GetStreamRecordsCommand({ ShardIterator }));
  expect(Records).toMatchObject([
    { eventName: "INSERT", dynamodb: { Keys: { id: { S: "a" } }, NewImage: { colour: { S: "red" } } } },
    { eventName: "MODIFY", dynamodb: { OldImage: { colour: { S: "red" } }, NewImage: { colour: { S: "blue" } } } },
  ]);
});

cli(
  "the aws command line reaches all three by --endpoint-url",
  async () => {
    const aws = async (...args: string[]): Promise<Record<string, never>> =>
      JSON.parse(
        (await mustRun("aws", ["--endpoint-url", endpoint(), "--output", "json", ...args], {
          env: { AWS_ACCESS_KEY_ID: ACCOUNT, AWS_SECRET_ACCESS_KEY: "secret", AWS_DEFAULT_REGION: REGION, AWS_PAGER: "" },
        })) || "{}",
      ) as Record<string, never>;
    const stream = await createStream("cli", 1);
    const put = await aws("kinesis", "put-record", "--stream-name", stream, "--partition-key", "k", "--data", "aGVsbG8=");
    expect(put).toMatchObject({ ShardId: "shardId-000000000000" });
    expect((await recordsOf(kinesis, stream)).map(({ PartitionKey }) => PartitionKey)).toEqual(["k"]);
    const table = uniqueName("cli");
    const streamArn = await createTable(table);
    await aws("dynamodb", "put-item", "--table-name", table, "--item", '{"id":{"S":"from-cli"}}');
    expect(await aws("dynamodb", "scan", "--table-name", table)).toMatchObject({ Items: [{ id: { S: "from-cli" } }] });
    const listed = (await aws("dynamodbstreams", "list-streams", "--table-name", table)) as { Streams?: { StreamArn: string }[] };
    expect(listed.Streams?.map(({ StreamArn }) => StreamArn)).toEqual([streamArn]);
  },
  120_000,
);
