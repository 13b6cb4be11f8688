import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type ReceiveMessageCommandInput,
} from "@aws-sdk/client-sqs";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { startSqs, type SqsFixture } from "./testing/sqs-fixture.ts";

const it = redisInstalled() ? test : test.skip;
let fixture: SqsFixture;
let number = 0;

beforeAll(async () => {
  fixture = await startSqs({ inFlightMax: 50 });
});
afterAll(() => fixture?.stop());

async function queue(attributes: Record<string, string> = {}): Promise<string> {
  return (await fixture.client.send(new CreateQueueCommand({ QueueName: `standard-${number++}`, Attributes: attributes }))).QueueUrl!;
}

async function receive(QueueUrl: string, options: Partial<ReceiveMessageCommandInput> = {}) {
  return (await fixture.client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...options }))).Messages ?? [];
}

async function counts(QueueUrl: string): Promise<unknown> {
  const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"] as const;
  const { Attributes } = await fixture.client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }));
  return names.map((name) => Number(Attributes![name]));
}

it("a message is sent, received with its attributes, and deleted", async () => {
  const QueueUrl = await queue();
  const sent = await fixture.client.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: "héllo\n",
      MessageAttributes: {
        text: { DataType: "String", StringValue: "v" },
        count: { DataType: "Number.int", StringValue: "12" },
        bytes: { DataType: "Binary", BinaryValue: Uint8Array.of(1, 2, 255) },
      },
      MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "Root=1-5759e988-bd862e3fe1be46a994272793" } },
    }),
  );
  // The SDK compares the sums of bodies itself; those of attributes are checked by md5.test.ts.
  expect(sent).toMatchObject({
    MessageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    MD5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
    MD5OfMessageSystemAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(sent).not.toHaveProperty("SequenceNumber");
  const [message] = await receive(QueueUrl, { MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"] });
  expect(message).toMatchObject({
    Body: "héllo\n",
    MessageId: sent.MessageId,
    MD5OfBody: sent.MD5OfMessageBody,
    MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
    MessageAttributes: {
      text: { DataType: "String", StringValue: "v" },
      count: { DataType: "Number.int", StringValue: "12" },
      bytes: { DataType: "Binary", BinaryValue: Uint8Array.of(1, 2, 255) },
    },
    Attributes: { ApproximateReceiveCount: "1", SenderId: "111122223333", AWSTraceHeader: "Root=1-5759e988-bd862e3fe1be46a994272793" },
  });
  expect(Number(message!.Attributes!.ApproximateFirstReceiveTimestamp)).toBeGreaterThanOrEqual(Number(message!.Attributes!.SentTimestamp));
  expect(await counts(QueueUrl)).toEqual([0, 1, 0]);
  await fixture.client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message!.ReceiptHandle }));
  expect(await counts(QueueUrl)).toEqual([0, 0, 0]);
});

it("messages come in the order in which they were sent, and again after their visibility timeout", async () => {
  const QueueUrl = await queue({ VisibilityTimeout: "10" });
  await fixture.client.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: Array.from({ length: 10 }, (_, index) => ({ Id: `${index}`, MessageBody: `m${index}` })),
    }),
  );
  expect((await receive(QueueUrl)).map(({ Body }) => Body)).toEqual(Array.from({ length: 10 }, (_, index) => `m${index}`));
  expect(await receive(QueueUrl)).toEqual([]);
  fixture.advance(10_001);
  const again = await receive(QueueUrl, { MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
  expect(again.map(({ Attributes }) => Attributes)).toEqual(Array.from({ length: 10 }, () => ({ ApproximateReceiveCount: "2" })));
});

it("a queue's delay, a message's own delay, and retention are kept by the clock", async () => {
  const QueueUrl = await queue({ DelaySeconds: "5", MessageRetentionPeriod: "60" });
  await fixture.client.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: "a", MessageBody: "delayed" },
        { Id: "b", MessageBody: "at once", DelaySeconds: 0 },
        { Id: "c", MessageBody: "late", DelaySeconds: 50 },
      ],
    }),
  );
  expect(await counts(QueueUrl)).toEqual([1, 0, 2]);
  expect((await receive(QueueUrl)).map(({ Body }) => Body)).toEqual(["at once"]);
  fixture.advance(5_001);
  expect((await receive(QueueUrl)).map(({ Body }) => Body)).toEqual(["delayed"]);
  fixture.advance(60_000);
  expect(await counts(QueueUrl)).toEqual([0, 0, 0]);
  expect(await receive(QueueUrl)).toEqual([]);
});

