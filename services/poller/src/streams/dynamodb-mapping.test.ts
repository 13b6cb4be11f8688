import { createHash } from "node:crypto";
import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateTableCommand,
  type AttributeValue,
} from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { redisInstalled, startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";
import { startRecording, type RecordingServer } from "@lambdock/delivery/testing/recording-server";
import { sourceClientSettings } from "./source-client.ts";
import { startDynamoDb, type Emulator } from "./testing/emulators.ts";
import {
  ACCOUNT,
  answered,
  FAILED,
  REGION,
  startStreamMapping,
  until,
  type Handler,
  type StreamFixture,
  type StreamFixtureOptions,
} from "./testing/stream-fixture.ts";

(redisInstalled() ? describe : describe.skip)("a DynamoDB Streams mapping", () => {
  let redis: RedisFixture;
  let dynamoDb: Emulator;
  let client: DynamoDBClient;
  let names = 0;
  const started: StreamFixture[] = [];

  beforeAll(async () => {
    [redis, dynamoDb] = await Promise.all([startRedis(), startDynamoDb()]);
    client = new DynamoDBClient(sourceClientSettings({ region: REGION, accountId: ACCOUNT }, { endpoint: dynamoDb.endpoint }));
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map(({ runner }) => runner.stop(0)));
  });
  afterAll(async () => {
    client.destroy();
    await Promise.all([redis.stop(), dynamoDb.stop()]);
  });

  /** The ARN as a user of this region sees it: emulators put a region of their own into it. */
  const createTable = async (): Promise<{ readonly table: string; readonly arn: string }> => {
    const table = `table${(names += 1)}`;
    const { TableDescription } = await client.send(
      new CreateTableCommand({
        TableName: table,
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        BillingMode: "PAY_PER_REQUEST",
        StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
      }),
    );
    const label = TableDescription!.LatestStreamArn!.split("/stream/")[1]!;
    return { table, arn: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${table}/stream/${label}` };
  };
  const put = async (TableName: string, ids: readonly string[], more: Readonly<Record<string, AttributeValue>> = {}): Promise<void> => {
    for (const id of ids) await client.send(new PutItemCommand({ TableName, Item: { id: { S: id }, ...more } }));
  };
  const start = async (arn: string, options: Partial<StreamFixtureOptions> = {}): Promise<StreamFixture> => {
    const fixture = await startStreamMapping({
      redis: redis.client,
      endpoint: dynamoDb.endpoint,
      eventSourceArn: arn,
      uuid: `m-${arn}`,
      ...options,
    });
    started.push(fixture);
    return fixture;
  };
  const stop = async (fixture: StreamFixture): Promise<void> => {
    await fixture.runner.stop(1_000);
    started.splice(started.indexOf(fixture), 1);
  };
  const numbered = (count: number, prefix = "i"): string[] => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const failing =
    (...bad: readonly string[]): Handler =>
    ({ texts }) =>
      texts.some((text) => bad.includes(text)) ? FAILED : answered(null);

  test("changes come in AWS's form, with the mapping's region and ARN", async () => {
    const { table, arn } = await createTable();
    await put(table, ["a"], {
      bytes: { B: new Uint8Array([1, 2]) },
      list: { L: [{ N: "1.5" }, { M: { deep: { BS: [new Uint8Array([3])] } } }] },
    });
    await client.send(new DeleteItemCommand({ TableName: table, Key: { id: { S: "a" } } }));
    const fixture = await start(arn);
    await until(() => fixture.seen().length === 2);
    const image = { id: { S: "a" }, bytes: { B: "AQI=" }, list: { L: [{ N: "1.5" }, { M: { deep: { BS: ["Aw=="] } } }] } };
    const [insert, remove] = fixture.calls.flatMap(({ event }) => event.Records);
    expect(insert).toEqual({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventName: "INSERT",
      eventVersion: "1.1",
      eventSource: "aws:dynamodb",
      awsRegion: REGION,
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        Keys: { id: { S: "a" } },
        NewImage: image,
        SequenceNumber: expect.stringMatching(/^\d+$/),
        SizeBytes: expect.any(Number),
        StreamViewType: "NEW_AND_OLD_IMAGES",
      },
      eventSourceARN: arn,
    });
    expect(remove).toMatchObject({ eventName: "REMOVE", dynamodb: { OldImage: image } });
    expect(remove!.eventID).not.toBe(insert!.eventID);
  });

  test("LATEST passes over what is there, and what is written while nobody polls is not lost", async () => {
    const { table, arn } = await createTable();
    await put(table, ["before"]);
    const latest = { stream: { startingPosition: "LATEST" } } as const;
    const first = await start(arn, latest);
    await first.runner.begun;
    // A second later than `before`: creation times are whole seconds.
    const begunIn = Math.floor(Date.now() / 1_000);
    await until(() => Math.floor(Date.now() / 1_000) > begunIn);
    await stop(first);
    await put(table, ["meanwhile"]);
    const second = await start(arn, latest);
    await until(() => second.seen().includes("meanwhile"));
    expect(first.seen()).toEqual([]);
  });

  test("from LATEST everything is read that is written once the mapping has begun", async () => {
    const { table, arn } = await createTable();
    await put(table, ["before"]);
    const fixture = await start(arn, { stream: { startingPosition: "LATEST" } });
    await fixture.runner.begun;
    await put(table, ["after"]);
    await until(() => fixture.seen().length > 0);
    expect(fixture.seen()).toEqual(["after"]);
  });

  test("items keep their order over lanes, and a restart goes on from the checkpoint", async () => {
    const { table, arn } = await createTable();
    const options = { settings: { batchSize: 3 }, stream: { parallelizationFactor: 4 } } as const;
    const first = await start(arn, options);
    for (let round = 0; round < 5; round += 1) await put(table, numbered(12), { round: { N: String(round) } });
    await until(() => first.seen().length === 60);
    await stop(first);
    const second = await start(arn, options);
    await put(table, ["last"]);
    await until(() => second.seen().includes("last"));
    expect(second.seen()).toEqual(["last"]);
    const rounds = new Map<string, number>();
    for (const record of first.calls.flatMap(({ event }) => event.Records)) {
      const { Keys, NewImage } = record.dynamodb as unknown as { Keys: { id: { S: string } }; NewImage: { round: { N: string } } };
      expect(Number(NewImage.round.N)).toBe((rounds.get(Keys.id.S) ?? -1) + 1);
      rounds.set(Keys.id.S, Number(NewImage.round.N));
    }
  });

  test("an item reaches the handler soon after it was put", async () => {
    const { table, arn } = await createTable();
    const fixture = await start(arn);
    await put(table, ["first"]);
    await until(() => fixture.seen().length === 1);
    const delays: number[] = [];
    for (const id of numbered(15)) {
      const before = performance.now();
      await put(table, [id]);
      await until(() => fixture.calls.some(({ texts }) => texts.includes(id)));
      delays.push(fixture.calls.find(({ texts }) => texts.includes(id))!.at - before);
    }
    expect(delays.sort((a, b) => a - b)[7]).toBeLessThanOrEqual(300);
  });

  test("bisecting isolates the poison item, and an on-failure queue is told with AWS's record", async () => {
    const { table, arn } = await createTable();
    const server = await startTakers();
    const queue = `arn:aws:sqs:${REGION}:${ACCOUNT}:failures`;
    await put(table, numbered(8));
    const fixture = await start(arn, {
      own: server.url,
      timeScale: 100,
      stream: { bisectBatchOnFunctionError: true, maximumRetryAttempts: 1, onFailureDestination: queue },
      handler: failing("i5"),
    });
    await until(() => sent(server).length === 1);
    const record = JSON.parse(sent(server)[0]!) as { readonly requestContext: object; readonly DDBStreamBatchInfo: object };
    expect(record).toMatchObject({
      requestContext: {
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f`,
        condition: "RetryAttemptsExhausted",
        approximateInvokeCount: 2,
      },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      version: "1.0",
      DDBStreamBatchInfo: { batchSize: 1, streamArn: arn, startSequenceNumber: "6", endSequenceNumber: "6" },
    });
    expect(record.DDBStreamBatchInfo).toMatchObject({
      approximateArrivalOfFirstRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    await until(() => fixture.seen().includes("i7"));
    await until(() => fixture.results.at(-1) === "OK");
    expect(await fixture.metric("on_failure_destination_delivered_events_total")).toBe(1);
    await server.close();
  });

  test("a bucket receives the records too, under the mapping and the shard", async () => {
    const { table, arn } = await createTable();
    const server = await startTakers();
    await put(table, ["bad"]);
    const fixture = await start(arn, {
      own: server.url,
      uuid: "mapping-to-bucket",
      stream: { maximumRetryAttempts: 0, onFailureDestination: "arn:aws:s3:::failures" },
      handler: failing("bad"),
    });
    await until(() => server.requests.length > 0);
    const [{ path, body } = { path: "", body: "" }] = server.requests;
    expect(path).toMatch(
      /^\/failures\/aws\/lambda\/mapping-to-bucket\/shardId-[^/]+\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}/,
    );
    expect(JSON.parse(body)).toMatchObject({ payload: { Records: fixture.calls[0]!.event.Records } });
    await server.close();
  });

  test("records whose destination takes nothing are lost after a few tries, and counted", async () => {
    const { table, arn } = await createTable();
    await put(table, ["bad", "good"]);
    const fixture = await start(arn, {
      own: "http://127.0.0.1:1",
      settings: { batchSize: 1 },
      timeScale: 1_000,
      stream: { maximumRetryAttempts: 0, onFailureDestination: `arn:aws:sns:${REGION}:${ACCOUNT}:failures` },
      handler: failing("bad"),
    });
    await until(() => fixture.seen().includes("good"));
    expect(await fixture.metric("dropped_events_total")).toBe(1);
    expect(await fixture.metric("on_failure_destination_delivered_events_total")).toBe(0);
    expect(fixture.events).toContainEqual(
      expect.objectContaining({ step: "discarded", reason: expect.stringContaining("could not be reached") }),
    );
  });

  test("a partial response goes on from the lowest failure", async () => {
    const { table, arn } = await createTable();
    await put(table, numbered(6));
    const fixture = await start(arn, {
      settings: { batchSize: 3, reportBatchItemFailures: true },
      stream: { maximumRetryAttempts: 3 },
      timeScale: 100,
      handler: ({ event, texts }) => {
        const index = texts.indexOf("i5");
        const itemIdentifier = event.Records[index]?.dynamodb?.SequenceNumber;
        return answered({ batchItemFailures: index === -1 ? [] : [{ itemIdentifier }] });
      },
    });
    await until(async () => (await fixture.metric("dropped_events_total")) === 1);
    expect(fixture.calls.map(({ texts }) => texts)).toEqual([["i0", "i1", "i2"], ["i3", "i4", "i5"], ["i5"], ["i5"], ["i5"], ["i5"]]);
  });

  test("a tumbling window hands its state on and ends with a final invocation", async () => {
    const { table, arn } = await createTable();
    const fixture = await start(arn, {
      stream: { tumblingWindowSeconds: 2 },
      handler: ({ event, texts }) => answered({ state: { n: ((event["state"] as { n?: number }).n ?? 0) + texts.length } }),
    });
    await put(table, numbered(5));
    await until(() => fixture.calls.some(({ event }) => event["isFinalInvokeForWindow"] === true));
    await until(() => fixture.runner.status().batchesInFlight === 0);
    const totals = fixture.calls
      .filter(({ event }) => event["isFinalInvokeForWindow"])
      .map(({ event, texts }) => ((event["state"] as { n?: number }).n ?? 0) + texts.length);
    await until(() => fixture.seen().length === 5);
    expect(totals[0]).toBeGreaterThan(0);
    expect(fixture.calls[0]!.event).toMatchObject({
      window: { start: expect.stringMatching(/:\d[02468]Z$/), end: expect.stringMatching(/:\d[02468]Z$/) },
      shardId: expect.stringMatching(/^shardId-/),
      eventSourceARN: arn,
      isWindowTerminatedEarly: false,
    });
  });

  test("a stream that is disabled under its mapping is told as not found", async () => {
    const { table, arn } = await createTable();
    const fixture = await start(arn);
    await put(table, ["one"]);
    await until(() => fixture.seen().length === 1);
    await client.send(new UpdateTableCommand({ TableName: table, StreamSpecification: { StreamEnabled: false } }));
    await until(() => fixture.results.at(-1) === `PROBLEM: Stream not found: ${arn}`);
  });

  test("an emulator that hangs is waited for, and nothing is lost", async () => {
    const { table, arn } = await createTable();
    const fixture = await start(arn);
    await put(table, ["one"]);
    await until(() => fixture.seen().length === 1);
    dynamoDb.freeze();
    await expect(fetch(dynamoDb.endpoint, { signal: AbortSignal.timeout(300) })).rejects.toThrow("timeout");
    dynamoDb.thaw();
    await put(table, ["two"]);
    await until(() => fixture.seen().length === 2);
    expect(fixture.seen()).toEqual(["one", "two"]);
  });
});

/** A queue and a bucket that take everything. */
async function startTakers(): Promise<RecordingServer> {
  const server = await startRecording();
  server.answer(({ headers, body }) => {
    if (headers["x-amz-target"] === undefined) return {};
    if (String(headers["x-amz-target"]).endsWith("GetQueueUrl")) return { body: JSON.stringify({ QueueUrl: "http://queue" }) };
    const { MessageBody } = JSON.parse(body) as { readonly MessageBody: string };
    return { body: JSON.stringify({ MessageId: "m", MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex") }) };
  });
  return server;
}

/** Bodies of the messages that the queue took. */
function sent({ requests }: RecordingServer): string[] {
  const messages = requests.filter(({ headers }) => String(headers["x-amz-target"]).endsWith("SendMessage"));
  return messages.map(({ body }) => (JSON.parse(body) as { readonly MessageBody: string }).MessageBody);
}
