import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { AsyncEvent, Attempt, Condition } from "@lambdock/async-invoke/async-event";
import { destinationRecord, type Ended } from "@lambdock/async-invoke/destination-record";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { createDelivery, type Delivery, type DeliveryOptions } from "./delivery.ts";
import { DeliveryFailed } from "@lambdock/delivery/delivery-failed";
import { startRecording, type Answer, type RecordedRequest, type RecordingServer } from "@lambdock/delivery/testing/recording-server";

const QUEUE = "arn:aws:sqs:eu-central-1:444455556666:failures";
const TOPIC = "arn:aws:sns:us-east-1:111122223333:failures";
const BUS = "arn:aws:events:us-east-1:111122223333:event-bus/orders";
const FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:after:live";
const BUCKET = "arn:aws:s3:::failures";
const REQUEST_ID = "7c1c9a32-0000-4000-8000-000000000000";
const TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0";
/** As the function saw it, and passes it on. */
const LINEAGE = `${TRACE};Lineage=1:29b85075:0`;
/** The host under which somebody else reaches the queue: nothing answers there. */
const QUEUE_URL = "http://queues.invalid:4566/444455556666/failures";

function endedAs(
  changes: {
    readonly condition?: Condition;
    readonly event?: Partial<AsyncEvent>;
    readonly error?: string;
    readonly lastAttempt?: Attempt;
  } = {},
): Ended {
  const arn = "arn:aws:lambda:us-east-1:111122223333:function:orders";
  const event: AsyncEvent = {
    requestId: REQUEST_ID,
    accountId: "111122223333",
    region: "us-east-1",
    functionName: "orders",
    qualifier: "$LATEST",
    functionArn: arn,
    invokedFunctionArn: arn,
    payload: '{ "orderId":12345678901234567890 }',
    traceId: TRACE,
    acceptedAt: 0,
    attempts: 3,
    setbacks: 0,
    ...changes.event,
  };
  const lastAttempt = changes.lastAttempt ?? {
    kind: "function-error",
    executedVersion: "$LATEST",
    payload: JSON.stringify({ errorMessage: changes.error ?? "boom", errorType: "Error" }),
  };
  return { event, condition: changes.condition ?? "RetriesExhausted", lastAttempt, endedAt: Date.parse("2026-11-03T10:20:30.123Z") };
}

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
const accountOf = ({ headers }: RecordedRequest): string | undefined =>
  /Credential=(\d{12})\/\d{8}\/([a-z0-9-]+)\/([a-z0-9]+)\//
    .exec(headers.authorization ?? "")
    ?.slice(1)
    .join(" ");

/** SQS as it answers the two operations; anything else is taken without a word, as S3 does. */
function asQueue({ headers, body }: RecordedRequest): Answer {
  if (headers["x-amz-target"] === undefined) return {};
  if (String(headers["x-amz-target"]).endsWith("GetQueueUrl")) return json({ QueueUrl: QUEUE_URL });
  return json({ MessageId: "m", MD5OfMessageBody: md5((JSON.parse(body) as { MessageBody: string }).MessageBody) });
}

function json(document: object, status = 200): Answer {
  return { status, headers: { "content-type": "application/x-amz-json-1.0" }, body: JSON.stringify(document) };
}

