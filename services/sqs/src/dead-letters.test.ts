import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  CancelMessageMoveTaskCommand,
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
  type Message,
  type StartMessageMoveTaskCommandInput,
} from "@aws-sdk/client-sqs";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { ACCOUNT, REGION, startSqs, type SqsFixture } from "./testing/sqs-fixture.ts";
import { until } from "./testing/until.ts";

const it = redisInstalled() ? test : test.skip;
let fixture: SqsFixture;
let number = 0;

beforeAll(async () => {
  fixture = await startSqs();
});
afterAll(() => fixture?.stop());

interface Queue {
  readonly url: string;
  readonly arn: string;
}

async function queue(attributes: Record<string, string> = {}, suffix = ""): Promise<Queue> {
  const name = `dead-${number++}${suffix}`;
  const Attributes = {
    VisibilityTimeout: "0",
    ...(suffix === ".fifo" ? { FifoQueue: "true", ContentBasedDeduplication: "true" } : {}),
    ...attributes,
  };
  const { QueueUrl } = await fixture.client.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  return { url: QueueUrl!, arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}` };
}

const redrive = ({ arn }: Queue, maxReceiveCount: number | string): Record<string, string> => ({
  RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount }),
});

async function receive({ url }: Queue, VisibilityTimeout = 0): Promise<Message[]> {
  const { Messages } = await fixture.client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      VisibilityTimeout,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    }),
  );
  return Messages ?? [];
}

async function send({ url }: Queue, count: number): Promise<void> {
  const Entries = Array.from({ length: count }, (_, index) => ({
    Id: `${index}`,
    MessageBody: `m${index}`,
    ...(url.endsWith(".fifo") ? { MessageGroupId: "g" } : {}),
  }));
  await fixture.client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
}

async function counts({ url }: Queue): Promise<number> {
  const look = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["ApproximateNumberOfMessages"] });
  return Number((await fixture.client.send(look)).Attributes?.ApproximateNumberOfMessages);
}

async function start(input: StartMessageMoveTaskCommandInput): Promise<string> {
  return (await fixture.client.send(new StartMessageMoveTaskCommand(input))).TaskHandle!;
}

async function task({ arn }: Queue) {
  return (await fixture.client.send(new ListMessageMoveTasksCommand({ SourceArn: arn }))).Results?.[0];
}

it("a message that was received too often goes to the dead-letter queue with its id, receives and first receive", async () => {
  const dead = await queue();
  const source = await queue(redrive(dead, 2));
  const trace = { AWSTraceHeader: { DataType: "String" as const, StringValue: "Root=1" } };
  const attributes = { a: { DataType: "String", StringValue: "v" } };
  const { MessageId } = await fixture.client.send(
    new SendMessageCommand({ QueueUrl: source.url, MessageBody: "poison", MessageAttributes: attributes, MessageSystemAttributes: trace }),
  );
  const [first] = await receive(source);
  fixture.advance(1_000);
  expect(await receive(source)).toHaveLength(1);
  expect(await receive(source)).toEqual([]);
  const [letter] = await receive(dead);
  expect(letter).toMatchObject({
    MessageId,
    Body: "poison",
    MessageAttributes: attributes,
    MD5OfMessageAttributes: first!.MD5OfMessageAttributes,
    Attributes: {
      ApproximateReceiveCount: "3",
      ApproximateFirstReceiveTimestamp: first!.Attributes!.ApproximateFirstReceiveTimestamp,
      SentTimestamp: first!.Attributes!.SentTimestamp,
      AWSTraceHeader: "Root=1",
      DeadLetterQueueSourceArn: source.arn,
    },
  });
});

it("dead letters pass through a chain of queues, each with its own count", async () => {
  const last = await queue();
  const middle = await queue(redrive(last, 1));
  const source = await queue(redrive(middle, "1"));
  await send(source, 1);
  for (const each of [source, middle]) {
    expect(await receive(each)).toHaveLength(1);
    expect(await receive(each)).toEqual([]);
  }
  expect((await receive(last))[0]!.Attributes).toMatchObject({ ApproximateReceiveCount: "3", DeadLetterQueueSourceArn: middle.arn });
});

it("on a FIFO queue the next message of the group follows at once, and order is kept among dead letters", async () => {
  const dead = await queue({}, ".fifo");
  const source = await queue(redrive(dead, 1), ".fifo");
  await send(source, 3);
  expect((await receive(source)).map(({ Body }) => Body)).toEqual(["m0", "m1", "m2"]);
  expect(await receive(source)).toEqual([]);
  const letters = await receive(dead);
  expect(letters.map(({ Body }) => Body)).toEqual(["m0", "m1", "m2"]);
  expect(letters[0]!.Attributes).toMatchObject({ MessageGroupId: "g", DeadLetterQueueSourceArn: source.arn, ApproximateReceiveCount: "2" });
});

it.each(["", ".fifo"])("a flood of dead letters is moved in portions, and whoever waits behind it is served (queue%s)", async (suffix) => {
  const [dead, source] = [await queue({}, suffix), await queue({}, suffix)];
  const FLOOD = 700;
  const put = (from: number, count: number): Promise<unknown> =>
    fixture.client.send(
      new SendMessageBatchCommand({
        QueueUrl: source.url,
        Entries: Array.from({ length: count }, (_, index) => ({
          Id: `${index}`,
          MessageBody: `m${from + index}`,
          ...(suffix === "" ? {} : { MessageGroupId: `g${from + index}` }),
        })),
      }),
    );
  for (let from = 0; from < FLOOD; from += 10) await put(from, 10);
  for (let got = 0; got < FLOOD;) got += (await receive(source, 60)).length;
  await fixture.client.send(new SetQueueAttributesCommand({ QueueUrl: source.url, Attributes: redrive(dead, 1) }));
  fixture.advance(60_001);
  await put(FLOOD, 1);
  const waiting = new ReceiveMessageCommand({ QueueUrl: source.url, WaitTimeSeconds: 10 });
  const { Messages } = await fixture.client.send(waiting);
  expect(Messages?.map(({ Body }) => Body)).toEqual([`m${FLOOD}`]);
  await until(async () => {
    await receive(source);
    // The last one too: it was received once.
    return (await counts(dead)) === FLOOD + 1;
  });
});

it("while the dead-letter queue is gone, messages stay where they are", async () => {
  const dead = await queue();
  const source = await queue(redrive(dead, 1));
  await send(source, 1);
  await fixture.client.send(new DeleteQueueCommand({ QueueUrl: dead.url }));
  expect(await receive(source)).toHaveLength(1);
  expect(await receive(source)).toHaveLength(1);
});

it("sources of a dead-letter queue are listed, by pages", async () => {
  const dead = await queue();
  const sources = [await queue(redrive(dead, 1)), await queue(redrive(dead, 1)), await queue(redrive(dead, 1))];
  await queue();
  const all = await fixture.client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead.url }));
  expect(new Set(all.queueUrls)).toEqual(new Set(sources.map(({ url }) => url)));
  const page = await fixture.client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead.url, MaxResults: 2 }));
  const rest = await fixture.client.send(
    new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead.url, MaxResults: 2, NextToken: page.NextToken }),
  );
  expect([...page.queueUrls!, ...rest.queueUrls!]).toEqual(all.queueUrls);
  expect(rest.NextToken).toBeUndefined();
});

it("policies that cannot work are refused", async () => {
  const dead = await queue();
  const fifo = await queue({}, ".fifo");
  const closed = await queue({ RedriveAllowPolicy: JSON.stringify({ redrivePermission: "denyAll" }) });
  const source = await queue();
  const set = (policy: unknown): Promise<unknown> =>
    fixture.client.send(new SetQueueAttributesCommand({ QueueUrl: source.url, Attributes: { RedrivePolicy: JSON.stringify(policy) } }));
  const refused = (policy: unknown, reason: string) =>
    expect(set(policy)).rejects.toMatchObject({
      Error: { Code: "InvalidParameterValue" },
      message: `Value ${JSON.stringify(policy)} for parameter RedrivePolicy is invalid. Reason: ${reason}`,
    });
  await refused({ deadLetterTargetArn: dead.arn }, "Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  await refused({ maxReceiveCount: 1 }, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  await refused(
    { deadLetterTargetArn: dead.arn, maxReceiveCount: "invalid" },
    "Invalid value for maxReceiveCount: invalid, valid values are from 1 to 1000 both inclusive.",
  );
  await refused({ deadLetterTargetArn: `${dead.arn}-none`, maxReceiveCount: 1 }, "Dead letter target does not exist.");
  await refused({ deadLetterTargetArn: "dummy", maxReceiveCount: 1 }, "Invalid value for deadLetterTargetArn.");
  await refused({ deadLetterTargetArn: fifo.arn, maxReceiveCount: 1 }, "Dead-letter queue must be same type of queue as the source.");
  await refused(
    { deadLetterTargetArn: closed.arn, maxReceiveCount: 1 },
    "The RedriveAllowPolicy of the dead letter target does not allow this source queue.",
  );
  await fixture.client.send(
    new SetQueueAttributesCommand({
      QueueUrl: closed.url,
      Attributes: { RedriveAllowPolicy: JSON.stringify({ redrivePermission: "byQueue", sourceQueueArns: [source.arn] }) },
    }),
  );
  await set({ deadLetterTargetArn: closed.arn, maxReceiveCount: 1 });
  await fixture.client.send(new SetQueueAttributesCommand({ QueueUrl: source.url, Attributes: { RedrivePolicy: "" } }));
  const { Attributes } = await fixture.client.send(new GetQueueAttributesCommand({ QueueUrl: source.url, AttributeNames: ["All"] }));
  expect(Attributes).not.toHaveProperty("RedrivePolicy");
});

/** A dead-letter queue with the letters of a source. */
async function withLetters(count: number, suffix = ""): Promise<{ dead: Queue; source: Queue }> {
  const dead = await queue({}, suffix);
  const source = await queue(redrive(dead, 1), suffix);
  await send(source, count);
  await receive(source);
  await receive(source);
  return { dead, source };
}

for (const suffix of ["", ".fifo"]) {
  it(`dead letters are moved back to where they came from${suffix === "" ? "" : ", in order"}`, async () => {
    const { dead, source } = await withLetters(10, suffix);
    await start({ SourceArn: dead.arn });
    await until(async () => (await task(dead))?.Status === "COMPLETED");
    expect(await task(dead)).toEqual({
      ApproximateNumberOfMessagesMoved: 10,
      ApproximateNumberOfMessagesToMove: 10,
      SourceArn: dead.arn,
      StartedTimestamp: expect.any(Number),
      Status: "COMPLETED",
    });
    const messages = await receive(source);
    expect(messages.map(({ Body }) => Body)).toEqual(Array.from({ length: 10 }, (_, index) => `m${index}`));
    expect(messages[0]!.Attributes).toMatchObject({ ApproximateReceiveCount: "1" });
    expect(messages[0]!.Attributes).not.toHaveProperty("DeadLetterQueueSourceArn");
  });
}

it("a task with a rate can be watched and cancelled; one task at a time", async () => {
  const { dead } = await withLetters(10);
  const target = await queue();
  const TaskHandle = await start({ SourceArn: dead.arn, DestinationArn: target.arn, MaxNumberOfMessagesPerSecond: 1 });
  await expect(start({ SourceArn: dead.arn })).rejects.toMatchObject({
    message: "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
  });
  fixture.advance(2_500);
  await until(async () => ((await task(dead))?.ApproximateNumberOfMessagesMoved ?? 0) >= 3);
  const running = await task(dead);
  expect(running).toMatchObject({
    TaskHandle,
    Status: "RUNNING",
    DestinationArn: target.arn,
    MaxNumberOfMessagesPerSecond: 1,
    ApproximateNumberOfMessagesToMove: 10,
  });
  expect(running!.ApproximateNumberOfMessagesMoved).toBeLessThan(6);
  const { ApproximateNumberOfMessagesMoved } = await fixture.client.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
  fixture.advance(10_000);
  await expect(fixture.client.send(new CancelMessageMoveTaskCommand({ TaskHandle }))).rejects.toMatchObject({
    name: "UnsupportedOperation",
  });
  expect(await task(dead)).toMatchObject({ Status: "CANCELLED", ApproximateNumberOfMessagesMoved });
  expect(await task(dead)).not.toHaveProperty("TaskHandle");
});

it("a task fails when its destination goes, or when a letter came from nowhere", async () => {
  const { dead } = await withLetters(10);
  const target = await queue();
  await start({ SourceArn: dead.arn, DestinationArn: target.arn, MaxNumberOfMessagesPerSecond: 1 });
  await until(async () => ((await task(dead))?.ApproximateNumberOfMessagesMoved ?? 0) >= 1);
  await fixture.client.send(new DeleteQueueCommand({ QueueUrl: target.url }));
  fixture.advance(2_000);
  await until(async () => (await task(dead))?.Status === "FAILED");
  expect(await task(dead)).toMatchObject({ FailureReason: "AWS.SimpleQueueService.NonExistentQueue" });
  const other = await queue();
  await queue(redrive(other, 1));
  await send(other, 1);
  await start({ SourceArn: other.arn });
  await until(async () => (await task(other))?.Status === "FAILED");
  expect(await task(other)).toMatchObject({ FailureReason: "CouldNotDetermineMessageSource", ApproximateNumberOfMessagesMoved: 0 });
  expect(await receive(other)).toHaveLength(1);
});

it("a task goes on when the process that began it is killed", async () => {
  const { dead, source } = await withLetters(10);
  const other = await fixture.another();
  await other.client.send(new StartMessageMoveTaskCommand({ SourceArn: dead.arn, MaxNumberOfMessagesPerSecond: 2 }));
  await other.stop();
  fixture.advance(10_000);
  await until(async () => (await task(dead))?.Status === "COMPLETED");
  expect(await receive(source)).toHaveLength(10);
});

it("wrong tasks are refused", async () => {
  const plain = await queue();
  const { dead } = await withLetters(1);
  await expect(start({ SourceArn: plain.arn })).rejects.toMatchObject({
    Error: { Code: "InvalidParameterValue" },
    message: "Source queue must be configured as a Dead Letter Queue.",
  });
  await expect(start({ SourceArn: `${plain.arn}-none` })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "The resource that you specified for the SourceArn parameter doesn't exist.",
    $metadata: { httpStatusCode: 404 },
  });
  await expect(start({ SourceArn: dead.arn, DestinationArn: `${plain.arn}-none` })).rejects.toMatchObject({
    message: "The resource that you specified for the DestinationArn parameter doesn't exist.",
  });
  const cancel = (content: string): Promise<unknown> =>
    fixture.client.send(new CancelMessageMoveTaskCommand({ TaskHandle: Buffer.from(content).toString("base64") }));
  await expect(cancel("foobar")).rejects.toMatchObject({
    Error: { Code: "InvalidParameterValue" },
    message: "Value for parameter TaskHandle is invalid.",
  });
  await expect(cancel(JSON.stringify({ taskId: "x", sourceArn: `${plain.arn}-none` }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "The resource that you specified for the SourceArn parameter doesn't exist.",
  });
  await expect(cancel(JSON.stringify({ taskId: "x", sourceArn: plain.arn }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Task does not exist.",
  });
});
