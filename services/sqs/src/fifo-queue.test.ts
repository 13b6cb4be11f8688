import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  type Message,
  type ReceiveMessageCommandInput,
  type SendMessageCommandInput,
} from "@aws-sdk/client-sqs";
import { redisInstalled } from "@lambdock/store/testing/redis-fixture";
import { startSqs, type SqsFixture } from "./testing/sqs-fixture.ts";
import { until } from "./testing/until.ts";

const it = redisInstalled() ? test : test.skip;
let fixture: SqsFixture;
let number = 0;

beforeAll(async () => {
  fixture = await startSqs();
});
afterAll(() => fixture?.stop());

async function queue(attributes: Record<string, string> = {}): Promise<string> {
  const Attributes = { FifoQueue: "true", ContentBasedDeduplication: "true", ...attributes };
  return (await fixture.client.send(new CreateQueueCommand({ QueueName: `fifo-${number++}.fifo`, Attributes }))).QueueUrl!;
}

/** Sends bodies such as `g1-m1`, whose group is `g1`. */
async function send(QueueUrl: string, ...bodies: string[]): Promise<void> {
  for (const body of bodies)
    await fixture.client.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageGroupId: body.split("-")[0]! }));
}

async function receive(QueueUrl: string, options: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> {
  return (await fixture.client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...options }))).Messages ?? [];
}

const bodies = (messages: readonly Message[]): unknown[] => messages.map(({ Body }) => Body);
const remove = (QueueUrl: string, { ReceiptHandle }: Message): Promise<unknown> =>
  fixture.client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
const hold = (QueueUrl: string, { ReceiptHandle }: Message, VisibilityTimeout: number): Promise<unknown> =>
  fixture.client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));

