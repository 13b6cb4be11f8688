import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";
import { clientSettings, type ServiceAddress } from "@lambdock/delivery/endpoints";
import { lean } from "../lean-client.ts";

/** One queue as a poller needs it. Everything rejects as the SDK does; nothing is repeated. */
export interface QueueClient {
  /** Long poll. */
  receive(request: ReceiveRequest): Promise<readonly Message[]>;
  /** At most ten. Answers the receipt handles that could not be deleted but may be later. */
  delete(receiptHandles: readonly string[]): Promise<readonly string[]>;
  /** Makes messages visible again at once; at most ten. What the queue has given to somebody else meanwhile stays as it is. */
  release(receiptHandles: readonly string[]): Promise<void>;
  /** The queue's VisibilityTimeout. Milliseconds. */
  visibilityMs(): Promise<number>;
  /** Ends receives under way, which reject; what they would have brought stays in the queue. */
  stopReceiving(): void;
  close(): void;
}

export interface ReceiveRequest {
  readonly most: number;
  /** Absent: as the queue says. Milliseconds. */
  readonly visibilityMs?: number;
}

/** Seconds of a long poll [docs]. */
const WAIT_SECONDS = 20;
const CONNECTION_TIMEOUT_MS = 3_000;
/** Shorter than SQS keeps a connection, so that nothing is sent on one that is being closed. */
const SOCKET_IDLE_MS = 30_000;
/** Without an answer for so long a connection is dead. */
const ANSWER_MS_MAX = 10_000;

/** Clients of its own for each mapping, so that none waits for another's connections. */
export function createQueueClient(queueArn: string, address: ServiceAddress): QueueClient {
  const [, , , region = "", accountId = "", name = ""] = queueArn.split(":");
  const settings = clientSettings({ region, accountId }, address);
  const client = createClient(settings, ANSWER_MS_MAX);
  const receiver = createClient(settings, 1_000 * WAIT_SECONDS + ANSWER_MS_MAX);
  let url: Promise<string> | undefined;
  const urlOf = (): Promise<string> => {
    url ??= client.send(new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: accountId })).then(({ QueueUrl }) => QueueUrl!);
    return url;
  };
  const withUrl = async <Answer>(call: (queueUrl: string) => Promise<Answer>): Promise<Answer> => {
    try {
      return await call(await urlOf());
    } catch (error) {
      url = undefined; // a queue made again may have another URL
      throw error;
    }
  };
  return {
    receive: (request) => withUrl((QueueUrl) => receive(receiver, QueueUrl, request)),
    delete: (receiptHandles) => withUrl((QueueUrl) => deleteBatch(client, QueueUrl, receiptHandles)),
    release: (receiptHandles) =>
      withUrl(async (QueueUrl) => {
        const Entries = receiptHandles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 }));
        await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
      }),
    visibilityMs: () =>
      withUrl(async (QueueUrl) => {
        const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["VisibilityTimeout"] }));
        return 1_000 * Number(Attributes?.VisibilityTimeout ?? 30);
      }),
    stopReceiving: () => receiver.destroy(),
    close() {
      receiver.destroy();
      client.destroy();
    },
  };
}

function createClient(settings: ReturnType<typeof clientSettings>, requestTimeout: number): SQSClient {
  const agent = { keepAlive: true, maxSockets: Infinity, timeout: SOCKET_IDLE_MS + requestTimeout };
  const client = new SQSClient({
    ...settings,
    cacheMiddleware: true,
    // A queue's URL carries the host under which somebody reached it, which may mean nothing here.
    useQueueUrlAsEndpoint: false,
    // The connection is reliable: hashing each body again would only cost.
    md5: false,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout,
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
    },
  });
  return lean(client);
}

/** Whether an error says that there is no such queue. */
export function isQueueMissing(error: unknown): boolean {
  const name = (error as { readonly name?: unknown } | undefined)?.name;
  return name === "QueueDoesNotExist" || name === "AWS.SimpleQueueService.NonExistentQueue";
}

async function receive(client: SQSClient, QueueUrl: string, { most, visibilityMs }: ReceiveRequest): Promise<readonly Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: most,
    WaitTimeSeconds: WAIT_SECONDS,
    MessageSystemAttributeNames: ["All"],
    MessageAttributeNames: ["All"],
    ...(visibilityMs === undefined ? {} : { VisibilityTimeout: Math.ceil(visibilityMs / 1_000) }),
  });
  const { Messages } = await client.send(command);
  return Messages ?? [];
}

async function deleteBatch(client: SQSClient, QueueUrl: string, receiptHandles: readonly string[]): Promise<readonly string[]> {
  const Entries = receiptHandles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
  const { Failed } = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  // What the sender is to blame for, such as an expired handle, won't get better.
  return (Failed ?? []).filter(({ SenderFault }) => SenderFault !== true).map(({ Id }) => receiptHandles[Number(Id)]!);
}
