import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from "@aws-sdk/client-kinesis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { redisInstalled, startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";
import { leaseKey } from "../leases/lease-token.ts";
import { sourceClientSettings } from "./source-client.ts";
import { startKinesis, type Emulator } from "./testing/emulators.ts";
import {
  ACCOUNT,
  answered,
  FAILED,
  REGION,
  startStreamMapping,
  until,
  type StreamFixture,
  type StreamFixtureOptions,
} from "./testing/stream-fixture.ts";

const sequence = (count: number, prefix = "r"): string[] => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

(redisInstalled() ? describe : describe.skip)("a Kinesis mapping", () => {
  let redis: RedisFixture;
  let kinesis: Emulator;
  let client: KinesisClient;
  let names = 0;
  const started: StreamFixture[] = [];

  beforeAll(async () => {
    [redis, kinesis] = await Promise.all([startRedis(), startKinesis()]);
    client = new KinesisClient(sourceClientSettings({ region: REGION, accountId: ACCOUNT }, { endpoint: kinesis.endpoint }));
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map(({ runner }) => runner.stop(0)));
  });
  afterAll(async () => {
    client.destroy();
    await Promise.all([redis.stop(), kinesis.stop()]);
  });

  const arnOf = (name: string): string => `arn:aws:kinesis:${REGION}:${ACCOUNT}:stream/${name}`;
  const createStream = async (ShardCount = 1): Promise<string> => {
    const StreamName = `s${(names += 1)}`;
    await client.send(new CreateStreamCommand({ StreamName, ShardCount }));
    await active(StreamName);
    return StreamName;
  };
  const active = (StreamName: string): Promise<void> =>
    until(async () => {
      const { StreamDescriptionSummary: summary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
      return summary?.StreamStatus === "ACTIVE";
    });
  const put = async (StreamName: string, texts: readonly string[], keyOf: (text: string) => string = () => "k"): Promise<void> => {
    for (let first = 0; first < texts.length; first += 200) {
      const Records = texts.slice(first, first + 200).map((text) => ({ Data: Buffer.from(text), PartitionKey: keyOf(text) }));
      await client.send(new PutRecordsCommand({ StreamName, Records }));
    }
  };
  const start = async (name: string, options: Partial<StreamFixtureOptions> = {}): Promise<StreamFixture> => {
    const fixture = await startStreamMapping({
      redis: redis.client,
      endpoint: kinesis.endpoint,
      eventSourceArn: arnOf(name),
      uuid: `m-${name}`,
      ...options,
    });
    started.push(fixture);
    return fixture;
  };
  const finish = async (fixture: StreamFixture): Promise<void> => {
    await fixture.runner.stop(1_000);
    started.splice(started.indexOf(fixture), 1);
  };

  test("records come from the trim horizon in AWS's form, and the checkpoint follows", async () => {
    const name = await createStream();
    await put(name, ["one", "two"]);
    const fixture = await start(name);
    await until(() => fixture.seen().length === 2);
    expect(fixture.calls[0]!.event.Records[0]).toEqual({
      kinesis: {
        kinesisSchemaVersion: "1.0",
        partitionKey: "k",
        sequenceNumber: expect.stringMatching(/^\d{56}$/),
        data: Buffer.from("one").toString("base64"),
        approximateArrivalTimestamp: expect.any(Number),
      },
      eventSource: "aws:kinesis",
      eventVersion: "1.0",
      eventID: expect.stringMatching(/^shardId-000000000000:\d{56}$/),
      eventName: "aws:kinesis:record",
      invokeIdentityArn: `arn:aws:iam::${ACCOUNT}:role/r`,
      awsRegion: REGION,
      eventSourceARN: arnOf(name),
    });
    await until(
      () => fixture.runner.status().shards?.[0]?.checkpoint === fixture.calls.at(-1)!.event.Records.at(-1)!.kinesis!.sequenceNumber,
    );
    expect(fixture.results).toEqual(["OK"]);
    expect(fixture.runner.status()).toMatchObject({ batchesInFlight: 0, pollers: 1, lastResult: "OK" });
    expect(await fixture.metric("polled_events_total")).toBe(2);
    expect(await fixture.metric("iterator_age_milliseconds")).toBeGreaterThan(0);
    const steps = fixture.events.map((event) => (event.type === "mapping" ? event.step : event.type));
    expect(steps.slice(0, 4)).toEqual(["batch-polled", "batch-invoked", "batch-succeeded", "checkpointed"]);
    expect(fixture.events[1]).toMatchObject({ iteratorAgeMs: expect.any(Number) });
  });

  test("LATEST begins when the mapping was made, whoever polls when: what is written while nobody polls is not lost", async () => {
    const name = await createStream();
    await put(name, ["before"]);
    const made = await nextMillisecond();
    await put(name, ["early"]);
    const latest = { lastModified: made, stream: { startingPosition: "LATEST" } } as const;
    const first = await start(name, latest);
    await until(() => first.seen().length > 0);
    await finish(first);
    await put(name, ["meanwhile"]);
    const second = await start(name, latest);
    await until(() => second.seen().length > 0);
    expect([...first.seen(), ...second.seen()]).toEqual(["early", "meanwhile"]);
  });

  test("a consumer's ARN stands in the events, and its stream is polled", async () => {
    const name = await createStream();
    await put(name, ["one"]);
    const eventSourceArn = `${arnOf(name)}/consumer/c:1700000000`;
    const fixture = await start(name, { eventSourceArn });
    await until(() => fixture.seen().length === 1);
    expect(fixture.calls[0]!.event.Records[0]).toMatchObject({ eventSourceARN: eventSourceArn });
  });

  test("AT_TIMESTAMP begins at that instant", async () => {
    const name = await createStream();
    await put(name, ["old"]);
    const at = await nextMillisecond();
    await put(name, ["new"]);
    const fixture = await start(name, { stream: { startingPosition: "AT_TIMESTAMP", startingPositionTimestamp: at } });
    await until(() => fixture.seen().length > 0);
    expect(fixture.seen()).toEqual(["new"]);
  });

  test("a restarted poller goes on from the checkpoint", async () => {
    const name = await createStream();
    const first = await start(name, { settings: { batchSize: 5 } });
    await put(name, sequence(20));
    await until(() => first.seen().length >= 10);
    await finish(first);
    await put(name, sequence(5, "later"));
    const second = await start(name, { settings: { batchSize: 5 } });
    await until(() => second.seen().includes("later4"));
    expect([...first.seen(), ...second.seen()]).toEqual([...sequence(20), ...sequence(5, "later")]);
  });

  test("a split and a merge are followed, parents first, and every key keeps its order", async () => {
    const name = await createStream(1);
    const fixture = await start(name, { settings: { batchSize: 10 } });
    const keyOf = (text: string): string => `key${Number(text.slice(1)) % 7}`;
    await put(name, sequence(50, "a"), keyOf);
    await client.send(
      new SplitShardCommand({ StreamName: name, ShardToSplit: "shardId-000000000000", NewStartingHashKey: String(2n ** 127n) }),
    );
    await active(name);
    await put(name, sequence(50, "b"), keyOf);
    const { Shards } = await client.send(new ListShardsCommand({ StreamName: name }));
    const [left, right] = Shards!.slice(1).map(({ ShardId }) => ShardId!);
    await client.send(new MergeShardsCommand({ StreamName: name, ShardToMerge: left, AdjacentShardToMerge: right }));
    await active(name);
    await put(name, sequence(50, "c"), keyOf);
    await until(() => fixture.seen().length >= 150);
    const byKey = new Map<string, string[]>();
    for (const text of fixture.seen()) byKey.set(keyOf(text), [...(byKey.get(keyOf(text)) ?? []), text]);
    const all = [...sequence(50, "a"), ...sequence(50, "b"), ...sequence(50, "c")];
    for (const [key, texts] of byKey) expect(texts).toEqual(all.filter((text) => keyOf(text) === key));
    await until(() => fixture.runner.status().shards?.filter(({ state }) => state === "finished").length === 3);
    expect(fixture.runner.status().shards).toHaveLength(4);
  });

  test("four shards with a factor of ten reach forty invocations in flight, and every key keeps its order", async () => {
    const name = await createStream(4);
    const texts = sequence(2_000);
    const keyOf = (text: string): string => `key${Number(text.slice(1)) % 400}`;
    await put(name, texts, keyOf);
    const fixture = await start(name, {
      settings: { batchSize: 5 },
      stream: { parallelizationFactor: 10 },
      handler: () => new Promise((resolve) => setTimeout(() => resolve(answered(null)), 100)),
    });
    await until(() => fixture.seen().length >= texts.length, 60_000);
    expect(fixture.running().peak).toBe(40);
    const last = new Map<string, number>();
    for (const text of fixture.seen()) {
      expect(Number(text.slice(1))).toBeGreaterThan(last.get(keyOf(text)) ?? -1);
      last.set(keyOf(text), Number(text.slice(1)));
    }
  });

  test("a record reaches the handler soon after it was put", async () => {
    const name = await createStream();
    const fixture = await start(name);
    await put(name, ["first"]);
    await until(() => fixture.seen().length === 1);
    const delays: number[] = [];
    for (const text of sequence(15)) {
      const before = performance.now();
      await client.send(new PutRecordCommand({ StreamName: name, PartitionKey: "k", Data: Buffer.from(text) }));
      await until(() => fixture.calls.some((call) => call.texts.includes(text)));
      delays.push(fixture.calls.find((call) => call.texts.includes(text))!.at - before);
    }
    expect(delays.sort((a, b) => a - b)[7]).toBeLessThanOrEqual(300);
  });

  test("filters see decoded data; what they drop advances the checkpoint", async () => {
    const name = await createStream();
    const fixture = await start(name, { settings: { filters: ['{"data":{"kind":["good"]}}'] } });
    await put(name, ['{"kind":"bad"}', '{"kind":"good"}', "no JSON"]);
    await until(() => fixture.seen().length === 1);
    expect(fixture.seen()).toEqual(['{"kind":"good"}']);
    await until(() => fixture.events.some((event) => event.type === "mapping" && event.step === "filtered" && (event.records ?? 0) > 0));
    await until(async () => (await fixture.metric("filtered_out_events_total")) === 2);
  });

  test("an endpoint that does not answer is told, and its records come when it does again", async () => {
    const name = await createStream();
    const fixture = await start(name);
    await put(name, ["one"]);
    await until(() => fixture.seen().length === 1);
    // What is asked while nobody answers ends with the connection.
    const gateway = await startGateway(kinesis.endpoint);
    const second = await start(name, { uuid: `other-${name}`, endpoint: gateway.endpoint });
    await until(() => second.seen().length === 1);
    await gateway.close();
    await until(() => second.results.at(-1)?.startsWith("PROBLEM: Lambda internal error. The stream can't be read") === true);
    await put(name, ["two"]);
    await gateway.open();
    await until(() => second.seen().length === 2);
    expect(second.results.at(-1)).toBe("OK");
    expect(second.seen()).toEqual(["one", "two"]);
    await gateway.close();
  });

  test("a stream that is deleted under its mapping is told, and one that is made again is read from its beginning", async () => {
    const name = await createStream();
    const fixture = await start(name);
    await put(name, ["one"]);
    await until(() => fixture.seen().length === 1);
    await client.send(new DeleteStreamCommand({ StreamName: name }));
    await until(() => fixture.results.at(-1) === `PROBLEM: Stream not found: ${arnOf(name)}`);
    // Sequence numbers begin with the second in which the stream was made.
    const second = Math.floor(Date.now() / 1_000);
    await until(() => Math.floor(Date.now() / 1_000) > second + 1);
    await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: 1 }));
    await active(name);
    await put(name, ["anew"]);
    await until(() => fixture.seen().length === 2);
    expect(fixture.seen()).toEqual(["one", "anew"]);
    await until(() => fixture.results.at(-1) === "OK");
  });

  test("a function that is gone is told, its records wait, and nothing is counted against them", async () => {
    const name = await createStream();
    const fixture = await start(name, { stream: { maximumRetryAttempts: 0 } });
    fixture.functionExists = false;
    await put(name, ["one"]);
    await until(() => fixture.results.at(-1)?.startsWith("PROBLEM: Function not found") === true);
    fixture.functionExists = true;
    await until(() => fixture.seen().length === 1);
    await until(() => fixture.results.at(-1) === "OK");
  });

  test("throttles are waited for and count as no attempts", async () => {
    const name = await createStream();
    let throttles = 0;
    const fixture = await start(name, {
      timeScale: 20,
      stream: { maximumRetryAttempts: 0 },
      handler: () => {
        throttles += 1;
        return throttles > 4 ? answered(null) : { kind: "throttled", reason: "ReservedFunctionConcurrentInvocationLimitExceeded" };
      },
    });
    await put(name, ["one"]);
    await until(() => fixture.results.at(-1) === "OK");
    expect(fixture.seen()).toEqual(Array.from({ length: 5 }, () => "one"));
    expect(fixture.results).toEqual(["OK"]);
    expect(await fixture.metric("failed_invoke_events_total")).toBe(0);
    expect(await fixture.metric("dropped_events_total")).toBe(0);
  });

  test("whoever lost the lease hands over nothing more and stores nothing", async () => {
    const name = await createStream();
    let free: () => void = () => undefined;
    const fixture = await start(name, {
      settings: { batchSize: 1 },
      handler: () => new Promise((resolve) => (free = () => resolve(answered(null)))),
    });
    await put(name, sequence(3));
    await until(() => fixture.calls.length === 1);
    await redis.client.set(leaseKey(fixture.mapping.uuid), "another's");
    free();
    await until(() => fixture.leaseLost);
    await fixture.runner.stop(0);
    expect(fixture.calls).toHaveLength(1);
    const second = await start(name);
    await until(() => second.seen().length === 3);
    expect(second.seen()).toEqual(sequence(3));
  });

  test("a poison record with retries left blocks its shard and says so; an update that allows it to be given up frees it", async () => {
    const name = await createStream();
    const fixture = await start(name, {
      settings: { batchSize: 1 },
      timeScale: 20,
      handler: ({ texts }) => (texts[0] === "bad" ? FAILED : answered(null)),
    });
    await put(name, ["good", "bad", "next"]);
    await until(() => fixture.seen().filter((text) => text === "bad").length >= 3);
    expect(fixture.results.at(-1)).toBe("PROBLEM: Function call failed");
    expect(fixture.runner.status().shards?.[0]?.state).toMatch(/retrying|reading/);
    const { stream } = fixture.mapping.settings;
    fixture.runner.update({
      ...fixture.mapping,
      generation: 2,
      settings: { ...fixture.mapping.settings, stream: { ...stream!, maximumRetryAttempts: 3 } },
    });
    await until(() => fixture.seen().includes("next"));
    await until(() => fixture.results.at(-1) === "OK");
    expect(await fixture.metric("dropped_events_total")).toBe(1);
  });
});

/** An instant after everything that has arrived: arrival times are whole milliseconds. */
async function nextMillisecond(): Promise<number> {
  const now = Date.now();
  await until(() => Date.now() > now);
  return Date.now();
}

/** A way to an endpoint that can be shut: connections break and are refused. */
async function startGateway(endpoint: string): Promise<{ readonly endpoint: string; open(): Promise<void>; close(): Promise<void> }> {
  const { connect, createServer } = await import("node:net");
  const { freePort } = await import("@lambdock/store/testing/redis-fixture");
  const port = await freePort();
  const sockets = new Set<{ destroy(): void }>();
  const make = (): ReturnType<typeof createServer> =>
    createServer((socket) => {
      const onward = connect(Number(new URL(endpoint).port), "127.0.0.1");
      for (const each of [socket, onward]) {
        sockets.add(each);
        each.on("error", () => undefined).on("close", () => void sockets.delete(each));
      }
      socket.pipe(onward).pipe(socket);
    });
  let server = make();
  const open = (): Promise<void> => new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  await open();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    open,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          server = make();
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}