it("one receive gets several messages of a group, in order, group after group", async () => {
  const QueueUrl = await queue();
  await send(QueueUrl, "g1-m1", "g2-m1", "g1-m2", "g1-m3");
  const messages = await receive(QueueUrl, { MessageSystemAttributeNames: ["All"] });
  expect(bodies(messages)).toEqual(["g1-m1", "g1-m2", "g1-m3", "g2-m1"]);
  const numbers = messages.slice(0, 3).map(({ Attributes }) => Attributes!.SequenceNumber!);
  expect(numbers.every((each) => /^\d{20}$/.test(each))).toBe(true);
  expect([...numbers].sort()).toEqual(numbers);
  expect(messages[0]!.Attributes).toMatchObject({ MessageGroupId: "g1", MessageDeduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

it("a group is closed while its first message is in flight, and the other groups are not", async () => {
  const QueueUrl = await queue();
  await send(QueueUrl, "g1-m1", "g1-m2", "g2-m1", "g2-m2");
  const [first] = await receive(QueueUrl, { MaxNumberOfMessages: 1 });
  expect(first!.Body).toBe("g1-m1");
  expect(bodies(await receive(QueueUrl))).toEqual(["g2-m1", "g2-m2"]);
  expect(await receive(QueueUrl)).toEqual([]);
  await remove(QueueUrl, first!);
  expect(bodies(await receive(QueueUrl))).toEqual(["g1-m2"]);
});

it("deleting some of what was received keeps the group closed, deleting all opens it", async () => {
  const QueueUrl = await queue();
  await send(QueueUrl, "g1-m1", "g2-m1", "g1-m2", "g2-m2", "g1-m3", "g1-m4", "g3-m1");
  const [first, second] = await receive(QueueUrl, { MaxNumberOfMessages: 2 });
  await remove(QueueUrl, first!);
  expect(bodies(await receive(QueueUrl, { VisibilityTimeout: 0 }))).toEqual(["g2-m1", "g2-m2", "g3-m1"]);
  await remove(QueueUrl, second!);
  expect(new Set(bodies(await receive(QueueUrl)))).toEqual(new Set(["g2-m1", "g2-m2", "g3-m1", "g1-m3", "g1-m4"]));
});

it("what was received comes again in order when its visibility timeout is over", async () => {
  const QueueUrl = await queue({ VisibilityTimeout: "5" });
  await send(QueueUrl, "g-0", "g-1", "g-2");
  expect(bodies(await receive(QueueUrl))).toEqual(["g-0", "g-1", "g-2"]);
  fixture.advance(5_001);
  expect(bodies(await receive(QueueUrl))).toEqual(["g-0", "g-1", "g-2"]);
});

it("a message that is given back is received alone, while the next of its group is in flight", async () => {
  const QueueUrl = await queue();
  await send(QueueUrl, "g1-m1", "g1-m2", "g2-m1");
  const [first] = await receive(QueueUrl, { MaxNumberOfMessages: 2 });
  fixture.advance(10);
  await hold(QueueUrl, first!, 0);
  expect(bodies(await receive(QueueUrl))).toEqual(["g2-m1", "g1-m1"]);
});

for (const [position, visible] of [
  [0, []],
  [1, ["foo"]],
  [2, ["foo", "bar"]],
] as const) {
  it(`when message ${position} of three is held longer, those before it come first and those behind it wait`, async () => {
    const QueueUrl = await queue({ VisibilityTimeout: "1" });
    for (const body of ["foo", "bar", "baz"])
      await fixture.client.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageGroupId: "1" }));
    const messages = await receive(QueueUrl);
    await hold(QueueUrl, messages[position]!, 4);
    fixture.advance(2_500);
    expect(bodies(await receive(QueueUrl))).toEqual(visible);
  });
}

it("a duplicate within five minutes is not added, and is answered with the first one's id", async () => {
  const QueueUrl = await queue({ ContentBasedDeduplication: "false" });
  const message = (more: Partial<SendMessageCommandInput>) =>
    new SendMessageCommand({ QueueUrl, MessageBody: "m", MessageGroupId: "g", MessageDeduplicationId: "d", ...more });
  const first = await fixture.client.send(message({}));
  const [received] = await receive(QueueUrl);
  await remove(QueueUrl, received!);
  fixture.advance(299_000);
  const second = await fixture.client.send(message({ MessageBody: "other", MessageGroupId: "other" }));
  expect([second.MessageId, second.SequenceNumber]).toEqual([first.MessageId, first.SequenceNumber]);
  expect(await receive(QueueUrl)).toEqual([]);
  fixture.advance(1_001);
  expect((await fixture.client.send(message({ MessageBody: "third" }))).MessageId).not.toBe(first.MessageId);
  expect(bodies(await receive(QueueUrl))).toEqual(["third"]);
});

it("duplicates within one batch are found; in the scope of groups each group has its own", async () => {
  const QueueUrl = await queue({ DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" });
  const entry = (Id: string, MessageGroupId: string) => ({ Id, MessageBody: "m", MessageGroupId });
  const { Successful } = await fixture.client.send(
    new SendMessageBatchCommand({ QueueUrl, Entries: [entry("a", "g1"), entry("b", "g1"), entry("c", "g2")] }),
  );
  expect(Successful![0]!.MessageId).toBe(Successful![1]!.MessageId);
  expect(Successful![2]!.MessageId).not.toBe(Successful![0]!.MessageId);
  expect(await receive(QueueUrl)).toHaveLength(2);
});

it("what a FIFO queue needs is asked for", async () => {
  const QueueUrl = await queue({ ContentBasedDeduplication: "false" });
  const refused = (input: Partial<SendMessageCommandInput>, error: object): Promise<void> =>
    expect(fixture.client.send(new SendMessageCommand({ QueueUrl, MessageBody: "m", ...input }))).rejects.toMatchObject(error);
  await refused(
    { MessageGroupId: "g" },
    {
      Error: { Code: "InvalidParameterValue" },
      message: "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    },
  );
  await refused(
    { MessageDeduplicationId: "d" },
    { Error: { Code: "MissingParameter" }, message: "The request must contain the parameter MessageGroupId." },
  );
  await refused(
    { MessageGroupId: "g", MessageDeduplicationId: "d", DelaySeconds: 2 },
    {
      message:
        "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.",
    },
  );
  await expect(
    fixture.client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: "a", MessageBody: "m", MessageGroupId: "g", MessageDeduplicationId: "d" },
          { Id: "b", MessageBody: "m", MessageDeduplicationId: "e" },
        ],
      }),
    ),
  ).rejects.toMatchObject({ Error: { Code: "InvalidParameterValue" }, message: "The request must contain the parameter MessageGroupId." });
  expect(await receive(QueueUrl)).toEqual([]);
});