it("an old handle neither deletes nor changes a message that was received again; a new one does", async () => {
  const QueueUrl = await queue();
  await fixture.client.send(new SendMessageCommand({ QueueUrl, MessageBody: "m" }));
  const [first] = await receive(QueueUrl, { VisibilityTimeout: 0 });
  const [second] = await receive(QueueUrl);
  await fixture.client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first!.ReceiptHandle }));
  expect(await counts(QueueUrl)).toEqual([0, 1, 0]);
  await expect(
    fixture.client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: first!.ReceiptHandle, VisibilityTimeout: 1 })),
  ).rejects.toMatchObject({
    name: "InvalidParameterValue",
    message: `Value ${first!.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
  });
  await fixture.client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: second!.ReceiptHandle }));
  expect(await counts(QueueUrl)).toEqual([0, 0, 0]);
  await fixture.client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: second!.ReceiptHandle }));
});

it("visibility can be ended, extended after it expired, and not beyond twelve hours in all", async () => {
  const QueueUrl = await queue({ VisibilityTimeout: "30" });
  await fixture.client.send(new SendMessageCommand({ QueueUrl, MessageBody: "m" }));
  const [message] = await receive(QueueUrl);
  const change = (VisibilityTimeout: number): Promise<unknown> =>
    fixture.client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message!.ReceiptHandle, VisibilityTimeout }));
  await change(0);
  expect(await counts(QueueUrl)).toEqual([1, 0, 0]);
  await change(100);
  expect(await counts(QueueUrl)).toEqual([0, 1, 0]);
  await expect(change(43_201)).rejects.toMatchObject({
    message: "Value 43201 for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer between 0 and 43200.",
  });
  fixture.advance(1_000);
  await expect(change(43_200)).rejects.toMatchObject({
    message:
      "Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].",
  });
});

it("batches tell each entry's outcome", async () => {
  const QueueUrl = await queue({ MaximumMessageSize: "1024" });
  const sent = await fixture.client.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: "ok", MessageBody: "a".repeat(1_024) },
        { Id: "long", MessageBody: "a".repeat(1_025) },
        { Id: "late", MessageBody: "a", DelaySeconds: 901 },
        { Id: "odd", MessageBody: "a\u0000" },
      ],
    }),
  );
  expect(sent.Successful).toMatchObject([{ Id: "ok" }]);
  expect(sent.Failed).toEqual([
    {
      Id: "long",
      SenderFault: true,
      Code: "InvalidParameterValue",
      Message: "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.",
    },
    {
      Id: "late",
      SenderFault: true,
      Code: "InvalidParameterValue",
      Message: "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
    },
    { Id: "odd", SenderFault: true, Code: "InvalidMessageContents", Message: expect.stringMatching(/^Invalid characters found/) },
  ]);
  const [message] = await receive(QueueUrl);
  const handle = message!.ReceiptHandle!;
  const changed = await fixture.client.send(
    new ChangeMessageVisibilityBatchCommand({
      QueueUrl,
      Entries: [
        { Id: "good", ReceiptHandle: handle, VisibilityTimeout: 60 },
        { Id: "bad", ReceiptHandle: "garbage", VisibilityTimeout: 60 },
      ],
    }),
  );
  expect(changed).toMatchObject({
    Successful: [{ Id: "good" }],
    Failed: [{ Id: "bad", Code: "ReceiptHandleIsInvalid", SenderFault: true }],
  });
  const deleted = await fixture.client.send(
    new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: "bad", ReceiptHandle: "garbage" },
        { Id: "good", ReceiptHandle: handle },
      ],
    }),
  );
  expect(deleted).toMatchObject({
    Successful: [{ Id: "good" }],
    Failed: [{ Id: "bad", Message: 'The input receipt handle "garbage" is not a valid receipt handle.' }],
  });
  expect(await counts(QueueUrl)).toEqual([0, 0, 0]);
});

const wrongBatches = [
  {
    what: "no entry",
    entries: [],
    name: "EmptyBatchRequest",
    code: "AWS.SimpleQueueService.EmptyBatchRequest",
    message: "There should be at least one SendMessageBatchRequestEntry in the request.",
  },
  {
    what: "eleven entries",
    entries: Array.from({ length: 11 }, (_, index) => ({ Id: `${index}`, MessageBody: "m" })),
    name: "TooManyEntriesInBatchRequest",
    code: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    message: "Maximum number of entries per request are 10. You have sent 11.",
  },
  {
    what: "an id twice",
    entries: [
      { Id: "a", MessageBody: "m" },
      { Id: "a", MessageBody: "m" },
    ],
    name: "BatchEntryIdsNotDistinct",
    code: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    message: "Id a repeated.",
  },
  {
    what: "a strange id",
    entries: [{ Id: "a:b", MessageBody: "m" }],
    name: "InvalidBatchEntryId",
    code: "AWS.SimpleQueueService.InvalidBatchEntryId",
    message: "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
  },
  {
    what: "more than 1 MiB",
    entries: [
      { Id: "a", MessageBody: "a".repeat(1_048_576) },
      { Id: "b", MessageBody: "b" },
    ],
    name: "BatchRequestTooLong",
    code: "AWS.SimpleQueueService.BatchRequestTooLong",
    message: "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.",
  },
];
for (const { what, entries, name, code, message } of wrongBatches) {
  it(`a batch with ${what} is refused as a whole`, async () => {
    const QueueUrl = await queue();
    await expect(fixture.client.send(new SendMessageBatchCommand({ QueueUrl, Entries: entries }))).rejects.toMatchObject({
      name,
      message,
      Error: { Code: code },
      $metadata: { httpStatusCode: 400 },
    });
    expect(await counts(QueueUrl)).toEqual([0, 0, 0]);
  });
}

const wrongMessages = [
  {
    input: { MessageBody: "" },
    name: "MissingParameter",
    code: "MissingParameter",
    message: "The request must contain the parameter MessageBody.",
  },
  {
    input: { MessageBody: "a".repeat(1_048_577) },
    name: "InvalidParameterValue",
    code: "InvalidParameterValue",
    message: "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
  },
  {
    input: { MessageBody: "a\u0007" },
    name: "InvalidMessageContents",
    code: "InvalidMessageContents",
    message: /^Invalid characters found/,
  },
  {
    input: { MessageBody: "a", MessageGroupId: "with space" },
    name: "InvalidParameterValue",
    code: "InvalidParameterValue",
    message:
      "Value with space for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
  },
  {
    input: { MessageBody: "a", MessageDeduplicationId: "d" },
    name: "InvalidParameterValue",
    code: "InvalidParameterValue",
    message:
      "Value d for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter that is not valid for this queue type.",
  },
  {
    input: { MessageBody: "a", MessageAttributes: { "aws.x": { DataType: "String", StringValue: "v" } } },
    name: "InvalidParameterValue",
    code: "InvalidParameterValue",
    message: /^You can't use message attribute names beginning with 'AWS.'/,
  },
  {
    input: { MessageBody: "a", MessageAttributes: { n: { DataType: "Number", StringValue: "ten" } } },
    name: "InvalidParameterValue",
    code: "InvalidParameterValue",
    message: "Can't cast the value of message (user) attribute 'n' to a number.",
  },
  {
    input: { MessageBody: "a", MessageAttributes: { e: { DataType: "String", StringValue: "" } } },
    name: "InvalidParameterValue",
    code: "InvalidParameterValue",
    message: "Message (user) attribute 'e' must contain a non-empty value of type 'String'.",
  },
  {
    input: { MessageBody: "a", MessageAttributes: { t: { DataType: "Text", StringValue: "v" } } },
    name: "InvalidParameterValue",
    code: "InvalidParameterValue",
    message: /supported type prefixes: Binary, Number, String/,
  },
  {
    input: {
      MessageBody: "a",
      MessageAttributes: Object.fromEntries(
        Array.from({ length: 11 }, (_, index) => [`a${index}`, { DataType: "String", StringValue: "v" }]),
      ),
    },
    name: "InvalidParameterValue",
    code: "InvalidParameterValue",
    message: "Number of message attributes [11] exceeds the allowed maximum [10].",
  },
];
for (const { input, name, code, message } of wrongMessages) {
  it(`a bad message is refused: ${String(message).slice(0, 80)}`, async () => {
    const sending = fixture.client.send(new SendMessageCommand({ QueueUrl: await queue(), ...input }));
    await expect(sending).rejects.toMatchObject({
      name,
      Error: { Code: code },
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
  });
}

const wrongReceives = [
  {
    input: { MaxNumberOfMessages: 11 },
    message: "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
  },
  {
    input: { WaitTimeSeconds: 21 },
    message: "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
  },
  {
    input: { WaitTimeSeconds: -1 },
    message: "Value -1 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
  },
  {
    input: { VisibilityTimeout: 43_201 },
    message: "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided.",
  },
];
for (const { input, message } of wrongReceives) {
  it(`a bad receive is refused: ${message}`, async () => {
    await expect(receive(await queue(), input)).rejects.toMatchObject({ name: "InvalidParameterValue", message });
  });
}

it("a full megabyte arrives as it was sent, in text that JSON must escape", async () => {
  const QueueUrl = await queue();
  const body = '"\n\\é'.repeat(209_715);
  await fixture.client.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
  expect((await receive(QueueUrl))[0]!.Body).toBe(body);
});

it("the limit of messages in flight is an error for a short poll", async () => {
  const QueueUrl = await queue();
  for (let batch = 0; batch < 6; batch++)
    await fixture.client.send(
      new SendMessageBatchCommand({ QueueUrl, Entries: Array.from({ length: 10 }, (_, index) => ({ Id: `${index}`, MessageBody: "m" })) }),
    );
  for (let batch = 0; batch < 5; batch++) expect(await receive(QueueUrl)).toHaveLength(10);
  await expect(receive(QueueUrl)).rejects.toMatchObject({ name: "OverLimit", $metadata: { httpStatusCode: 403 } });
});

it("attributes are told as they are asked for, and their sum is that of what is told", async () => {
  const QueueUrl = await queue({ VisibilityTimeout: "0" });
  const value = (StringValue: string) => ({ DataType: "String", StringValue });
  await fixture.client.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: "msg",
      MessageAttributes: { "Help.Me": value("Me"), Hello: value("There"), General: value("Kenobi") },
    }),
  );
  const ask = async (names: string[]) => {
    const [message] = await receive(QueueUrl, { MessageAttributeNames: names });
    return [message!.MD5OfMessageAttributes, Object.keys(message!.MessageAttributes ?? {}).sort()];
  };
  // Sums recorded from AWS for these three attributes.
  const all = ["4c360f3fdafd970e05fae2f149d997f5", ["General", "Hello", "Help.Me"]];
  for (const names of [["All"], [".*"], ["*"]]) expect(await ask(names)).toEqual(all);
  expect(await ask([])).toEqual([undefined, []]);
  expect(await ask(["Foo", "Help"])).toEqual([undefined, []]);
  expect(await ask(["Hello", "General"])).toEqual(["fca026605781cb4126a1e9044df24232", ["General", "Hello"]]);
  expect(await ask(["Foo", "Hello"])).toEqual(["a311262e065454b75da111d535b8dacd", ["Hello"]]);
  expect(await ask(["Hel.*"])).toEqual(["83fee93c1bcd8b9a5a923ffacdc636c7", ["Hello", "Help.Me"]]);
});

it("purging empties a queue, once a minute", async () => {
  const QueueUrl = await queue();
  await fixture.client.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: "a", MessageBody: "m" },
        { Id: "b", MessageBody: "m" },
      ],
    }),
  );
  await receive(QueueUrl, { MaxNumberOfMessages: 1 });
  await fixture.client.send(new PurgeQueueCommand({ QueueUrl }));
  expect(await counts(QueueUrl)).toEqual([0, 0, 0]);
  const name = QueueUrl.split("/").at(-1);
  await expect(fixture.client.send(new PurgeQueueCommand({ QueueUrl }))).rejects.toMatchObject({
    name: "PurgeQueueInProgress",
    message: `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`,
    $metadata: { httpStatusCode: 403 },
  });
  fixture.advance(60_001);
  await fixture.client.send(new PurgeQueueCommand({ QueueUrl }));
});

it("a queue that is made anew has nothing of the old one", async () => {
  const QueueUrl = await queue({ DelaySeconds: "3" });
  await fixture.client.send(new SendMessageCommand({ QueueUrl, MessageBody: "m", DelaySeconds: 0 }));
  const [message] = await receive(QueueUrl);
  await fixture.client.send(new DeleteQueueCommand({ QueueUrl }));
  await expect(receive(QueueUrl)).rejects.toMatchObject({ name: "QueueDoesNotExist", message: "The specified queue does not exist." });
  const name = QueueUrl.split("/").at(-1)!;
  await fixture.client.send(new CreateQueueCommand({ QueueName: name }));
  await fixture.client.send(new SendMessageCommand({ QueueUrl, MessageBody: "new" }));
  await fixture.client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message!.ReceiptHandle }));
  expect((await receive(QueueUrl)).map(({ Body }) => Body)).toEqual(["new"]);
  expect((await fixture.redis.client.keys(`*:sqs:${name}*`)).filter((key) => key.includes("deleted"))).toEqual([]);
});
