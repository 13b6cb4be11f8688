/** What Kinesis and DynamoDB Streams mappings do, with real streams and real functions. esm.md, section 4. The targets run with LAMBDOCK_TIME_SCALE=60. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { CreateTableCommand, DeleteItemCommand, DynamoDBClient, PutItemCommand, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  KinesisClient,
  PutRecordsCommand,
  SplitShardCommand,
  waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { ACCOUNT, arnOf, lambdaClient, logsClient, REGION } from "./support/clients.ts";
import { createDeployer, creation, uniqueName, untilActive } from "./support/deploy.ts";
import { eventsOf } from "./support/log-events.ts";
import { createQueue, sqsClient } from "./support/queues.ts";
import { testWhere } from "./support/test-where.ts";
import { chosenTarget, endpoint } from "./target/config.ts";
import { createTarget } from "./target/create-target.ts";
import type { Target } from "./target/target.ts";
import { until } from "./target/wait.ts";

/** What the function logged of one invocation. */
interface Read {
  readonly texts: readonly string[];
  readonly names: readonly string[];
  readonly final?: boolean;
  readonly state?: { readonly count?: number };
}

const quickly = { maxWaitTime: 60, minDelay: 0.2, maxDelay: 0.2 };
const FROM_THE_BEGINNING = { StartingPosition: "TRIM_HORIZON" } as const;

/** One Lambdock, as these tests use it. */
function lambdockAt(url: string) {
  const options = { endpoint: url, region: REGION, credentials: { accessKeyId: ACCOUNT, secretAccessKey: "s" } };
  const lambda = lambdaClient(url);
  const kinesis = new KinesisClient({ ...options, requestHandler: new NodeHttpHandler() });
  const tables = new DynamoDBClient(options);
  return {
    lambda,
    kinesis,
    async stream(ShardCount = 1) {
      const StreamName = uniqueName("polled");
      await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount }));
      await waitUntilStreamExists({ client: kinesis, ...quickly }, { StreamName });
      return {
        name: StreamName,
        arn: `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/${StreamName}`,
        put: async (texts: readonly string[], key: (text: string) => string = () => "k"): Promise<void> => {
          const Records = texts.map((text) => ({ Data: Buffer.from(text), PartitionKey: key(text) }));
          await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
        },
      };
    },
    async table() {
      const TableName = uniqueName("polled");
      const { TableDescription } = await tables.send(
        new CreateTableCommand({
          TableName,
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
          BillingMode: "PAY_PER_REQUEST",
          StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
        }),
      );
      await waitUntilTableExists({ client: tables, ...quickly }, { TableName });
      return {
        arn: TableDescription!.LatestStreamArn!,
        put: (id: string) => tables.send(new PutItemCommand({ TableName, Item: { id: { S: id } } })),
        remove: (id: string) => tables.send(new DeleteItemCommand({ TableName, Key: { id: { S: id } } })),
      };
    },
    async map(FunctionName: string, EventSourceArn: string, settings: Partial<CreateEventSourceMappingCommandInput> = {}): Promise<string> {
      const input = { FunctionName, EventSourceArn, ...FROM_THE_BEGINNING, ...settings };
      const { UUID } = await lambda.send(new CreateEventSourceMappingCommand(input));
      await reached(lambda, UUID!, "Enabled");
      return UUID!;
    },
    async reads(functionName: string): Promise<readonly Read[]> {
      const messages = (await eventsOf(logsClient(url), functionName)).map((event) => event.message ?? "");
      return messages.flatMap((message) => [...message.matchAll(/READ (\{.*\})/g)].map(([, json]) => JSON.parse(json!) as Read));
    },
    close: () => [lambda, kinesis, tables].forEach((client) => client.destroy()),
  };
}

function reached(lambda: LambdaClient, UUID: string, state: string): Promise<true> {
  return until(`${UUID} to be ${state}`, async () => {
    const { State } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
    return State === state || undefined;
  });
}