describe("the delivery of an event's end", () => {
  let server: RecordingServer;
  let delivery: Delivery;
  let invoked: string[][];
  beforeAll(async () => {
    server = await startRecording();
  });
  beforeEach(() => {
    invoked = [];
    server.requests.length = 0;
    server.answer(asQueue);
    delivery = deliveryTo({ own: server.url });
  });
  afterEach(() => delivery.close());
  afterAll(() => server.close());

  const deliveryTo = (endpoints: DeliveryOptions["endpoints"], tryMs?: number): Delivery =>
    createDelivery({ endpoints, invokeAsync: async (...call) => void invoked.push(call), ...(tryMs === undefined ? {} : { tryMs }) });
  const toDestination = (arn: string, ended = endedAs()): Promise<void> => delivery.deliver({ kind: "destination", arn }, ended);
  const toDeadLetter = (arn: string, ended = endedAs()): Promise<void> => delivery.deliver({ kind: "dead-letter", arn }, ended);
  const failureOf = async (
    call: Promise<void>,
  ): Promise<{ readonly message: string; readonly permanent: boolean; readonly gone: boolean }> => {
    const error: unknown = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof DeliveryFailed)) throw new Error("the delivery did not fail as it should", { cause: error });
    return { message: error.message, permanent: error.permanent, gone: error.gone };
  };
  const sent = (): Record<string, unknown> => JSON.parse(server.requests.at(-1)!.body) as Record<string, unknown>;

  test("a queue receives the record with the trace header and no attributes, from its own account and region", async () => {
    await toDestination(QUEUE);
    expect(server.requests.map(({ headers }) => headers["x-amz-target"])).toEqual(["AmazonSQS.GetQueueUrl", "AmazonSQS.SendMessage"]);
    expect(JSON.parse(server.requests[0]!.body)).toEqual({ QueueName: "failures", QueueOwnerAWSAccountId: "444455556666" });
    expect(sent()).toMatchObject({
      QueueUrl: QUEUE_URL,
      MessageBody: destinationRecord(endedAs()),
      MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: LINEAGE } },
    });
    expect(sent()["MessageAttributes"] ?? {}).toEqual({});
    expect(server.requests.map(accountOf)).toEqual(["444455556666 eu-central-1 sqs", "444455556666 eu-central-1 sqs"]);
  });

  test("a dead-letter queue receives the event verbatim with three attributes", async () => {
    await toDeadLetter(QUEUE);
    expect(sent()).toMatchObject({
      MessageBody: '{ "orderId":12345678901234567890 }',
      MessageAttributes: {
        RequestID: { DataType: "String", StringValue: REQUEST_ID },
        ErrorCode: { DataType: "Number", StringValue: "200" },
        ErrorMessage: { DataType: "String", StringValue: "boom" },
      },
    });
  });

  test("a queue's URL is asked for once, and again after a failure", async () => {
    await toDestination(QUEUE);
    await toDestination(QUEUE);
    expect(server.requests).toHaveLength(3);
    server.answer((request) =>
      String(request.headers["x-amz-target"]).endsWith("SendMessage")
        ? json({ __type: "com.amazonaws.sqs#QueueDoesNotExist", message: "The specified queue does not exist." }, 400)
        : asQueue(request),
    );
    expect(await failureOf(toDestination(QUEUE))).toEqual({
      message: `${QUEUE} did not take it (QueueDoesNotExist: The specified queue does not exist).`,
      permanent: false,
      gone: true,
    });
    server.answer(asQueue);
    server.requests.length = 0;
    await toDestination(QUEUE);
    expect(server.requests.map(({ headers }) => headers["x-amz-target"])).toEqual(["AmazonSQS.GetQueueUrl", "AmazonSQS.SendMessage"]);
  });

  test("an error's message is made acceptable as an attribute, and left out when it is empty", async () => {
    await toDeadLetter(QUEUE, endedAs({ error: "a\u0000b\uffffc\n\ud800d" }));
    expect(sent()["MessageAttributes"]).toMatchObject({ ErrorMessage: { StringValue: "a\ufffdb\ufffdc\n\ufffdd" } });
    await toDeadLetter(QUEUE, endedAs({ error: "" }));
    expect(Object.keys(sent()["MessageAttributes"] as object).sort()).toEqual(["ErrorCode", "RequestID"]);
  });

  test("an event without a trace is delivered without one", async () => {
    await toDestination(QUEUE, endedAs({ event: { traceId: "" } }));
    expect(sent()).not.toHaveProperty("MessageSystemAttributes");
    expect(server.requests.at(-1)!.headers).not.toHaveProperty("x-amzn-trace-id");
  });

  test("a topic receives the record as its message, without a subject", async () => {
    server.answer(() => ({
      headers: { "content-type": "text/xml" },
      body: "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>",
    }));
    await toDestination(TOPIC);
    const form = new URLSearchParams(server.requests[0]!.body);
    expect(Object.fromEntries(form)).toEqual({
      Action: "Publish",
      Version: "2010-03-31",
      TopicArn: TOPIC,
      Message: destinationRecord(endedAs()),
    });
    expect(accountOf(server.requests[0]!)).toBe("111122223333 us-east-1 sns");
    expect(server.requests[0]!.headers["x-amzn-trace-id"]).toBe(LINEAGE);
  });

  test("a dead-letter topic receives the event with its attributes", async () => {
    server.answer(() => ({
      headers: { "content-type": "text/xml" },
      body: "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>",
    }));
    await toDeadLetter(TOPIC, endedAs({ lastAttempt: { kind: "throttled", reason: "ConcurrentInvocationLimitExceeded" } }));
    const form = Object.fromEntries(new URLSearchParams(server.requests[0]!.body));
    expect(form["Message"]).toBe('{ "orderId":12345678901234567890 }');
    const attributes = [1, 2, 3].map((entry) =>
      ["Name", "Value.DataType", "Value.StringValue"].map((part) => form[`MessageAttributes.entry.${entry}.${part}`]),
    );
    expect(new Set(attributes)).toEqual(
      new Set([
        ["ErrorCode", "Number", "429"],
        ["ErrorMessage", "String", "Rate Exceeded."],
        ["RequestID", "String", REQUEST_ID],
      ]),
    );
  });

  test.each([
    ["a failure", endedAs(), "Lambda Function Invocation Result - Failure"],
    [
      "a success",
      endedAs({ condition: "Success", lastAttempt: { kind: "success", executedVersion: "$LATEST", payload: "1" } }),
      "Lambda Function Invocation Result - Success",
    ],
  ])("an event bus receives %s as recorded", async (_name, ended, detailType) => {
    server.answer(() => json({ FailedEntryCount: 0, Entries: [{ EventId: "e" }] }));
    await toDestination(BUS, ended);
    expect(sent()).toEqual({
      Entries: [
        {
          EventBusName: BUS,
          Source: "lambda",
          DetailType: detailType,
          Resources: [BUS, "arn:aws:lambda:us-east-1:111122223333:function:orders:$LATEST"],
          Detail: destinationRecord(ended),
          TraceHeader: LINEAGE,
        },
      ],
    });
  });

  test("an entry that an event bus refuses is a failure, although the call succeeds", async () => {
    server.answer(() => json({ FailedEntryCount: 1, Entries: [{ ErrorCode: "InternalFailure", ErrorMessage: "later" }] }));
    expect(await failureOf(toDestination(BUS))).toEqual({
      message: `${BUS} did not take it (InternalFailure: later).`,
      permanent: false,
      gone: false,
    });
  });

  test("a bucket receives a failure's record under AWS's key, the same however often it is tried", async () => {
    for (let tries = 0; tries < 2; tries += 1) await toDestination(BUCKET);
    const paths = server.requests.map(({ method, path }) => `${method} ${path.replace(/\?.*/, "")}`);
    expect(paths[0]).toBe(`PUT /failures/aws/lambda/async/orders/2026/11/03/2026-11-03T10.20.30-${REQUEST_ID}`);
    expect(paths[1]).toBe(paths[0]);
    expect(server.requests[0]!.body).toBe(destinationRecord(endedAs()));
    expect(accountOf(server.requests[0]!)).toBe("111122223333 us-east-1 s3");
    expect(server.requests[0]!.headers["x-amzn-trace-id"]).toBe(LINEAGE);
  });

  test("a function receives the record as an asynchronous event with the trace of this one", async () => {
    await toDestination(FUNCTION);
    expect(invoked).toEqual([[FUNCTION, destinationRecord(endedAs()), LINEAGE]]);
    expect(server.requests).toEqual([]);
  });

  test("an event that never ran is passed on with the trace that it came with", async () => {
    await toDestination(FUNCTION, endedAs({ event: { attempts: 0 }, lastAttempt: { kind: "recursion" } }));
    expect(invoked[0]![2]).toBe(TRACE);
  });

  test("a function that can't be invoked is a failure that may pass", async () => {
    const gone = createDelivery({
      endpoints: { own: server.url },
      invokeAsync: () => Promise.reject(new AwsError("ResourceNotFoundException", "Function not found: x")),
    });
    expect(await failureOf(gone.deliver({ kind: "destination", arn: FUNCTION }, endedAs()))).toEqual({
      message: `${FUNCTION} did not take it (ResourceNotFoundException: Function not found: x).`,
      permanent: false,
      gone: true,
    });
  });

  test.each([
    ["a FIFO queue", { kind: "destination", arn: `${QUEUE}.fifo` }, endedAs(), /is FIFO/],
    ["a FIFO topic", { kind: "dead-letter", arn: `${TOPIC}.fifo` }, endedAs(), /is FIFO/],
    ["a bucket for a success", { kind: "destination", arn: BUCKET }, endedAs({ condition: "Success" }), /failed events only/],
    ["a function as a dead-letter queue", { kind: "dead-letter", arn: FUNCTION }, endedAs(), /no queue or topic/],
    [
      "a service that takes nothing",
      { kind: "destination", arn: "arn:aws:iam::111122223333:role/r" },
      endedAs(),
      /no queue, topic, function, event bus or bucket/,
    ],
    ["an ARN without a region", { kind: "destination", arn: "arn:aws:sqs:::q" }, endedAs(), /no queue/],
    ["what is no ARN", { kind: "destination", arn: "queue" }, endedAs(), /no queue/],
  ] as const)("%s fails for good, and nothing is sent", async (_name, target, ended, message) => {
    expect(await failureOf(delivery.deliver(target, ended))).toEqual({
      message: expect.stringMatching(message),
      permanent: true,
      gone: false,
    });
    expect(server.requests).toEqual([]);
    expect(invoked).toEqual([]);
  });

  const padded = (bytes: number): Ended => {
    const frame = Buffer.byteLength(destinationRecord(endedAs({ event: { payload: '""' } })));
    return endedAs({ event: { payload: JSON.stringify("x".repeat(bytes - frame)) } });
  };

  test.each([
    ["queue", QUEUE, 1_048_576, 0],
    ["topic", TOPIC, 262_144, 0],
    ["function", FUNCTION, 1_048_576, 0],
    [
      "event bus",
      BUS,
      1_048_576,
      "lambda".length +
        "Lambda Function Invocation Result - Failure".length +
        BUS.length +
        "arn:aws:lambda:us-east-1:111122223333:function:orders:$LATEST".length,
    ],
  ])("a record that is a byte too large for its %s fails for good, one that just fits is sent", async (name, arn, limit, besides) => {
    if (name === "topic")
      server.answer(() => ({ headers: { "content-type": "text/xml" }, body: "<PublishResponse><PublishResult/></PublishResponse>" }));
    if (name === "event bus") server.answer(() => json({ FailedEntryCount: 0, Entries: [{}] }));
    expect(await failureOf(toDestination(arn, padded(limit - besides + 1)))).toEqual({
      message: `The message for ${arn} has ${limit + 1} bytes, more than the ${limit} it takes.`,
      permanent: true,
      gone: false,
    });
    expect(server.requests.length + invoked.length).toBe(0);
    await toDestination(arn, padded(limit - besides));
    expect(server.requests.length + invoked.length).toBeGreaterThan(0);
  });

  test("a dead letter's attributes count towards its size", async () => {
    const attributes = `RequestIDString${REQUEST_ID}ErrorCodeNumber200ErrorMessageStringboom`.length;
    const payload = (bytes: number): Ended => endedAs({ event: { payload: JSON.stringify("x".repeat(bytes - 2)) } });
    expect((await failureOf(toDeadLetter(QUEUE, payload(1_048_576 - attributes + 1)))).permanent).toBe(true);
    await toDeadLetter(QUEUE, payload(1_048_576 - attributes));
  });

  test.each([
    [
      "contents that a queue can't take",
      QUEUE,
      json(
        { __type: "com.amazonaws.sqs#InvalidMessageContents", message: "The message contains characters outside the allowed set." },
        400,
      ),
      "permanent",
    ],
    ["a throttle", QUEUE, json({ __type: "com.amazonaws.sqs#RequestThrottled", message: "later" }, 403), "passing"],
    ["a broken service", QUEUE, json({ __type: "InternalFailure" }, 500), "passing"],
    ["a missing bus", BUS, json({ __type: "ResourceNotFoundException", message: "Event bus orders does not exist." }, 400), "gone"],
    [
      "a bucket that is missing",
      BUCKET,
      {
        status: 404,
        headers: { "content-type": "application/xml" },
        body: "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>",
      },
      "gone",
    ],
  ])("%s is told by the service's own words and tried once", async (_name, arn, answer, nature) => {
    server.answer(() => answer);
    const failure = await failureOf(toDestination(arn));
    expect(failure).toEqual({
      message: expect.stringContaining(`${arn} did not take it (`),
      permanent: nature === "permanent",
      gone: nature === "gone",
    });
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ["SQS", QUEUE, "LAMBDOCK_SQS_ENDPOINT"],
    ["SNS", TOPIC, "LAMBDOCK_SNS_ENDPOINT"],
    ["EventBridge", BUS, "LAMBDOCK_EVENTBRIDGE_ENDPOINT"],
    ["S3", BUCKET, "LAMBDOCK_S3_ENDPOINT"],
  ])("an endpoint without %s fails for good and names the setting", async (_name, arn, variable) => {
    server.answer(() => ({
      status: 501,
      headers: { "content-type": "application/json" },
      body: '{"Type":"User","Message":"not implemented"}',
    }));
    expect(await failureOf(toDestination(arn))).toEqual({
      message: expect.stringMatching(new RegExp(`does not implement .*set ${variable} to where`)),
      permanent: true,
      gone: false,
    });
  });

  test("an endpoint that is away, or that never answers, may be there next time", async () => {
    const away = await startRecording();
    await away.close();
    delivery = deliveryTo({ own: server.url, sqs: away.url, sns: server.url }, 200);
    expect(await failureOf(toDestination(QUEUE))).toEqual({
      message: expect.stringMatching(/could not be reached \(.*ECONNREFUSED.*\): start what serves it, or set LAMBDOCK_SQS_ENDPOINT/),
      permanent: false,
      gone: false,
    });
    server.answer(() => undefined);
    expect(await failureOf(toDestination(TOPIC))).toEqual({
      message: expect.stringContaining("could not be reached (no answer in time)"),
      permanent: false,
      gone: false,
    });
  });

  test("each service is called where it is said to be", async () => {
    const own = await startRecording();
    const separate = deliveryTo({ own: own.url, s3: server.url });
    own.answer(asQueue);
    await separate.deliver({ kind: "destination", arn: BUCKET }, endedAs());
    await separate.deliver({ kind: "destination", arn: QUEUE }, endedAs());
    expect([server.requests.length, own.requests.length]).toEqual([1, 2]);
    separate.close();
    await own.close();
  });
});
