/** Functions use the AWS SDK that AWS's runtimes carry, without bundling it, and reach Lambdock with no setting. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createDeployer } from "./support/deploy.ts";
import { invoke, type Failure } from "./support/invoke.ts";
import { createQueue, sqsClient, type TestQueue } from "./support/queues.ts";
import { testWhere } from "./support/test-where.ts";
import { zipOf } from "./support/zip.ts";
import { hasContainers } from "./target/config.ts";

const TIMEOUT_MS = 120_000;
const deploy = createDeployer();
let queue: TestQueue;

beforeAll(async () => {
  queue = await createQueue(sqsClient());
});
afterAll(() => queue.delete());

/** Sends the event's body to the queue of the event's name. */
const SEND = `async ({ QueueName, MessageBody }) => {
  const sqs = new SQSClient();
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  return (await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))).MessageId;
};`;
const NAMES = "SQSClient, GetQueueUrlCommand, SendMessageCommand";
const SYSTEMS = [
  ["An ES module", { "index.mjs": `import { ${NAMES} } from "@aws-sdk/client-sqs";\nexport const handler = ${SEND}` }],
  ["A CommonJS module", { "index.js": `const { ${NAMES} } = require("@aws-sdk/client-sqs");\nexports.handler = ${SEND}` }],
] as const;

async function sends(name: string, MessageBody: string): Promise<void> {
  const { payload, functionError } = await invoke(name, { QueueName: queue.arn.split(":").at(-1), MessageBody });
  expect([functionError, payload]).toEqual([undefined, expect.stringMatching(/^[\da-f-]{36}$/)]);
  expect(await queue.receive()).toMatchObject({ Body: MessageBody, MessageId: payload });
}

test.each(SYSTEMS)(
  "%s sends a message with the SDK of the runtime",
  async (kind, files) => {
    await sends(await deploy({ code: { ZipFile: await zipOf(files) }, Timeout: 20 }), `from ${kind}`);
  },
  TIMEOUT_MS,
);

test(
  "A client that the runtime does not carry is not found",
  async () => {
    const code = 'import "@aws-sdk/client-unheard-of";\nexport const handler = async () => 1;';
    const { payload } = await invoke<Failure>(await deploy({ code: { ZipFile: await zipOf({ "index.mjs": code }) } }));
    expect(payload.errorMessage).toContain("Cannot find package '@aws-sdk/client-unheard-of' imported from");
  },
  TIMEOUT_MS,
);

const PYTHON = "python3.11";
const BOTO3 = `
import boto3
def handler(event, context):
  sqs = boto3.client("sqs")
  url = sqs.get_queue_url(QueueName=event["QueueName"])["QueueUrl"]
  return sqs.send_message(QueueUrl=url, MessageBody=event["MessageBody"])["MessageId"]`;

/** Child processes have what the machine's own Python has. */
function hasBoto3(): boolean {
  if (hasContainers()) return true;
  try {
    execFileSync(PYTHON, ["-c", "import boto3"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

testWhere(hasBoto3())(
  "A Python function sends a message with boto3",
  async () => {
    await sends(await deploy({ code: { ZipFile: await zipOf({ "index.py": BOTO3 }) }, Runtime: PYTHON, Timeout: 20 }), "from Python");
  },
  TIMEOUT_MS,
);
