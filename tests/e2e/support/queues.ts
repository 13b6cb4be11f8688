import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand, SQSClient, type Message } from "@aws-sdk/client-sqs";
import { endpoint } from "../target/config.ts";
import { until } from "../target/wait.ts";
import { ACCOUNT, REGION } from "./clients.ts";
import { uniqueName } from "./deploy.ts";

/** A queue of the test's own. */
export interface TestQueue {
  readonly arn: string;
  /** `/<account>/<name>`, as in its URL. */
  readonly path: string;
  /** Waits for one message and takes it. */
  receive(): Promise<Message>;
  delete(): Promise<void>;
}

/** The SDK's SQS client, without retries. */
export function sqsClient(url = endpoint()): SQSClient {
  return new SQSClient({
    endpoint: url,
    region: REGION,
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: "secret" },
    maxAttempts: 1,
  });
}

/** Creates a queue, standard or FIFO. */
export async function createQueue(sqs: SQSClient, kind: "standard" | "fifo" = "standard"): Promise<TestQueue> {
  const QueueName = `${uniqueName("events")}${kind === "fifo" ? ".fifo" : ""}`;
  const fifo = kind === "fifo" ? { Attributes: { FifoQueue: "true" } } : {};
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, ...fifo }));
  const poll = new ReceiveMessageCommand({
    QueueUrl,
    WaitTimeSeconds: 2,
    MessageAttributeNames: ["All"],
    MessageSystemAttributeNames: ["All"],
  });
  return {
    arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${QueueName}`,
    path: `/${ACCOUNT}/${QueueName}`,
    receive: async () => until("a message", async () => (await sqs.send(poll)).Messages?.[0], { withinMs: 30_000 }),
    delete: async () => void (await sqs.send(new DeleteQueueCommand({ QueueUrl }))),
  };
}
