import { createHash } from "node:crypto";
import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { advanceChain, RECURSIVE_INVOCATIONS_MAX } from "@lambdock/model/lineage";
import { serveSqs } from "@lambdock/sqs/http/server";
import { startSqs, type SqsFixture } from "@lambdock/sqs/testing/sqs-fixture";
import { until } from "@lambdock/sqs/testing/until";
import { freePort, redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { startMapping, type MappingFixture, type MappingFixtureOptions } from "../testing/mapping-fixture.ts";
import { answered, FAILED } from "../testing/recording-executor.ts";

const numbered = (count: number, prefix = "m"): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

(redisInstalled() ? describe : describe.skip)("an SQS mapping", () => {
  let sqs: SqsFixture;
  const started: MappingFixture[] = [];
  const start = async (options?: MappingFixtureOptions): Promise<MappingFixture> => {
    const fixture = await startMapping(sqs, options);
    started.push(fixture);
    return fixture;
  };
  const received = (fixture: MappingFixture): string[] => fixture.executor.invocations.flatMap(({ bodies }) => bodies);
  const queueUrl = async (fixture: MappingFixture): Promise<string> => {
    const name = fixture.mapping.eventSourceArn.split(":").at(-1)!;
    return (await sqs.client.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl!;
  };

  beforeAll(async () => {
    sqs = await startSqs();
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map(({ runner }) => runner.stop(100)));
  });
  afterAll(() => sqs.stop());

  test("every message reaches the function and is deleted", async () => {
    const fixture = await start();
    await fixture.send(numbered(57));
    await until(async () => (await fixture.left()) === 0);
    expect(received(fixture).sort()).toEqual(numbered(57).sort());
    expect(fixture.results).toEqual(["OK"]);
    for (const { bodies } of fixture.executor.invocations) expect(bodies.length).toBeLessThanOrEqual(10);
    expect(await fixture.metric("polled_events_total")).toBe(57);
    expect(await fixture.metric("invoked_events_total")).toBe(57);
    await until(async () => (await fixture.metric("deleted_events_total")) === 57);
  });

  test("a message of a recursive loop is not run: it goes the way of those that fail", async () => {
    const fixture = await start({ queueAttributes: { VisibilityTimeout: "1" } });
    let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    const { functionArn } = (await fixture.directory.resolve({ accountId: "", region: "" }, "f", undefined)).spec;
    for (let run = 0; run < RECURSIVE_INVOCATIONS_MAX; run += 1) trace = advanceChain(trace, functionArn).traceHeader;
    await sqs.client.send(
      new SendMessageCommand({
        QueueUrl: await queueUrl(fixture),
        MessageBody: "again",
        MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: trace } },
      }),
    );
    await until(() => fixture.results.some((result) => result.includes("recursive loop")));
    expect(fixture.executor.invocations).toHaveLength(0);
    expect(await fixture.left()).toBe(1);
  });

  test("the event is the one that AWS sends, to the letter", async () => {
    const fixture = await start();
    const MessageAttributes = {
      k: { DataType: "String", StringValue: "v" },
      b: { DataType: "Binary.png", BinaryValue: Buffer.from([1, 2, 255]) },
    };
    const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:38a5ab94:0";
    const sent = await sqs.client.send(
      new SendMessageCommand({
        QueueUrl: await queueUrl(fixture),
        MessageBody: '{"a":1}',
        MessageAttributes,
        MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: trace } },
      }),
    );
    await until(() => fixture.executor.invocations.length === 1);
    const { records, request } = fixture.executor.invocations[0]!;
    expect(records).toEqual([
      {
        messageId: sent.MessageId,
        receiptHandle: expect.any(String),
        body: '{"a":1}',
        attributes: {
          ApproximateReceiveCount: "1",
          SentTimestamp: expect.stringMatching(/^\d{13}$/),
          SenderId: expect.any(String),
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
          AWSTraceHeader: trace,
        },
        messageAttributes: {
          k: { stringValue: "v", stringListValues: [], binaryListValues: [], dataType: "String" },
          b: { binaryValue: "AQL/", stringListValues: [], binaryListValues: [], dataType: "Binary.png" },
        },
        md5OfMessageAttributes: sent.MD5OfMessageAttributes,
        md5OfBody: createHash("md5").update('{"a":1}').digest("hex"),
        eventSource: "aws:sqs",
        eventSourceARN: fixture.mapping.eventSourceArn,
        awsRegion: "eu-west-1",
      },
    ]);
    expect(request.traceId).toContain("Lineage=1:38a5ab94:0");
  });

  test("a mapping that stops puts what it gathered back at once", async () => {
    const fixture = await start({ settings: { batchSize: 100, maximumBatchingWindowSeconds: 300 } });
    await fixture.send(numbered(12));
    await until(async () => (await fixture.visible()) === 0 && fixture.runner.status().ageMs !== undefined);
    await fixture.runner.stop(5_000);
    expect(await fixture.visible()).toBe(12);
    expect(fixture.executor.invocations).toHaveLength(0);
  });

  test("a window that is made shorter lets go of what is gathered", async () => {
    const fixture = await start({ settings: { batchSize: 100, maximumBatchingWindowSeconds: 300 } });
    await fixture.send(["early"]);
    await until(async () => (await fixture.visible()) === 0 && fixture.runner.status().ageMs !== undefined);
    const { mapping } = fixture;
    fixture.runner.update({ ...mapping, settings: { ...mapping.settings, batchSize: 10, maximumBatchingWindowSeconds: 0 } });
    await until(() => received(fixture).includes("early"));
  });

  test("a visibility timeout below the function's timeout is told once", async () => {
    const fixture = await start({ queueAttributes: { VisibilityTimeout: "1" } });
    await fixture.send(["a", "b"]);
    await until(async () => (await fixture.left()) === 0);
    expect(fixture.log.filter((line) => line.includes("handed over twice"))).toEqual([
      expect.stringContaining("visibilitySeconds=1 timeoutSeconds=3"),
    ]);
  });

  test("without attributes md5OfMessageAttributes is absent, and null with a window", async () => {
    const plain = await start();
    const windowed = await start({ settings: { maximumBatchingWindowSeconds: 1 } });
    await Promise.all([plain.send(["x"]), windowed.send(["x"])]);
    await until(() => plain.executor.invocations.length === 1 && windowed.executor.invocations.length === 1);
    expect(plain.executor.invocations[0]!.records[0]).not.toHaveProperty("md5OfMessageAttributes");
    expect(windowed.executor.invocations[0]!.records[0]).toHaveProperty("md5OfMessageAttributes", null);
  });

  test("messages of several receives make a batch within the window", async () => {
    const fixture = await start({ settings: { batchSize: 20, maximumBatchingWindowSeconds: 1, maximumConcurrency: 2 } });
    await fixture.send(numbered(30));
    await until(async () => (await fixture.left()) === 0);
    expect(fixture.executor.invocations.map(({ bodies }) => bodies.length)).toEqual([20, 10]);
  });

  test("a batch is no larger than an event may be", async () => {
    const fixture = await start({ settings: { maximumBatchingWindowSeconds: 1, batchSize: 10 } });
    await Promise.all(numbered(8, "x".repeat(1_000_000)).map((body) => fixture.send([body])));
    await until(async () => (await fixture.left()) === 0);
    expect(received(fixture)).toHaveLength(8);
    for (const { request } of fixture.executor.invocations) expect(request.payload.byteLength).toBeLessThanOrEqual(6_291_456);
  });

  test("after a function error the batch appears again, and goes to the dead-letter queue in the end", async () => {
    await sqs.client.send(new CreateQueueCommand({ QueueName: "dead" }));
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: "arn:aws:sqs:eu-west-1:111122223333:dead", maxReceiveCount: 2 });
    const fixture = await start({ queueAttributes: { VisibilityTimeout: "1", RedrivePolicy } });
    fixture.executor.answer(({ bodies }) => (bodies.includes("poison") ? FAILED : answered(null)));
    await fixture.send(["poison"]);
    await until(async () => (await fixture.left()) === 0);
    expect(fixture.executor.invocations.map(({ records }) => records[0]!.attributes["ApproximateReceiveCount"])).toEqual(["1", "2"]);
    expect(fixture.results).toEqual(["PROBLEM: Function call failed"]);
    expect(await fixture.metric("failed_invoke_events_total")).toBe(2);
    expect(await fixture.metric("deleted_events_total")).toBe(0);
  });

  test("of a partly failed batch only the failures stay", async () => {
    const fixture = await start({ settings: { reportBatchItemFailures: true }, queueAttributes: { VisibilityTimeout: "1" } });
    fixture.executor.answer(({ records }) => {
      const bad = records.filter(({ body, attributes }) => body === "m3" && attributes["ApproximateReceiveCount"] === "1");
      return answered({ batchItemFailures: bad.map(({ messageId }) => ({ itemIdentifier: messageId })) });
    });
    await fixture.send(numbered(10));
    await until(async () => (await fixture.left()) === 0);
    expect(received(fixture).filter((body) => body === "m3")).toHaveLength(2);
    expect(received(fixture)).toHaveLength(11);
  });

  test("a malformed batch response fails the whole batch", async () => {
    const fixture = await start({ settings: { reportBatchItemFailures: true }, queueAttributes: { VisibilityTimeout: "1" } });
    fixture.executor.answer(({ records }) =>
      records[0]!.attributes["ApproximateReceiveCount"] === "1" ? answered({ batchItemFailures: [{ id: "x" }] }) : answered({}),
    );
    await fixture.send(["x"]);
    await until(async () => (await fixture.left()) === 0);
    expect(fixture.executor.invocations).toHaveLength(2);
    expect(fixture.results).toEqual(["PROBLEM: Function call failed", "OK"]);
  });

  test("filtered messages are deleted without being handed over, and do not count into batches", async () => {
    const filters = [JSON.stringify({ body: { keep: [true] } })];
    const fixture = await start({ settings: { filters, batchSize: 5, maximumBatchingWindowSeconds: 1, maximumConcurrency: 2 } });
    await fixture.send(numbered(10).map((n, index) => JSON.stringify({ n, keep: index % 2 === 0 })));
    await until(async () => (await fixture.left()) === 0);
    expect(received(fixture)).toHaveLength(5);
    expect(fixture.executor.invocations).toHaveLength(1);
    expect(await fixture.metric("filtered_out_events_total")).toBe(5);
    await until(async () => (await fixture.metric("deleted_events_total")) === 5);
  });

  test("a FIFO queue keeps the order of each group, one invocation of a group at a time, groups side by side", async () => {
    const fixture = await start({ fifo: true, settings: { batchSize: 3 } });
    const atWork = new Set<string>();
    const clashes: string[] = [];
    fixture.executor.answer(async ({ records }) => {
      const groups = new Set(records.map(({ attributes }) => attributes["MessageGroupId"]!));
      for (const group of groups) if (atWork.has(group)) clashes.push(group);
      for (const group of groups) atWork.add(group);
      await new Promise((resolve) => setTimeout(resolve, 5));
      for (const group of groups) atWork.delete(group);
      return answered(null);
    });
    const bodies = numbered(60).map((body, index) => `${"ABCDEF"[index % 6]}-${body}`);
    await fixture.send(bodies, (body) => body[0]!);
    await until(async () => (await fixture.left()) === 0);
    expect(clashes).toEqual([]);
    for (const group of "ABCDEF")
      expect(received(fixture).filter((body) => body[0] === group)).toEqual(bodies.filter((body) => body[0] === group));
    expect(fixture.executor.peak).toBeGreaterThan(1);
    expect(fixture.executor.invocations[0]!.records[0]!.attributes).toMatchObject({
      MessageGroupId: expect.any(String),
      MessageDeduplicationId: expect.any(String),
      SequenceNumber: expect.any(String),
    });
  });

  test("a failing group is repeated in order and does not hold the others up", async () => {
    const fixture = await start({ fifo: true, settings: { batchSize: 1 }, queueAttributes: { VisibilityTimeout: "1" } });
    fixture.executor.answer(({ records: [record] }) =>
      record!.body === "A-m0" && record!.attributes["ApproximateReceiveCount"] === "1" ? FAILED : answered(null),
    );
    await fixture.send(["A-m0", "B-m1", "A-m2", "B-m3"], (body) => body[0]!);
    await until(async () => (await fixture.left()) === 0);
    expect(received(fixture).filter((body) => body[0] === "A")).toEqual(["A-m0", "A-m0", "A-m2"]);
    expect(received(fixture).filter((body) => body[0] === "B")).toEqual(["B-m1", "B-m3"]);
    expect(received(fixture).indexOf("B-m3")).toBeLessThan(received(fixture).lastIndexOf("A-m0"));
  });

  test("throttles are retried inside the visibility timeout and are no function errors", async () => {
    const fixture = await start();
    fixture.executor.answer(() =>
      fixture.executor.invocations.length < 4
        ? { kind: "throttled", reason: "ReservedFunctionConcurrentInvocationLimitExceeded" }
        : answered(null),
    );
    await fixture.send(["x"]);
    await until(async () => (await fixture.left()) === 0);
    expect(fixture.executor.invocations.map(({ records }) => records[0]!.attributes["ApproximateReceiveCount"])).toEqual([
      "1",
      "1",
      "1",
      "1",
    ]);
    expect(await fixture.metric("failed_invoke_events_total")).toBe(0);
    expect(fixture.results).toEqual(["OK"]);
  });

  test("a throttled message returns to the queue when its visibility timeout ends, one receive older", async () => {
    const fixture = await start({ queueAttributes: { VisibilityTimeout: "1" } });
    fixture.executor.answer(({ records }) =>
      records[0]!.attributes["ApproximateReceiveCount"] === "1"
        ? { kind: "unavailable", message: "No environment can be started." }
        : answered(null),
    );
    await fixture.send(["x"]);
    await until(async () => (await fixture.left()) === 0);
    expect(fixture.executor.invocations.at(-1)!.records[0]!.attributes["ApproximateReceiveCount"]).toBe("2");
    expect(fixture.results).toEqual(["PROBLEM: No environment can be started.", "OK"]);
    expect(await fixture.metric("failed_invoke_events_total")).toBe(1);
  });

  test("MaximumConcurrency bounds invocations, and nothing is received that has no place", async () => {
    const fixture = await start({ settings: { maximumConcurrency: 2, batchSize: 1 } });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    fixture.executor.answer(async () => {
      await held;
      return answered(null);
    });
    await fixture.send(numbered(10));
    await until(() => fixture.executor.running === 2);
    expect(fixture.runner.status()).toMatchObject({ batchesInFlight: 2, pollers: 2, ageMs: expect.any(Number) });
    expect(await fixture.metric("polled_events_total")).toBe(2);
    release();
    await until(async () => (await fixture.left()) === 0);
    expect(fixture.executor.peak).toBe(2);
  });

  test("while messages remain and every poller is busy, concurrency grows; a quick function needs no more", async () => {
    const [slow, quick] = [await start({ settings: { batchSize: 1 }, timeScale: 10 }), await start({ timeScale: 10 })];
    slow.executor.answer(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return answered(null);
    });
    await Promise.all([slow.send(numbered(200)), quick.send(numbered(200))]);
    await until(() => slow.executor.peak > 20);
    await until(async () => (await slow.left()) === 0 && (await quick.left()) === 0);
    expect(quick.executor.peak).toBeLessThanOrEqual(10);
  });

  test("changed settings are taken up without losing what is in flight", async () => {
    const fixture = await start({ settings: { batchSize: 1 } });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    fixture.executor.answer(async () => {
      await held;
      return answered(null);
    });
    await fixture.send(["first"]);
    await until(() => fixture.executor.running === 1);
    const filters = [JSON.stringify({ body: ["yes"] })];
    fixture.runner.update({ ...fixture.mapping, generation: 2, settings: { ...fixture.mapping.settings, filters } });
    release();
    await fixture.send(["no", "yes"]);
    await until(async () => (await fixture.left()) === 0);
    expect(received(fixture)).toEqual(["first", "yes"]);
  });

  test("nothing is received while the function is gone, and work goes on when it is back", async () => {
    const fixture = await start();
    fixture.directory.gone = true;
    await fixture.send(["warm-up"]);
    await until(() => fixture.results.includes("PROBLEM: Function not found: arn:aws:lambda:eu-west-1:111122223333:function:f"));
    fixture.directory.gone = false;
    await until(async () => (await fixture.left()) === 0);
    expect(fixture.results.at(-1)).toBe("OK");
  });

  test("a queue that is deleted is told, and polled again when it is back", async () => {
    const fixture = await start();
    await fixture.send(["x"]);
    await until(() => fixture.executor.invocations.length === 1);
    await sqs.client.send(new DeleteQueueCommand({ QueueUrl: await queueUrl(fixture) }));
    const missing = `PROBLEM: The queue ${fixture.mapping.eventSourceArn} does not exist.`;
    await until(() => fixture.results.at(-1) === missing);
    await sqs.client.send(new CreateQueueCommand({ QueueName: fixture.mapping.eventSourceArn.split(":").at(-1)! }));
    await fixture.send(["again"]);
    await until(() => fixture.executor.invocations.length === 2);
    await until(() => fixture.results.at(-1) === "OK");
  });

  test("an endpoint that is down is told and retried with growing delays, and work goes on when it is up", async () => {
    const port = await freePort();
    const fixture = await start({ endpoint: `http://127.0.0.1:${port}` });
    await until(() => fixture.results.length > 0);
    expect(fixture.results).toEqual([expect.stringMatching(/^PROBLEM: SQS can't be read: .*ECONNREFUSED/)]);
    expect(fixture.runner.status().lastResult).toBe(fixture.results[0]);
    const health = (): Promise<boolean> => Promise.resolve(true);
    const server = await serveSqs(sqs.sqs.handle, { host: "127.0.0.1", port, region: "eu-west-1", health });
    try {
      await fixture.send(["x"]);
      await until(async () => (await fixture.left()) === 0);
      expect(fixture.results.at(-1)).toBe("OK");
    } finally {
      await fixture.runner.stop(100);
      await server.close(100);
    }
  });

  test("stopping lets batches in flight finish, deletes what succeeded and takes nothing more", async () => {
    const fixture = await start({ settings: { batchSize: 1 } });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    fixture.executor.answer(async () => {
      await held;
      return answered(null);
    });
    await fixture.send(["x"]);
    await until(() => fixture.executor.running === 1);
    const stopped = fixture.runner.stop(5_000);
    await fixture.send(["later"]);
    release();
    await stopped;
    expect(received(fixture)).toEqual(["x"]);
    expect(await fixture.left()).toBe(1);
    await until(() => sqs.sqs.waiting === 0);
  });

  test("a deadline is a deadline: what is still running then is left to its visibility timeout", async () => {
    const fixture = await start();
    fixture.executor.answer(() => new Promise(() => undefined));
    await fixture.send(["x"]);
    await until(() => fixture.executor.running === 1);
    await fixture.runner.stop(50);
    expect(await fixture.left()).toBe(1);
  });

  test("a visibility timeout that was made longer by hand still ends in deletion", async () => {
    const fixture = await start();
    fixture.executor.answer(async ({ records }) => {
      const Entries = records.map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: 60,
      }));
      await sqs.client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: await queueUrl(fixture), Entries }));
      return answered(null);
    });
    await fixture.send(["x"]);
    await until(async () => (await fixture.left()) === 0);
    expect(fixture.executor.invocations).toHaveLength(1);
  });

  test("its steps are told to the lifecycle stream", async () => {
    const fixture = await start();
    await fixture.send(["x"]);
    await until(async () => (await fixture.left()) === 0);
    const steps = fixture.events.map((event) => (event.type === "mapping" ? `${event.step} ${event.records}` : event.type));
    expect(steps).toEqual(["batch-polled 1", "batch-invoked 1", "batch-succeeded 1"]);
  });
});
