import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  paginateDescribeLogGroups,
  paginateDescribeLogStreams,
  paginateFilterLogEvents,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  StartQueryCommand,
  TagResourceCommand,
  UntagResourceCommand,
  type FilterLogEventsCommandInput,
  type GetLogEventsCommandInput,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { createLogger } from "@lambdock/kernel/logger";
import { createRedisLogSink } from "@lambdock/logs/log-sink";
import type { LogsError } from "@lambdock/logs/logs-error";
import { createLogsOperations } from "@lambdock/logs/logs-operations";
import { redisInstalled, startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";

const withRedis = redisInstalled() ? test : test.skip;
const scope = { accountId: "111122223333", region: "us-east-1" };
const GROUP = "/aws/lambda/f";
const DAY = 86_400_000;

let redis: RedisFixture;
let server: Server;
let client: CloudWatchLogsClient;
beforeAll(async () => {
  if (withRedis !== test) return;
  redis = await startRedis();
  const operations = createLogsOperations({ redis: redis.client });
  server = createServer(async (request, response) => {
    const name = String(request.headers["x-amz-target"]).replace("Logs_20140328.", "");
    const answer = await operations[name]!(JSON.parse(await text(request)), { scope, requestId: "r", now: Date.now() }).then(
      (output) => ({ status: 200, body: output }),
      (error: unknown) => ({
        status: (error as LogsError).status ?? 500,
        body: { __type: (error as LogsError).code, message: (error as Error).message },
      }),
    );
    response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(answer.body));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new CloudWatchLogsClient({
    endpoint,
    region: scope.region,
    credentials: { accessKeyId: "k", secretAccessKey: "s" },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client?.destroy();
  server?.close();
  await redis?.stop();
});
beforeEach(async () => void (await redis?.client.flushall()));

async function put(logStreamName: string, events: readonly (readonly [number, string])[]): Promise<void> {
  const sink = createRedisLogSink({ redis: redis.client, logger: createLogger("test", "silent") });
  sink.append(
    { ...scope, logGroup: GROUP, logStream: logStreamName },
    events.map(([timestamp, message]) => ({ timestamp, message })),
  );
  await sink.flush();
}

const run = (count: number, at: number, label = "line"): [number, string][] =>
  Array.from({ length: count }, (_, index) => [at + index, `${label} ${index}\n`]);
const get = async (
  input: Partial<GetLogEventsCommandInput> = {},
): Promise<{ messages: (string | undefined)[]; forward: string; backward: string }> => {
  const { events, nextForwardToken, nextBackwardToken } = await client.send(
    new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: "s", ...input }),
  );
  return { messages: events!.map(({ message }) => message), forward: nextForwardToken!, backward: nextBackwardToken! };
};
const filter = async (input: FilterLogEventsCommandInput = {}): Promise<(string | undefined)[]> =>
  (await client.send(new FilterLogEventsCommand({ logGroupName: GROUP, ...input }))).events!.map(({ message }) => message);

withRedis("groups are described with ARNs, times and sizes, by prefix, pattern and page", async () => {
  for (const name of ["/aws/lambda/b", "/aws/lambda/a", "other"]) await client.send(new CreateLogGroupCommand({ logGroupName: name }));
  const all = await client.send(new DescribeLogGroupsCommand({}));
  expect(all.logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(["/aws/lambda/a", "/aws/lambda/b", "other"]);
  expect(all.nextToken).toBeUndefined();
  expect(all.logGroups?.[0]).toMatchObject({
    arn: "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/a:*",
    logGroupArn: "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/a",
    storedBytes: 0,
    metricFilterCount: 0,
    logGroupClass: "STANDARD",
  });
  expect(Math.abs(all.logGroups![0]!.creationTime! - Date.now())).toBeLessThan(60_000);
  const names = async (input: object): Promise<unknown> =>
    (await client.send(new DescribeLogGroupsCommand(input))).logGroups?.map(({ logGroupName }) => logGroupName);
  expect(await names({ logGroupNamePrefix: "/aws/lambda/b" })).toEqual(["/aws/lambda/b"]);
  expect(await names({ logGroupNamePattern: "lambda" })).toEqual(["/aws/lambda/a", "/aws/lambda/b"]);
  expect(await names({ logGroupIdentifiers: ["arn:aws:logs:us-east-1:111122223333:log-group:other", "/aws/lambda/a"] })).toEqual([
    "/aws/lambda/a",
    "other",
  ]);
  expect(await names({ logGroupClass: "INFREQUENT_ACCESS" })).toEqual([]);
  const pages: unknown[] = [];
  for await (const page of paginateDescribeLogGroups({ client }, { limit: 2 })) pages.push(page.logGroups?.length);
  expect(pages).toEqual([2, 1]);
});

withRedis("streams are described by name or by last event, either way round, page by page", async () => {
  await put("b", [[2_000, "x"]]);
  await put("a", [
    [3_000, "x"],
    [1_000, "y"],
  ]);
  await put("c", [[1_500, "x"]]);
  const names = async (input: object): Promise<unknown> =>
    (await client.send(new DescribeLogStreamsCommand({ logGroupName: GROUP, ...input }))).logStreams?.map(
      ({ logStreamName }) => logStreamName,
    );
  expect(await names({})).toEqual(["a", "b", "c"]);
  expect(await names({ descending: true })).toEqual(["c", "b", "a"]);
  expect(await names({ orderBy: "LastEventTime", descending: true })).toEqual(["a", "b", "c"]);
  expect(await names({ orderBy: "LastEventTime" })).toEqual(["c", "b", "a"]);
  expect(await names({ logStreamNamePrefix: "b" })).toEqual(["b"]);
  for (const input of [{ orderBy: "LastEventTime", descending: true }, { orderBy: "LogStreamName" }] as const) {
    const paged: (string | undefined)[] = [];
    for await (const page of paginateDescribeLogStreams(
      { client, pageSize: 1 },
      { logGroupIdentifier: `arn:aws:logs:us-east-1:111122223333:log-group:${GROUP}`, ...input },
    ))
      paged.push(...page.logStreams!.map(({ logStreamName }) => logStreamName));
    expect(paged).toEqual(["a", "b", "c"]);
  }
  const [first] = (await client.send(new DescribeLogStreamsCommand({ logGroupName: GROUP }))).logStreams!;
  expect(first).toMatchObject({
    firstEventTimestamp: 1_000,
    lastEventTimestamp: 3_000,
    arn: `arn:aws:logs:us-east-1:111122223333:log-group:${GROUP}:log-stream:a`,
    storedBytes: 0,
  });
  expect(first!.lastIngestionTime).toBeGreaterThanOrEqual(first!.creationTime!);
});

withRedis("GetLogEvents starts at the tail or the head, and its tokens lead through the stream in both directions", async () => {
  await put("s", run(10, 1_000));
  const tail = await get({ limit: 3 });
  expect(tail.messages).toEqual(["line 7\n", "line 8\n", "line 9\n"]);
  const earlier = await get({ limit: 3, nextToken: tail.backward });
  expect(earlier.messages).toEqual(["line 4\n", "line 5\n", "line 6\n"]);
  expect((await get({ limit: 3, nextToken: earlier.forward, startFromHead: true })).messages).toEqual(tail.messages);
  const head = await get({ limit: 4, startFromHead: true });
  expect(head.messages).toEqual(["line 0\n", "line 1\n", "line 2\n", "line 3\n"]);
  expect((await get({ nextToken: head.forward, startFromHead: true, limit: 2 })).messages).toEqual(["line 4\n", "line 5\n"]);
  expect((await get({ nextToken: head.backward, limit: 2 })).messages).toEqual([]);
  expect(tail.forward).toMatch(/^f\/\d{56}\/s$/);
  expect(tail.backward).toMatch(/^b\/\d{56}\/s$/);
});

withRedis("at an end GetLogEvents gives the same token back, and new events appear behind it", async () => {
  await put("s", run(3, 1_000));
  const all = await get({ startFromHead: true });
  const end = await get({ nextToken: all.forward, startFromHead: true });
  expect([end.messages, end.forward]).toEqual([[], all.forward]);
  expect((await get({ nextToken: end.backward })).messages).toEqual(["line 0\n", "line 1\n", "line 2\n"]);
  const start = await get({ nextToken: all.backward });
  expect([start.messages, start.backward]).toEqual([[], all.backward]);
  await put("s", [
    [1_002, "same time\n"],
    [2_000, "later\n"],
  ]);
  expect((await get({ nextToken: end.forward, startFromHead: true })).messages).toEqual(["same time\n", "later\n"]);
});

withRedis("an empty stream has tokens behind which its first events appear", async () => {
  await client.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
  await client.send(new CreateLogStreamCommand({ logGroupName: GROUP, logStreamName: "s" }));
  const empty = await get({ startFromHead: true });
  expect(empty.messages).toEqual([]);
  await put("s", run(2, 1_000));
  expect((await get({ nextToken: empty.forward, startFromHead: true })).messages).toEqual(["line 0\n", "line 1\n"]);
});

withRedis("10,000 lines of one millisecond come back complete and in order, page by page", async () => {
  const events = Array.from({ length: 10_000 }, (_, index): [number, string] => [5_000, `line ${index} ${"x".repeat(200)}\n`]);
  await put("s", events);
  const read: (string | undefined)[] = [];
  let token: string | undefined;
  for (let pages = 0; ; pages += 1) {
    const { messages, forward } = await get({ startFromHead: true, ...(token === undefined ? {} : { nextToken: token }) });
    read.push(...messages);
    if (forward === token) break;
    token = forward;
    expect(pages).toBeLessThan(5);
  }
  expect(read).toEqual(events.map(([, message]) => message));
  const first = (await get({ startFromHead: true })).messages.length;
  const bytes = (count: number): number => events.slice(0, count).reduce((sum, [, { length }]) => sum + length + 26, 0);
  expect([bytes(first) <= 1_048_576, bytes(first + 1) <= 1_048_576]).toEqual([true, false]);
  const filtered: (string | undefined)[] = [];
  for await (const page of paginateFilterLogEvents({ client, pageSize: 999 }, { logGroupName: GROUP }))
    filtered.push(...page.events!.map(({ message }) => message));
  expect(filtered).toEqual(read);
});

withRedis("startTime is inclusive; endTime is exclusive for GetLogEvents and inclusive for FilterLogEvents", async () => {
  await put("s", run(5, 1_000));
  expect((await get({ startTime: 1_001, endTime: 1_003 })).messages).toEqual(["line 1\n", "line 2\n"]);
  expect(await filter({ startTime: 1_001, endTime: 1_003 })).toEqual(["line 1\n", "line 2\n", "line 3\n"]);
  expect(await filter({ startTime: 1_005 })).toEqual([]);
  expect(await filter({ endTime: 999 })).toEqual([]);
});

withRedis("FilterLogEvents interleaves streams by time and knows each event by an id of its own", async () => {
  await put("a", [
    [1_000, "a0"],
    [3_000, "a1"],
    [3_000, "a2"],
  ]);
  await put("b", [
    [2_000, "b0"],
    [3_000, "b1"],
    [4_000, "b2"],
  ]);
  const { events, searchedLogStreams, nextToken } = await client.send(
    new FilterLogEventsCommand({ logGroupName: GROUP, interleaved: true }),
  );
  expect(events!.map(({ message }) => message)).toEqual(["a0", "b0", "a1", "a2", "b1", "b2"]);
  expect(events![1]).toMatchObject({ logStreamName: "b", timestamp: 2_000 });
  expect(new Set(events!.map(({ eventId }) => eventId)).size).toBe(6);
  expect(events!.every(({ eventId }) => /^3\d{55}$/.test(eventId!))).toBe(true);
  expect(searchedLogStreams).toEqual([]);
  expect(nextToken).toBeUndefined();
  expect(await filter({ logStreamNames: ["b"] })).toEqual(["b0", "b1", "b2"]);
  expect(await filter({ logStreamNamePrefix: "a" })).toEqual(["a0", "a1", "a2"]);
  expect(await filter({ filterPattern: "?a1 ?b2" })).toEqual(["a1", "b2"]);
});

withRedis("FilterLogEvents pages through many streams without losing or repeating an event, whatever the page size", async () => {
  const expected: { at: number; message: string }[] = [];
  for (let stream = 0; stream < 12; stream += 1) {
    const events = Array.from({ length: 150 }, (_, index): [number, string] => [1_000 + ((index * 7 + stream) % 40), `${stream}-${index}`]);
    await put(`s${stream}`, events);
    expected.push(...events.map(([at, message]) => ({ at, message })));
  }
  for (const pageSize of [7, 500, 10_000]) {
    const seen: { at: number; message: string }[] = [];
    for await (const page of paginateFilterLogEvents({ client, pageSize }, { logGroupName: GROUP })) {
      expect(page.events!.length).toBeLessThanOrEqual(pageSize);
      seen.push(...page.events!.map(({ timestamp, message }) => ({ at: timestamp!, message: message! })));
    }
    expect(seen.map(({ at }) => at)).toEqual(expected.map(({ at }) => at).toSorted((a, b) => a - b));
    expect(seen.map(({ message }) => message).toSorted()).toEqual(expected.map(({ message }) => message).toSorted());
  }
});

withRedis("a search that finds nothing in very many events comes in pages and ends", async () => {
  await put(
    "s",
    Array.from({ length: 60_000 }, (_, index): [number, string] => [1_000 + index, index === 59_000 ? "needle" : "hay"]),
  );
  const pages: number[] = [];
  for await (const page of paginateFilterLogEvents({ client }, { logGroupName: GROUP, filterPattern: "needle" }))
    pages.push(page.events!.length);
  expect(pages).toEqual([0, 1]);
});

withRedis("following a group as `aws logs tail --follow` does shows every line once", async () => {
  const seen = new Map<string, string>();
  let startTime = 1;
  const poll = async (): Promise<void> => {
    for await (const page of paginateFilterLogEvents({ client }, { logGroupName: GROUP, startTime, interleaved: true })) {
      for (const { eventId, message, timestamp } of page.events!) {
        seen.set(eventId!, message!);
        startTime = Math.max(startTime, timestamp!);
      }
    }
  };
  await put("a", run(3, 1_000, "a"));
  await poll();
  await put("b", [[1_002, "b at the same time\n"]]);
  await put("a", [
    [1_002, "a again\n"],
    [1_003, "a later\n"],
  ]);
  await poll();
  await poll();
  expect([...seen.values()].toSorted()).toEqual(["a 0\n", "a 1\n", "a 2\n", "a again\n", "a later\n", "b at the same time\n"]);
});

withRedis("users' programs write with PutLogEvents, and learn what was too old or too new", async () => {
  await client.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
  await client.send(new CreateLogStreamCommand({ logGroupName: GROUP, logStreamName: "s" }));
  const send = async (logEvents: { timestamp: number; message: string }[]): Promise<unknown> =>
    await client.send(new PutLogEventsCommand({ logGroupName: GROUP, logStreamName: "s", logEvents }));
  const now = Date.now();
  expect(
    await send([
      { timestamp: now, message: "one" },
      { timestamp: now, message: "two" },
    ]),
  ).toMatchObject({ nextSequenceToken: expect.stringMatching(/^\d{56}$/) });
  expect((await get()).messages).toEqual(["one", "two"]);
  expect(
    await send([
      { timestamp: now - 14 * DAY - 60_000, message: "old" },
      { timestamp: now - 14 * DAY + 60_000, message: "fine" },
    ]),
  ).toMatchObject({ rejectedLogEventsInfo: { tooOldLogEventEndIndex: 1 } });
  expect(
    await send([
      { timestamp: now, message: "three" },
      { timestamp: now + 3 * 3_600_000, message: "new" },
    ]),
  ).toMatchObject({ rejectedLogEventsInfo: { tooNewLogEventStartIndex: 1 } });
  expect((await get()).messages).toEqual(["fine", "one", "two", "three"]);
});

withRedis("a retention policy hides and removes what is older, until it is taken away", async () => {
  const now = Date.now();
  await put("s", [
    [now - 2 * DAY, "old"],
    [now, "new"],
  ]);
  await put("dead", [[now - 2 * DAY, "old"]]);
  const policy = async (): Promise<unknown> => (await client.send(new DescribeLogGroupsCommand({}))).logGroups?.[0]?.retentionInDays;
  await client.send(new PutRetentionPolicyCommand({ logGroupName: GROUP, retentionInDays: 1 }));
  expect(await policy()).toBe(1);
  expect(await filter()).toEqual(["new"]);
  expect((await client.send(new DescribeLogGroupsCommand({}))).logGroups?.[0]?.storedBytes).toBe(29);
  const dead = (await client.send(new DescribeLogStreamsCommand({ logGroupName: GROUP, logStreamNamePrefix: "dead" }))).logStreams?.[0];
  expect(dead).not.toHaveProperty("lastEventTimestamp");
  await put("s", [
    [now - 3 * DAY, "too late"],
    [now + 1, "newer"],
  ]);
  expect((await get()).messages).toEqual(["new", "newer"]);
  const rejected = await client.send(
    new PutLogEventsCommand({
      logGroupName: GROUP,
      logStreamName: "s",
      logEvents: [
        { timestamp: now - 1.5 * DAY, message: "x" },
        { timestamp: now - DAY / 2 - 1, message: "y" },
      ].slice(0, 1),
    }),
  );
  expect(rejected.rejectedLogEventsInfo).toEqual({ expiredLogEventEndIndex: 1 });
  await client.send(new DeleteRetentionPolicyCommand({ logGroupName: GROUP }));
  expect(await policy()).toBeUndefined();
  await put("s", [[now - 3 * DAY, "welcome again"]]);
  expect((await get()).messages).toEqual(["welcome again", "new", "newer"]);
});

withRedis("a deleted stream and a deleted group are gone with everything in them", async () => {
  await put("s", run(3, 1_000));
  await put("t", run(3, 1_000));
  await client.send(new DeleteLogStreamCommand({ logGroupName: GROUP, logStreamName: "s" }));
  expect(await filter()).toHaveLength(3);
  await expect(get()).rejects.toMatchObject({ name: "ResourceNotFoundException", message: "The specified log stream does not exist." });
  await client.send(new DeleteLogGroupCommand({ logGroupName: GROUP }));
  expect(await redis.client.keys("*")).toEqual([]);
});

withRedis("tags are kept with the group", async () => {
  const resourceArn = `arn:aws:logs:us-east-1:111122223333:log-group:${GROUP}`;
  await client.send(new CreateLogGroupCommand({ logGroupName: GROUP, tags: { a: "1", b: "" } }));
  await client.send(new TagResourceCommand({ resourceArn, tags: { c: "3" } }));
  await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ["a"] }));
  expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ b: "", c: "3" });
});

withRedis("an operation that is not built answers 501 through the SDK", async () => {
  await expect(client.send(new StartQueryCommand({ startTime: 1, endTime: 2, queryString: "x" }))).rejects.toMatchObject({
    name: "NotImplementedException",
    $metadata: { httpStatusCode: 501 },
  });
});
