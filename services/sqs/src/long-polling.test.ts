import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type Message,
  type ReceiveMessageCommandInput,
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

async function queue(Attributes: Record<string, string> = {}): Promise<string> {
  const fifo = Attributes["FifoQueue"] === undefined ? "" : ".fifo";
  return (await fixture.client.send(new CreateQueueCommand({ QueueName: `poll-${number++}${fifo}`, Attributes }))).QueueUrl!;
}

/** Begins a receive and resolves with its (unsettled) outcome once it waits. */
async function wait(
  QueueUrl: string,
  options: Partial<ReceiveMessageCommandInput> = {},
  at = fixture,
): Promise<{ messages: Promise<Message[]> }> {
  const before = at.sqs.waiting;
  const messages = at.client
    .send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, ...options }))
    .then(({ Messages }) => Messages ?? []);
  messages.catch(() => undefined);
  await until(() => at.sqs.waiting > before);
  return { messages };
}

const send = (QueueUrl: string, MessageBody: string): Promise<unknown> =>
  fixture.client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
const bodies = (messages: readonly Message[]): unknown[] => messages.map(({ Body }) => Body);

it("a waiting receive is woken at once", async () => {
  const QueueUrl = await queue();
  const took: number[] = [];
  for (let round = 0; round < 20; round++) {
    const { messages } = await wait(QueueUrl);
    const began = performance.now();
    await send(QueueUrl, `m${round}`);
    expect(bodies(await messages)).toEqual([`m${round}`]);
    took.push(performance.now() - began);
  }
  // A few milliseconds; the bound leaves room for a machine that is shared.
  expect(took.sort((a, b) => a - b)[10]).toBeLessThan(50);
});

it("a waiting receive of another process is woken too", async () => {
  const QueueUrl = await queue();
  const other = await fixture.another();
  const { messages } = await wait(QueueUrl, {}, other);
  await send(QueueUrl, "m");
  expect(bodies(await messages)).toEqual(["m"]);
});

it("with nothing to receive, the answer comes when time is up", async () => {
  const QueueUrl = await queue({ ReceiveMessageWaitTimeSeconds: "1" });
  const began = performance.now();
  expect(await fixture.client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 0 }))).not.toHaveProperty("Messages");
  expect(performance.now() - began).toBeLessThan(900);
  // The queue's own wait time counts where the request has none.
  expect(await fixture.client.send(new ReceiveMessageCommand({ QueueUrl }))).not.toHaveProperty("Messages");
  expect(performance.now() - began).toBeGreaterThan(950);
});

it("those who wait are served in the order in which they came", async () => {
  const QueueUrl = await queue();
  const waiting = [];
  for (let index = 0; index < 5; index++) waiting.push((await wait(QueueUrl)).messages);
  await fixture.client.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: Array.from({ length: 5 }, (_, index) => ({ Id: `${index}`, MessageBody: `${index}` })),
    }),
  );
  expect((await Promise.all(waiting)).map(bodies)).toEqual([["0"], ["1"], ["2"], ["3"], ["4"]]);
});

it("a client that goes away takes nothing with it", async () => {
  const QueueUrl = await queue();
  for (let round = 0; round < 20; round++) {
    const controller = new AbortController();
    const gone = fixture.client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), { abortSignal: controller.signal });
    gone.catch(() => undefined);
    await until(() => fixture.sqs.waiting === 1);
    controller.abort();
    await until(() => fixture.sqs.waiting === 0);
    await send(QueueUrl, `m${round}`);
    const { Messages } = await fixture.client.send(
      new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ["ApproximateReceiveCount"] }),
    );
    expect(Messages).toMatchObject([{ Body: `m${round}`, Attributes: { ApproximateReceiveCount: "1" } }]);
  }
});