const shared = lambdockAt(endpoint());
const deploy = createDeployer(shared.lambda);
const made: string[] = [];
const map = async (...args: Parameters<typeof shared.map>): Promise<string> => {
  const uuid = await shared.map(...args);
  made.push(uuid);
  return uuid;
};
const resultIs = (UUID: string, result: string): Promise<true> =>
  until(`${UUID} to say ${result}`, async () => {
    const { LastProcessingResult } = await shared.lambda.send(new GetEventSourceMappingCommand({ UUID }));
    return LastProcessingResult === result || undefined;
  });
/** Waits until the function has read so many records. */
const readsOf = (name: string, count: number, from = shared): Promise<readonly Read[]> =>
  until(
    `${count} records in the logs of ${name}`,
    async () => {
      const reads = await from.reads(name);
      return reads.flatMap(({ texts }) => texts).length >= count ? reads : undefined;
    },
    { withinMs: 40_000 },
  );
const textsOf = (reads: readonly Read[]): string[] => reads.flatMap(({ texts }) => texts);
const numbered = (count: number, prefix = "m"): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

afterAll(async () => {
  await Promise.all(made.map((UUID) => shared.lambda.send(new DeleteEventSourceMappingCommand({ UUID })).catch(() => undefined)));
  shared.close();
});

test("Records of a stream reach the function, each key in order, over a split too", async () => {
  const name = await deploy({ fixture: "stream-reader" });
  const stream = await shared.stream();
  const uuid = await map(name, stream.arn, { BatchSize: 5 });
  const key = (text: string): string => text[0]!;
  const texts = numbered(20).map((text, index) => `${"ABCD"[index % 4]}${text}`);
  await stream.put(texts, key);
  const ShardToSplit = "shardId-000000000000";
  await shared.kinesis.send(new SplitShardCommand({ StreamName: stream.name, ShardToSplit, NewStartingHashKey: String(2n ** 127n) }));
  await waitUntilStreamExists({ client: shared.kinesis, ...quickly }, { StreamName: stream.name });
  const later = texts.map((text) => `${text}later`);
  await stream.put(later, key);
  const seen = textsOf(await readsOf(name, 40));
  for (const group of "ABCD")
    expect(seen.filter((text) => text[0] === group)).toEqual([...texts, ...later].filter((text) => text[0] === group));
  await resultIs(uuid, "OK");
});

test("Changes of a table reach the function; filters choose among them", async () => {
  const name = await deploy({ fixture: "stream-reader" });
  const table = await shared.table();
  await map(name, table.arn, { FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ eventName: ["REMOVE"] }) }] } });
  for (const id of ["a", "b"]) await table.put(id);
  await table.remove("a");
  const reads = await readsOf(name, 1);
  expect(reads.map(({ texts, names }) => ({ texts, names }))).toEqual([{ texts: ["a"], names: ["REMOVE"] }]);
});

test("Bisecting isolates a poison record, and its failure is told to the on-failure queue", async () => {
  const name = await deploy({ fixture: "stream-reader" });
  const sqs = sqsClient();
  const queue = await createQueue(sqs);
  const stream = await shared.stream();
  const texts = ["a", "b", "throw", "c"];
  await stream.put(texts);
  const uuid = await map(name, stream.arn, {
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 1,
    DestinationConfig: { OnFailure: { Destination: queue.arn } },
  });
  const record = JSON.parse((await queue.receive()).Body!) as Record<string, unknown>;
  expect(Object.keys(record)).toEqual(["requestContext", "responseContext", "version", "timestamp", "KinesisBatchInfo"]);
  expect(record).toMatchObject({
    requestContext: { functionArn: arnOf(name), condition: "RetryAttemptsExhausted", approximateInvokeCount: 2 },
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
    KinesisBatchInfo: { batchSize: 1, shardId: "shardId-000000000000", streamArn: stream.arn },
  });
  const reads = await until("the last record", async () => {
    const all = await shared.reads(name);
    return all.at(-1)?.texts.join() === "c" ? all : undefined;
  });
  expect(reads.map((read) => read.texts)).toEqual([texts, ["a", "b"], ["throw", "c"], ["throw"], ["throw"], ["c"]]);
  await resultIs(uuid, "OK");
  sqs.destroy();
});

