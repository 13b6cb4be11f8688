import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  AddPermissionCommand,
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  ReceiveMessageCommand,
  RemovePermissionCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from "@aws-sdk/client-sqs";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { ACCOUNT, REGION, startSqs, type SqsFixture } from "./testing/sqs-fixture.ts";

const it = redisInstalled() ? test : test.skip;
let fixture: SqsFixture;

beforeAll(async () => {
  fixture = await startSqs();
});
afterAll(() => fixture?.stop());

const create = async (QueueName: string, Attributes?: Record<string, string>): Promise<string> =>
  (await fixture.client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!;
const set = (QueueUrl: string, Attributes: Record<string, string>): Promise<unknown> =>
  fixture.client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
const attributes = async (QueueUrl: string, ...names: string[]): Promise<Record<string, string> | undefined> =>
  (
    await fixture.client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: (names.length === 0 ? ["All"] : names) as ["All"] }),
    )
  ).Attributes;

it("a new queue has AWS's defaults and a URL on the host that was called", async () => {
  const url = await create("plain");
  expect(url).toBe(`${fixture.url}/${ACCOUNT}/plain`);
  const time = expect.stringMatching(/^\d{10}$/);
  expect(await attributes(url)).toEqual({
    ApproximateNumberOfMessages: "0",
    ApproximateNumberOfMessagesDelayed: "0",
    ApproximateNumberOfMessagesNotVisible: "0",
    CreatedTimestamp: time,
    DelaySeconds: "0",
    LastModifiedTimestamp: time,
    MaximumMessageSize: "1048576",
    MessageRetentionPeriod: "345600",
    QueueArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:plain`,
    ReceiveMessageWaitTimeSeconds: "0",
    SqsManagedSseEnabled: "true",
    VisibilityTimeout: "30",
  });
  expect((await fixture.client.send(new GetQueueUrlCommand({ QueueName: "plain" }))).QueueUrl).toBe(url);
  expect((await fixture.client.send(new GetQueueUrlCommand({ QueueName: "plain", QueueOwnerAWSAccountId: ACCOUNT }))).QueueUrl).toBe(url);
});

it("a FIFO queue has its own attributes as well", async () => {
  const url = await create("own.fifo", { FifoQueue: "True" });
  expect(await attributes(url)).toMatchObject({
    FifoQueue: "true",
    ContentBasedDeduplication: "false",
    DeduplicationScope: "queue",
    FifoThroughputLimit: "perQueue",
  });
  expect(await attributes(url, "FifoQueue", "RedrivePolicy")).toEqual({ FifoQueue: "true" });
});

it("making a queue again with the same attributes finds it; with others it fails", async () => {
  const url = await create("again", { DelaySeconds: "1", VisibilityTimeout: "5" });
  expect(await create("again", { VisibilityTimeout: "5" })).toBe(url);
  expect(await create("again")).toBe(url);
  await expect(create("again", { DelaySeconds: "2" })).rejects.toMatchObject({
    name: "QueueNameExists",
    message: "A queue already exists with the same name and a different value for attribute DelaySeconds",
    Error: { Code: "QueueAlreadyExists" },
  });
});

const wrongQueues = [
  {
    name: "no spaces",
    attributes: {},
    code: "InvalidParameterValue",
    message: "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
  },
  {
    name: "a".repeat(81),
    attributes: {},
    code: "InvalidParameterValue",
    message: "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
  },
  {
    name: "almost.fifo",
    attributes: {},
    code: "InvalidParameterValue",
    message: "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
  },
  { name: "without-suffix", attributes: { FifoQueue: "true" }, code: "InvalidParameterValue", message: /must end with \.fifo suffix/ },
  { name: "wrong", attributes: { FifoQueue: "false" }, code: "InvalidAttributeName", message: "Unknown Attribute FifoQueue." },
  {
    name: "wrong",
    attributes: { ContentBasedDeduplication: "true" },
    code: "InvalidAttributeName",
    message: "Unknown Attribute ContentBasedDeduplication.",
  },
  {
    name: "wrong",
    attributes: { DeduplicationScope: "queue" },
    code: "InvalidAttributeName",
    message: "You can specify the DeduplicationScope only when FifoQueue is set to true.",
  },
  { name: "wrong", attributes: { Nonsense: "1" }, code: "InvalidAttributeName", message: "Unknown Attribute Nonsense." },
  { name: "wrong", attributes: { QueueArn: "x" }, code: "InvalidAttributeName", message: "Unknown Attribute QueueArn." },
  {
    name: "wrong",
    attributes: { DelaySeconds: "901" },
    code: "InvalidAttributeValue",
    message: "Invalid value for the parameter DelaySeconds.",
  },
  {
    name: "wrong",
    attributes: { MessageRetentionPeriod: "59" },
    code: "InvalidAttributeValue",
    message: "Invalid value for the parameter MessageRetentionPeriod.",
  },
  {
    name: "wrong",
    attributes: { MaximumMessageSize: "1048577" },
    code: "InvalidAttributeValue",
    message: "Invalid value for the parameter MaximumMessageSize.",
  },
  { name: "wrong", attributes: { Policy: "not json" }, code: "InvalidAttributeValue", message: "Invalid value for the parameter Policy." },
  {
    name: "wrong.fifo",
    attributes: { FifoQueue: "true", FifoThroughputLimit: "perMessageGroupId" },
    code: "InvalidAttributeValue",
    message: /only when DeduplicationScope is messageGroup/,
  },
];
for (const { name, attributes: given, code, message } of wrongQueues) {
  it(`a queue ${name.slice(0, 20)} with ${JSON.stringify(given)} is refused`, async () => {
    await expect(create(name, given as Record<string, string>)).rejects.toMatchObject({
      Error: { Code: code },
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
  });
}

it("attributes are changed one by one, and a queue's kind never", async () => {
  const url = await create("changed", { ReceiveMessageWaitTimeSeconds: "10" });
  await set(url, { DelaySeconds: "420", MaximumMessageSize: "2048" });
  expect(await attributes(url)).toMatchObject({ DelaySeconds: "420", MaximumMessageSize: "2048", ReceiveMessageWaitTimeSeconds: "10" });
  await expect(set(url, { FifoQueue: "true" })).rejects.toMatchObject({ message: "Unknown Attribute FifoQueue." });
  const fifo = await create("changed.fifo", { FifoQueue: "true" });
  await expect(set(fifo, { FifoQueue: "false" })).rejects.toMatchObject({
    name: "InvalidAttributeValue",
    message: "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
  });
  await set(fifo, { ContentBasedDeduplication: "true" });
  expect(await attributes(fifo, "ContentBasedDeduplication")).toEqual({ ContentBasedDeduplication: "true" });
});

it("encryption is of one kind at a time, and a warning says that nothing acts on it", async () => {
  const url = await create("encrypted");
  await set(url, { KmsMasterKeyId: "testKeyId", KmsDataKeyReusePeriodSeconds: "6000" });
  expect(await attributes(url, "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled")).toEqual({
    KmsMasterKeyId: "testKeyId",
    KmsDataKeyReusePeriodSeconds: "6000",
    SqsManagedSseEnabled: "false",
  });
  expect(fixture.log.join("")).toMatch(/nothing acts on them.*KmsMasterKeyId/);
  await set(url, { KmsMasterKeyId: "", KmsDataKeyReusePeriodSeconds: "300" });
  expect(await attributes(url)).not.toHaveProperty("KmsMasterKeyId");
  expect(await attributes(url)).not.toHaveProperty("KmsDataKeyReusePeriodSeconds");
  await expect(set(url, { KmsMasterKeyId: "k", SqsManagedSseEnabled: "true" })).rejects.toMatchObject({
    name: "InvalidAttributeName",
    message: "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
  });
});

it("queues are listed in order, by prefix and by pages, each account and region for itself", async () => {
  for (let index = 0; index < 5; index++) await create(`list-${index}`);
  const list = async (input: object): Promise<[(string | undefined)[], string | undefined]> => {
    const { QueueUrls = [], NextToken } = await fixture.client.send(new ListQueuesCommand(input));
    return [QueueUrls.map((url) => url.split("/").at(-1)), NextToken];
  };
  expect(await list({ QueueNamePrefix: "list-" })).toEqual([["list-0", "list-1", "list-2", "list-3", "list-4"], undefined]);
  const [names, token] = await list({ QueueNamePrefix: "list-", MaxResults: 3 });
  expect(names).toEqual(["list-0", "list-1", "list-2"]);
  expect(await list({ QueueNamePrefix: "list-", MaxResults: 3, NextToken: token })).toEqual([["list-3", "list-4"], undefined]);
  expect(await fixture.client.send(new ListQueuesCommand({ QueueNamePrefix: "none-" }))).not.toHaveProperty("QueueUrls");
  const elsewhere = await fetch(`${fixture.url}/`, { method: "POST", headers: { "x-amz-target": "AmazonSQS.ListQueues" }, body: "{}" });
  expect(await elsewhere.json()).toEqual({});
});

it("what is not there is told so, for a URL, a name and an address", async () => {
  const missing = {
    name: "QueueDoesNotExist",
    message: "The specified queue does not exist.",
    Error: { Code: "AWS.SimpleQueueService.NonExistentQueue" },
    $metadata: { httpStatusCode: 400 },
  };
  const QueueUrl = `${fixture.url}/${ACCOUNT}/none`;
  await expect(fixture.client.send(new GetQueueUrlCommand({ QueueName: "none" }))).rejects.toMatchObject(missing);
  await expect(fixture.client.send(new SendMessageCommand({ QueueUrl, MessageBody: "m" }))).rejects.toMatchObject(missing);
  await expect(fixture.client.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toMatchObject(missing);
  await expect(fixture.client.send(new DeleteQueueCommand({ QueueUrl }))).rejects.toMatchObject(missing);
  await expect(attributes(QueueUrl)).rejects.toMatchObject(missing);
  await expect(set(QueueUrl, { DelaySeconds: "1" })).rejects.toMatchObject(missing);
  await expect(fixture.client.send(new ListQueueTagsCommand({ QueueUrl }))).rejects.toMatchObject(missing);
  await create("by-name");
  await fixture.client.send(new SendMessageCommand({ QueueUrl: "by-name", MessageBody: "m" }));
  const response = await fetch(fixture.url, {
    method: "POST",
    headers: { "x-amz-target": "AmazonSQS.ReceiveMessage" },
    body: '{"QueueUrl":"http://x/y/z"}',
  });
  expect([response.status, response.headers.get("x-amzn-query-error"), await response.json()]).toEqual([
    404,
    "InvalidAddress;Sender",
    { __type: "com.amazonaws.sqs#InvalidAddress", message: "The address http://x/y/z is not valid for this endpoint." },
  ]);
});

it("tags are set with a queue and after, replaced, taken away", async () => {
  const { QueueUrl } = await fixture.client.send(new CreateQueueCommand({ QueueName: "tagged", tags: { a: "1" } }));
  await fixture.client.send(new TagQueueCommand({ QueueUrl, Tags: { a: "2", b: "" } }));
  expect((await fixture.client.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ a: "2", b: "" });
  await fixture.client.send(new UntagQueueCommand({ QueueUrl, TagKeys: ["a", "b", "c"] }));
  expect(await fixture.client.send(new ListQueueTagsCommand({ QueueUrl }))).not.toHaveProperty("Tags");
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, "v"]));
  await expect(fixture.client.send(new TagQueueCommand({ QueueUrl, Tags: many }))).rejects.toMatchObject({
    message: "Too many tags added for queue tagged.",
  });
});

it("permissions become the policy that AWS writes", async () => {
  const QueueUrl = await create("permitted");
  const arn = `arn:aws:sqs:${REGION}:${ACCOUNT}:permitted`;
  const add = (Label: string, AWSAccountIds: string[], Actions: string[]): Promise<unknown> =>
    fixture.client.send(new AddPermissionCommand({ QueueUrl, Label, AWSAccountIds, Actions }));
  await add("one", ["222222222222", "333333333333"], ["ReceiveMessage"]);
  await add("two", ["222222222222"], ["ReceiveMessage", "SendMessage"]);
  const root = (account: string): string => `arn:aws:iam::${account}:root`;
  expect(JSON.parse((await attributes(QueueUrl, "Policy"))!["Policy"]!)).toEqual({
    Version: "2008-10-17",
    Id: `${arn}/SQSDefaultPolicy`,
    Statement: [
      {
        Sid: "one",
        Effect: "Allow",
        Principal: { AWS: [root("222222222222"), root("333333333333")] },
        Action: "SQS:ReceiveMessage",
        Resource: arn,
      },
      {
        Sid: "two",
        Effect: "Allow",
        Principal: { AWS: root("222222222222") },
        Action: ["SQS:ReceiveMessage", "SQS:SendMessage"],
        Resource: arn,
      },
    ],
  });
  await expect(add("one", ["222222222222"], ["ReceiveMessage"])).rejects.toMatchObject({
    message: "Value one for parameter Label is invalid. Reason: Already exists.",
  });
  await expect(add("three", ["222222222222"], ["Fly"])).rejects.toMatchObject({
    message:
      "Value SQS:Fly for parameter ActionName is invalid. Reason: Please refer to the appropriate WSDL for a list of valid actions. ",
  });
  const remove = (Label: string): Promise<unknown> => fixture.client.send(new RemovePermissionCommand({ QueueUrl, Label }));
  await expect(remove("three")).rejects.toMatchObject({ message: "Value three for parameter Label is invalid. Reason: can't find label." });
  await remove("one");
  await remove("two");
  expect(await attributes(QueueUrl, "Policy")).toBeUndefined();
});

it("wrong types, broken JSON and unknown operations are told apart", async () => {
  const call = async (operation: string, body: string): Promise<[number, string | null, unknown]> => {
    const response = await fetch(fixture.url, { method: "POST", headers: { "x-amz-target": `AmazonSQS.${operation}` }, body });
    return [response.status, response.headers.get("x-amzn-query-error"), await response.json()];
  };
  const serialization = (message: string): unknown => [
    400,
    "MalformedInput;Sender",
    { __type: "com.amazon.coral.service#SerializationException", message },
  ];
  expect(await call("CreateQueue", '{"QueueName":1}')).toEqual(serialization("NUMBER_VALUE can not be converted to a String"));
  expect(await call("CreateQueue", "{")).toEqual(serialization("The request body is not valid JSON."));
  expect(await call("CreateQueue", "[]")).toEqual(serialization("Unexpected value type in payload"));
  expect(await call("CreateQueue", '{"QueueName":"q","Attributes":["a"]}')).toEqual(
    serialization("Start of list found where not expected"),
  );
  expect(await call("ReceiveMessage", '{"QueueUrl":"plain","MaxNumberOfMessages":"1"}')).toEqual(
    serialization("STRING_VALUE can not be converted to an Integer"),
  );
  expect(await call("CreateQueue", "")).toEqual([
    400,
    "MissingParameter;Sender",
    { __type: "com.amazonaws.sqs#MissingRequiredParameterException", message: "The request must contain the parameter QueueName." },
  ]);
  expect((await call("constructor", "{}"))[2]).toMatchObject({ __type: "com.amazon.coral.service#UnknownOperationException" });
});

it("a body that is too long is refused, and the caller hears it", async () => {
  const response = await fetch(fixture.url, {
    method: "POST",
    headers: { "x-amz-target": "AmazonSQS.SendMessage" },
    body: "x".repeat(9_000_000),
  });
  expect([response.status, await response.json()]).toEqual([
    413,
    { __type: "com.amazonaws.sqs#RequestEntityTooLargeException", message: "Request must be smaller than 8388608 bytes." },
  ]);
});

it("with a time for which names stay reserved, a deleted queue cannot be made at once", async () => {
  const other = await startSqs({ config: { nameReservedSeconds: 60 } });
  const { QueueUrl } = await other.client.send(new CreateQueueCommand({ QueueName: "q" }));
  await other.client.send(new DeleteQueueCommand({ QueueUrl }));
  await expect(other.client.send(new CreateQueueCommand({ QueueName: "q" }))).rejects.toMatchObject({
    name: "QueueDeletedRecently",
    message: "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
  });
  await other.stop();
});

it("while Redis is away, requests fail with the cure, and afterwards they work again", async () => {
  const other = await startSqs();
  const { QueueUrl } = await other.client.send(new CreateQueueCommand({ QueueName: "q" }));
  const waiting = other.client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
  waiting.catch(() => undefined);
  await other.redis.kill();
  await expect(other.client.send(new SendMessageCommand({ QueueUrl, MessageBody: "m" }))).rejects.toMatchObject({
    name: "ServiceUnavailable",
    message: expect.stringMatching(/start it, or set REDIS_URL/),
    $metadata: { httpStatusCode: 503 },
  });
  await other.redis.revive();
  const made = async (): Promise<boolean> =>
    await other.client.send(new CreateQueueCommand({ QueueName: "q" })).then(
      () => true,
      () => false,
    );
  while (!(await made())) await new Promise((resolve) => setTimeout(resolve, 20));
  const later = other.client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
  await other.client.send(new SendMessageCommand({ QueueUrl, MessageBody: "m" }));
  // Whoever waited over the gap looks again, or has been told; one of the two gets the message.
  const outcomes = await Promise.allSettled([waiting, later]);
  expect(outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? (outcome.value.Messages ?? []) : []))).toHaveLength(1);
  await other.stop();
});