it("a message that comes while its receiver is going away is not lost, whichever was first", async () => {
  const QueueUrl = await queue();
  const { port } = new URL(fixture.url);
  for (let round = 0; round < 30; round++) {
    const body = JSON.stringify({ QueueUrl, WaitTimeSeconds: 20 });
    const socket = connect(Number(port), "127.0.0.1", () =>
      socket.write(
        `POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: AmazonSQS.ReceiveMessage\r\nauthorization: AWS4-HMAC-SHA256 Credential=111122223333/20261122/eu-west-1/sqs/aws4_request\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      ),
    );
    let answered = false;
    socket.on("data", () => (answered = true));
    await until(() => fixture.sqs.waiting === 1);
    const sent = send(QueueUrl, `m${round}`);
    socket.destroy();
    await sent;
    await until(() => fixture.sqs.waiting === 0);
    expect(answered).toBe(false);
    // Either nobody took it, or it is put back: it need not wait for its visibility timeout.
    await until(async () => {
      const { Attributes } = await fixture.client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
      return Attributes!.ApproximateNumberOfMessages === "1";
    });
    const { Messages } = await fixture.client.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages![0]!.Body).toBe(`m${round}`);
    await fixture.client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages![0]!.ReceiptHandle }));
  }
});

it("the end of a delay, of a visibility timeout and of a change to it wake a waiting receive", async () => {
  const QueueUrl = await queue({ VisibilityTimeout: "1" });
  const first = await wait(QueueUrl);
  await fixture.client.send(new SendMessageCommand({ QueueUrl, MessageBody: "m", DelaySeconds: 1 }));
  expect(bodies(await first.messages)).toEqual(["m"]);
  const second = await wait(QueueUrl, { VisibilityTimeout: 30 });
  const [message] = await second.messages;
  expect(message!.Body).toBe("m");
  const third = await wait(QueueUrl);
  await fixture.client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message!.ReceiptHandle, VisibilityTimeout: 0 }));
  expect(bodies(await third.messages)).toEqual(["m"]);
});

it("deleting the message in flight wakes who waits for the rest of its group", async () => {
  const QueueUrl = await queue({ FifoQueue: "true", ContentBasedDeduplication: "true" });
  for (const body of ["1", "2"]) await fixture.client.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageGroupId: "g" }));
  const { Messages } = await fixture.client.send(new ReceiveMessageCommand({ QueueUrl }));
  const { messages } = await wait(QueueUrl);
  await fixture.client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages![0]!.ReceiptHandle }));
  expect(bodies(await messages)).toEqual(["2"]);
});

it("dead letters wake who waits for them", async () => {
  const dead = await queue();
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: `arn:aws:sqs:eu-west-1:111122223333:${dead.split("/").at(-1)}`,
    maxReceiveCount: 1,
  });
  const source = await queue({ VisibilityTimeout: "0", RedrivePolicy });
  const { messages } = await wait(dead);
  await send(source, "m");
  await fixture.client.send(new ReceiveMessageCommand({ QueueUrl: source }));
  await fixture.client.send(new ReceiveMessageCommand({ QueueUrl: source }));
  expect(bodies(await messages)).toEqual(["m"]);
});

it("who waits on a queue that is deleted is told so", async () => {
  const QueueUrl = await queue();
  const { messages } = await wait(QueueUrl);
  await fixture.client.send(new DeleteQueueCommand({ QueueUrl }));
  await expect(messages).rejects.toMatchObject({ name: "QueueDoesNotExist" });
});

it("stopping sends those who wait away with nothing", async () => {
  const QueueUrl = await queue();
  const other = await fixture.another();
  const { messages } = await wait(QueueUrl, {}, other);
  await other.sqs.stop(100);
  expect(await messages).toEqual([]);
});

it("many receivers in two processes get every message once", async () => {
  const QueueUrl = await queue();
  const other = await fixture.another();
  const seen: string[] = [];
  let left = 500;
  const consume = async ({ client }: SqsFixture): Promise<void> => {
    while (left > 0) {
      const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 3, WaitTimeSeconds: 1 }));
      for (const { Body, ReceiptHandle } of Messages) {
        left--;
        seen.push(Body!);
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  };
  const consumers = Array.from({ length: 8 }, (_, index) => consume(index % 2 === 0 ? fixture : other));
  for (let batch = 0; batch < 50; batch++)
    await fixture.client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: Array.from({ length: 10 }, (_, index) => ({ Id: `${index}`, MessageBody: `${batch * 10 + index}` })),
      }),
    );
  await Promise.all(consumers);
  expect(seen.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, index) => index));
});