it("the queue's delay counts for all messages, and zero given with a message is the queue's", async () => {
  const QueueUrl = await queue({ DelaySeconds: "2" });
  await fixture.client.send(new SendMessageCommand({ QueueUrl, MessageBody: "m", MessageGroupId: "g", DelaySeconds: 0 }));
  expect(await receive(QueueUrl)).toEqual([]);
  await send(QueueUrl, "g-later");
  fixture.advance(2_001);
  expect(bodies(await receive(QueueUrl))).toEqual(["m", "g-later"]);
});

it("an expired handle does not delete", async () => {
  const QueueUrl = await queue({ VisibilityTimeout: "1" });
  await send(QueueUrl, "g-m");
  const [message] = await receive(QueueUrl);
  fixture.advance(1_001);
  await expect(remove(QueueUrl, message!)).rejects.toMatchObject({
    Error: { Code: "InvalidParameterValue" },
    message: `Value ${message!.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
  });
  expect(bodies(await receive(QueueUrl))).toEqual(["g-m"]);
});

it("a receive that is repeated with its attempt id gets the same messages, unless one was touched", async () => {
  const QueueUrl = await queue({ VisibilityTimeout: "30" });
  await send(QueueUrl, "g1-m1", "g1-m2", "g2-m1");
  const first = await receive(QueueUrl, { MaxNumberOfMessages: 2, ReceiveRequestAttemptId: "try-1" });
  fixture.advance(20_000);
  expect(await receive(QueueUrl, { MaxNumberOfMessages: 2, ReceiveRequestAttemptId: "try-1" })).toEqual(first);
  // The repetition made them invisible anew.
  fixture.advance(20_000);
  expect(bodies(await receive(QueueUrl, { VisibilityTimeout: 0 }))).toEqual(["g2-m1"]);
  await remove(QueueUrl, first[0]!);
  expect(bodies(await receive(QueueUrl, { ReceiveRequestAttemptId: "try-1" }))).toEqual(["g2-m1"]);
});

it("a repeated attempt gets its messages although others wait in line", async () => {
  const QueueUrl = await queue({ VisibilityTimeout: "30" });
  await send(QueueUrl, "g-m1");
  const attempt = { WaitTimeSeconds: 10, ReceiveRequestAttemptId: "try-1" };
  const first = await receive(QueueUrl, attempt);
  const other = receive(QueueUrl, { WaitTimeSeconds: 20 });
  await until(() => fixture.sqs.waiting === 1);
  expect(await receive(QueueUrl, attempt)).toEqual(first);
  await send(QueueUrl, "h-m1");
  expect(bodies(await other)).toEqual(["h-m1"]);
});

it("a changed delay also holds for messages that are there, but not for those that were received", async () => {
  const QueueUrl = await queue();
  const delay = (seconds: number): Promise<unknown> =>
    fixture.client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: String(seconds) } }));
  await send(QueueUrl, "g1-m1", "g2-m1", "g2-m2");
  const [first] = await receive(QueueUrl, { MaxNumberOfMessages: 1 });
  await delay(60);
  await hold(QueueUrl, first!, 0);
  expect(bodies(await receive(QueueUrl))).toEqual(["g1-m1"]);
  fixture.advance(60_001);
  expect(bodies(await receive(QueueUrl, { VisibilityTimeout: 0 }))).toEqual(["g1-m1", "g2-m1", "g2-m2"]);
  await send(QueueUrl, "g3-m1");
  await delay(0);
  expect(bodies(await receive(QueueUrl))).toContain("g3-m1");
});

it("retention takes messages away without breaking their groups", async () => {
  const QueueUrl = await queue({ MessageRetentionPeriod: "60" });
  await send(QueueUrl, "g-old");
  fixture.advance(50_000);
  await send(QueueUrl, "g-new");
  fixture.advance(11_000);
  expect(bodies(await receive(QueueUrl))).toEqual(["g-new"]);
});