test("Of a partly failed batch only what begins with the failure comes again, with retries of its own", async () => {
  const name = await deploy({ fixture: "stream-reader" });
  const table = await shared.table();
  for (const id of ["a", "b", "c", "d", "e", "item"]) await table.put(id);
  await map(name, table.arn, { BatchSize: 3, MaximumRetryAttempts: 3, FunctionResponseTypes: ["ReportBatchItemFailures"] });
  const reads = await readsOf(name, 10);
  expect(reads.map(({ texts }) => texts)).toEqual([["a", "b", "c"], ["d", "e", "item"], ["item"], ["item"], ["item"], ["item"]]);
});

test("A tumbling window hands its state from invocation to invocation and ends with a final one", async () => {
  const name = await deploy({ fixture: "stream-reader" });
  const stream = await shared.stream();
  // A minute of AWS's time is a second here.
  await map(name, stream.arn, { TumblingWindowInSeconds: 120 });
  await stream.put(numbered(4));
  const finals = await until("the final invocations", async () => {
    const ended = (await shared.reads(name)).filter(({ final }) => final === true);
    const counted = ended.reduce((sum, { state, texts }) => sum + (state?.count ?? 0) + texts.length, 0);
    return counted === 4 ? ended : undefined;
  });
  expect(finals.length).toBeGreaterThan(0);
});

test("A stream that is deleted under its mapping is told, and the mapping stays", async () => {
  const name = await deploy({ fixture: "stream-reader" });
  const stream = await shared.stream();
  const uuid = await map(name, stream.arn);
  await stream.put(["x"]);
  await readsOf(name, 1);
  await shared.kinesis.send(new DeleteStreamCommand({ StreamName: stream.name }));
  await resultIs(uuid, `PROBLEM: Stream not found: ${stream.arn}`);
  expect((await shared.lambda.send(new GetEventSourceMappingCommand({ UUID: uuid }))).State).toBe("Enabled");
});

const kind = chosenTarget();
const onOwnTarget = testWhere(kind !== "external");
let target: Target | undefined;
beforeAll(async () => {
  if (kind === "external") return;
  target = await createTarget(kind, { project: `lambdock-e2e-streams-${process.pid}`, ownRedis: true });
  await target.start();
}, 300_000);
afterAll(async () => target?.dispose(), 120_000);

onOwnTarget(
  "Mappings go on from their checkpoints after a restart and after a kill: nothing is lost, and first deliveries keep their order",
  async () => {
    const own = lambdockAt(target!.endpoint);
    const witness = await createQueue(sqsClient(target!.endpoint));
    const input = await creation({ fixture: "stream-reader", Environment: { Variables: { WITNESS: witness.path } }, Timeout: 30 });
    await own.lambda.send(new CreateFunctionCommand(input));
    await untilActive(own.lambda, input.FunctionName!);
    const stream = await own.stream();
    await own.map(input.FunctionName!, stream.arn, { BatchSize: 5, StartingPosition: "LATEST" });
    await stream.put(numbered(10));
    await target!.stop();
    await target!.start();
    await stream.put(numbered(20).slice(10));
    await readsOf(input.FunctionName!, 20, own);
    await stream.put(numbered(60).slice(20));
    await target!.killExecutor();
    await target!.reviveExecutor();
    const seen = new Set<string>();
    while (!seen.has("m59")) for (const text of (await witness.receive()).Body!.split(" ")) seen.add(text);
    expect([...seen]).toEqual(numbered(60));
    own.close();
  },
  240_000,
);
