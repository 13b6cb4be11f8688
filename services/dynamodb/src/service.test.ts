import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { CreateTableCommand, GetItemCommand, ListTablesCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand } from "@aws-sdk/client-dynamodb-streams";
import { startDynamoDb, type DynamoDbFixture } from "./testing/dynamodb-fixture.ts";

let fixture: DynamoDbFixture;

beforeAll(async () => {
  fixture = await startDynamoDb();
});
afterAll(() => fixture?.stop());

async function createTable(TableName: string): Promise<string> {
  const { TableDescription } = await fixture.tables.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    }),
  );
  return TableDescription!.LatestStreamArn!;
}

const put = (TableName: string, id: string): Promise<unknown> =>
  fixture.tables.send(new PutItemCommand({ TableName, Item: { id: { S: id } } }));

async function keysOf(StreamArn: string): Promise<unknown[]> {
  const { StreamDescription } = await fixture.streams.send(new DescribeStreamCommand({ StreamArn }));
  const { ShardId } = StreamDescription!.Shards![0]!;
  const { ShardIterator } = await fixture.streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
  );
  const { Records = [] } = await fixture.streams.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map(({ dynamodb }) => dynamodb!.Keys!["id"]!.S);
}

test("nothing runs before the first request, and many first requests start one process", async () => {
  expect((await fetch(`${fixture.url}/health`)).status).toBe(200);
  expect(fixture.pids()).toEqual([]);
  await Promise.all(Array.from({ length: 5 }, () => fixture.tables.send(new ListTablesCommand({}))));
  expect(fixture.pids()).toHaveLength(1);
});

test("items come back, and their stream tells of them", async () => {
  const stream = await createTable("there-and-back");
  await put("there-and-back", "a");
  const { Item } = await fixture.tables.send(new GetItemCommand({ TableName: "there-and-back", Key: { id: { S: "a" } } }));
  expect(Item).toEqual({ id: { S: "a" } });
  expect(await keysOf(stream)).toEqual(["a"]);
});

test("tables and streams outlive a restart, and a killed process loses nothing that it had accepted", async () => {
  const stream = await createTable("kept");
  await put("kept", "a");
  await fixture.restart();
  await put("kept", "b");
  const [pid] = fixture.pids().slice(-1);
  process.kill(-pid!, "SIGKILL");
  while (!fixture.log.some((line) => line.includes("a server ended; the next request starts it again")))
    await new Promise((resolve) => setImmediate(resolve));
  expect(await keysOf(stream)).toEqual(["a", "b"]);
  expect(fixture.pids().at(-1)).not.toBe(pid);
});

test("stopping leaves no process behind", async () => {
  const other = await startDynamoDb();
  await other.tables.send(new ListTablesCommand({}));
  const [group] = other.pids();
  const members = (): string => execFileSync("ps", ["-A", "-o", "pgid="], { encoding: "utf8" });
  expect(members().split(/\s+/)).toContain(String(group));
  await other.stop();
  expect(members().split(/\s+/)).not.toContain(String(group));
});

test("where the program cannot be run, callers learn what to do", async () => {
  const other = await startDynamoDb({ program: "/nowhere/dynoxide" });
  await expect(other.tables.send(new ListTablesCommand({}))).rejects.toMatchObject({
    name: "ServiceUnavailable",
    $metadata: { httpStatusCode: 503 },
    message: expect.stringMatching(/^DynamoDB does not start: .*LAMBDOCK_DYNAMODB_URL names another DynamoDB/s),
  });
  await other.stop();
});
