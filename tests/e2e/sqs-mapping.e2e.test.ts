/** What SQS event source mappings do, with real queues and real functions. esm.md, section 3. The targets run with LAMBDOCK_TIME_SCALE=60. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetEventSourceMappingCommand,
  UpdateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { ACCOUNT, lambdaClient, logsClient, REGION } from "./support/clients.ts";
import { createDeployer, creation, uniqueName, untilActive } from "./support/deploy.ts";
import { eventsOf } from "./support/log-events.ts";
import { createQueue as createTestQueue, sqsClient } from "./support/queues.ts";
import { testWhere } from "./support/test-where.ts";
import { chosenTarget, endpoint } from "./target/config.ts";
import { createTarget } from "./target/create-target.ts";
import type { Target } from "./target/target.ts";
import { until } from "./target/wait.ts";

/** What the function logged of one message. */
interface Read {
  readonly body: string;
  readonly receives: number;
  readonly group?: string;
  readonly size: number;
}

/** One Lambdock, as these tests use it. */
function lambdockAt(url: string) {
  const lambda = lambdaClient(url);
  const sqs = new SQSClient({ endpoint: url, region: REGION, credentials: { accessKeyId: ACCOUNT, secretAccessKey: "s" }, maxAttempts: 1 });
  return {
    lambda,
    async queue(Attributes: Record<string, string> = {}, given?: string) {
      const QueueName = given ?? uniqueName("polled") + (Attributes["FifoQueue"] === "true" ? ".fifo" : "");
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
      return {
        name: QueueName,
        arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${QueueName}`,
        async send(bodies: readonly string[], group?: (body: string) => string): Promise<void> {
          for (let first = 0; first < bodies.length; first += 10) {
            const Entries = bodies.slice(first, first + 10).map((MessageBody, index) => ({
              Id: String(index),
              MessageBody,
              ...(group === undefined ? {} : { MessageGroupId: group(MessageBody), MessageDeduplicationId: `${first + index}` }),
            }));
            await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
          }
        },
        async left(): Promise<number> {
          const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
          const { Attributes: counts } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }));
          return names.reduce((sum, each) => sum + Number(counts?.[each]), 0);
        },
        take: async () =>
          until("a message", async () => (await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 2 }))).Messages?.[0]),
        delete: () => sqs.send(new DeleteQueueCommand({ QueueUrl })),
      };
    },
    async map(FunctionName: string, EventSourceArn: string, settings: Partial<CreateEventSourceMappingCommandInput> = {}): Promise<string> {
      const { UUID } = await lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, ...settings }));
      if (settings.Enabled !== false) await reached(lambda, UUID!, "Enabled");
      return UUID!;
    },
    async reads(functionName: string): Promise<readonly Read[]> {
      const messages = (await eventsOf(logsClient(url), functionName)).map((event) => event.message ?? "");
      return messages.flatMap((message) => [...message.matchAll(/READ (\{.*\})/g)].map(([, json]) => JSON.parse(json!) as Read));
    },
    admin: async (UUID: string) => (await fetch(`${url}/_lambdock/mappings/${UUID}`)).json() as Promise<Record<string, unknown>>,
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
const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `m${n}`);

afterAll(async () => {
  await Promise.all(made.map((UUID) => shared.lambda.send(new DeleteEventSourceMappingCommand({ UUID })).catch(() => undefined)));
});

test("Messages reach the function in batches and are deleted; the admin API tells what the mapping does", async () => {
  const name = await deploy({ fixture: "queue-reader" });
  const queue = await shared.queue();
  const uuid = await map(name, queue.arn);
  await queue.send(numbered(25));
  await until("the queue to be empty", async () => (await queue.left()) === 0);
  const reads = await until("all logs", async () => {
    const seen = await shared.reads(name);
    return seen.length >= 25 ? seen : undefined;
  });
  expect(reads.map(({ body }) => body).sort()).toEqual(numbered(25).sort());
  expect(Math.max(...reads.map(({ size }) => size))).toBeGreaterThan(1);
  await until("the status", async () => {
    const { status } = await shared.admin(uuid);
    const { lastResult, batchesInFlight } = (status ?? {}) as { readonly lastResult?: string; readonly batchesInFlight?: number };
    return lastResult === "OK" && batchesInFlight === 0;
  });
  expect(await shared.admin(uuid)).toMatchObject({ uuid, state: "Enabled", status: { pollers: expect.any(Number) } });
  const all = (await (await fetch(`${endpoint()}/_lambdock/mappings`)).json()) as {
    readonly mappings: readonly { readonly uuid: string }[];
  };
  expect(all.mappings.map((mapping) => mapping.uuid)).toContain(uuid);
  expect((await fetch(`${endpoint()}/_lambdock/mappings/none`)).status).toBe(404);
  expect(await (await fetch(`${endpoint()}/_lambdock/metrics`)).text()).toContain(`lambdock_mapping_deleted_events_total{uuid="${uuid}"`);
});

test("Of a partly failed batch only the failures come again", async () => {
  const name = await deploy({ fixture: "queue-reader" });
  const queue = await shared.queue({ VisibilityTimeout: "3" });
  await map(name, queue.arn, { FunctionResponseTypes: ["ReportBatchItemFailures"] });
  await queue.send(["a", "once", "b"]);
  await until("the queue to be empty", async () => (await queue.left()) === 0);
  const reads = await until("all logs", async () => {
    const seen = await shared.reads(name);
    return seen.length >= 4 ? seen : undefined;
  });
  expect(reads.filter(({ body }) => body === "once").map(({ receives }) => receives)).toEqual([1, 2]);
  expect(reads.filter(({ body }) => body !== "once").map(({ receives }) => receives)).toEqual([1, 1]);
});

test("A poison message ends in the queue's dead-letter queue after maxReceiveCount", async () => {
  const name = await deploy({ fixture: "queue-reader" });
  const dead = await shared.queue();
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
  const queue = await shared.queue({ VisibilityTimeout: "3", RedrivePolicy });
  const uuid = await map(name, queue.arn);
  await queue.send(["throw"]);
  expect((await dead.take()).Body).toBe("throw");
  await until("both attempts in the logs", async () => (await shared.reads(name)).length === 2);
  await until("the result", async () => (await shared.admin(uuid))["lastProcessingResult"] === "PROBLEM: Function call failed");
});

test("A FIFO queue's groups keep their order", async () => {
  const name = await deploy({ fixture: "queue-reader" });
  const queue = await shared.queue({ FifoQueue: "true" });
  const bodies = numbered(40).map((body, index) => `${"ABCD"[index % 4]}${body}`);
  await queue.send(bodies, (body) => body[0]!);
  await map(name, queue.arn);
  await until("the queue to be empty", async () => (await queue.left()) === 0);
  const reads = await until("all logs", async () => {
    const seen = await shared.reads(name);
    return seen.length >= 40 ? seen : undefined;
  });
  for (const group of "ABCD")
    expect(reads.filter((read) => read.group === group).map(({ body }) => body)).toEqual(bodies.filter((body) => body[0] === group));
});

test("What no filter lets through is deleted without reaching the function", async () => {
  const name = await deploy({ fixture: "queue-reader" });
  const queue = await shared.queue();
  await map(name, queue.arn, { FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ body: { kind: ["wanted"] } }) }] } });
  const bodies = numbered(10).map((id, index) => JSON.stringify({ id, kind: index % 2 === 0 ? "wanted" : "other" }));
  await queue.send(bodies);
  await until("the queue to be empty", async () => (await queue.left()) === 0);
  const reads = await until("all logs", async () => {
    const seen = await shared.reads(name);
    return seen.length >= 5 ? seen : undefined;
  });
  expect(reads.map(({ body }) => body).sort()).toEqual(bodies.filter((body) => body.includes("wanted")).sort());
});

test("A disabled mapping leaves its queue alone until it is enabled; a deleted one for good", async () => {
  const name = await deploy({ fixture: "queue-reader" });
  const queue = await shared.queue();
  const uuid = await map(name, queue.arn, { Enabled: false });
  await queue.send(["x"]);
  expect((await shared.lambda.send(new GetEventSourceMappingCommand({ UUID: uuid }))).State).toBe("Disabled");
  expect(await queue.left()).toBe(1);
  await shared.lambda.send(new UpdateEventSourceMappingCommand({ UUID: uuid, Enabled: true }));
  await reached(shared.lambda, uuid, "Enabled");
  await until("the queue to be empty", async () => (await queue.left()) === 0);
  await shared.lambda.send(new UpdateEventSourceMappingCommand({ UUID: uuid, Enabled: false }));
  await reached(shared.lambda, uuid, "Disabled");
  await shared.lambda.send(new DeleteEventSourceMappingCommand({ UUID: uuid }));
  await until("the mapping to be gone", async () => (await fetch(`${endpoint()}/_lambdock/mappings/${uuid}`)).status === 404);
  await queue.send(["y"]);
  expect(await shared.reads(name)).toMatchObject([{ body: "x" }]);
  expect(await queue.left()).toBe(1);
});

test("A mapping outlives its function, says so, and works again when the function is back", async () => {
  const name = await deploy({ fixture: "queue-reader" });
  const queue = await shared.queue();
  const uuid = await map(name, queue.arn);
  await shared.lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
  await queue.send(["x"]);
  const gone = `PROBLEM: Function not found: arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}:$LATEST`;
  await until("the result", async () => (await shared.admin(uuid))["lastProcessingResult"] === gone);
  expect((await shared.lambda.send(new GetEventSourceMappingCommand({ UUID: uuid }))).State).toBe("Enabled");
  await deploy({ fixture: "queue-reader", FunctionName: name });
  await until("the queue to be empty", async () => (await queue.left()) === 0, { withinMs: 40_000 });
});

test("A queue that is deleted under its mapping is told, and polled again when it is back", async () => {
  const name = await deploy({ fixture: "queue-reader" });
  const queue = await shared.queue();
  const uuid = await map(name, queue.arn);
  await queue.delete();
  const missing = `PROBLEM: The queue ${queue.arn} does not exist.`;
  await until("the result", async () => (await shared.admin(uuid))["lastProcessingResult"] === missing);
  const again = await shared.queue({}, queue.name);
  await again.send(["x"]);
  await until("the queue to be empty", async () => (await again.left()) === 0);
});

const kind = chosenTarget();
const onOwnTarget = testWhere(kind !== "external");
let target: Target | undefined;
beforeAll(async () => {
  if (kind === "external") return;
  target = await createTarget(kind, { project: `lambdock-e2e-mapping-${process.pid}`, ownRedis: true });
  await target.start();
}, 300_000);
afterAll(async () => target?.dispose(), 120_000);

onOwnTarget(
  "Mappings work on after a restart and after a kill; nothing is lost",
  async () => {
    const own = lambdockAt(target!.endpoint);
    const witness = await createTestQueue(sqsClient(target!.endpoint));
    const input = await creation({ fixture: "queue-reader", Environment: { Variables: { WITNESS: witness.path } }, Timeout: 5 });
    await own.lambda.send(new CreateFunctionCommand(input));
    await untilActive(own.lambda, input.FunctionName!);
    const queue = await own.queue({ VisibilityTimeout: "5" });
    await own.map(input.FunctionName!, queue.arn);
    await queue.send(numbered(10));
    await target!.stop();
    await target!.start();
    await queue.send(numbered(20).slice(10));
    await until("the queue to be empty", async () => (await queue.left()) === 0, { withinMs: 40_000 });
    await queue.send(numbered(40).slice(20));
    await target!.killExecutor();
    await target!.reviveExecutor();
    await until("the queue to be empty again", async () => (await queue.left()) === 0, { withinMs: 40_000 });
    const bodies = new Set<string>();
    while (bodies.size < 40) for (const body of (await witness.receive()).Body!.split(" ")) bodies.add(body);
    expect([...bodies].sort()).toEqual(numbered(40).sort());
  },
  180_000,
);
