/** Queues and streams that are made for a run, their mappings, and sending to them in batches. */
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import { CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { KinesisSource, SqsSource } from "../scenario/scenario.ts";
import type { DeployContext, Deployed } from "./deploy.ts";
import { until } from "./lambda-api.ts";

/** Where messages of one stream of requests go. */
export interface SourceSender {
  /** Messages of one request at most. */
  readonly batchMax: number;
  /** Answers how many of them were taken. Never rejects. */
  send(bodies: readonly string[]): Promise<{ readonly taken: number; readonly problem?: string }>;
}

const REGION = "us-east-1";
/** Unsigned requests belong to the same account. */
const CREDENTIALS = { accessKeyId: "000000000000", secretAccessKey: "load" };
const READY_MS = 60_000;

/** A queue of its own for the function; messages flow once it resolves. */
export async function openQueue(source: SqsSource, target: Deployed, context: DeployContext): Promise<SourceSender> {
  const { api, undo, say } = context;
  const client = new SQSClient({ endpoint: api.endpoint, region: REGION, credentials: CREDENTIALS, maxAttempts: 3 });
  const name = `load-${target.name}-${Date.now().toString(36)}`;
  say(`making the queue ${name}`);
  const { QueueUrl } = await client.send(
    new CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout: String(source.visibilitySeconds) } }),
  );
  undo(async () => {
    await client.send(new DeleteQueueCommand({ QueueUrl }));
    client.destroy();
  });
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
  await openMapping(target, context, {
    EventSourceArn: Attributes!["QueueArn"],
    BatchSize: source.batchSize,
    MaximumBatchingWindowInSeconds: source.batchWindowSeconds,
    ...(source.maximumConcurrency === undefined ? {} : { ScalingConfig: { MaximumConcurrency: source.maximumConcurrency } }),
  });
  return {
    batchMax: 10,
    send: (bodies) =>
      counted(bodies.length, async () => {
        const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
        const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
        return { failed: Failed.length, problem: Failed[0]?.Message };
      }),
  };
}

/** A stream of its own for the function; records flow once it resolves. */
export async function openStream(source: KinesisSource, target: Deployed, context: DeployContext): Promise<SourceSender> {
  const { api, undo, say } = context;
  const client = new KinesisClient({ endpoint: api.endpoint, region: REGION, credentials: CREDENTIALS, maxAttempts: 3 });
  const StreamName = `load-${target.name}-${Date.now().toString(36)}`;
  say(`making the stream ${StreamName}`);
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: source.shards }));
  undo(async () => {
    await client.send(new DeleteStreamCommand({ StreamName }));
    client.destroy();
  });
  const EventSourceArn = await until(
    async () => {
      const { StreamDescriptionSummary: about } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
      return about?.StreamStatus === "ACTIVE" ? about.StreamARN : undefined;
    },
    { what: `Making the stream ${StreamName}`, withinMs: READY_MS },
  );
  await openMapping(target, context, {
    EventSourceArn,
    StartingPosition: "TRIM_HORIZON",
    BatchSize: source.batchSize,
    MaximumBatchingWindowInSeconds: source.batchWindowSeconds,
    ParallelizationFactor: source.parallelization,
  });
  let sent = 0;
  const keyOf = (): string => `key-${(sent = (sent + 1) % source.keys)}`;
  return {
    batchMax: 500,
    send: (bodies) =>
      counted(bodies.length, async () => {
        const Records = bodies.map((body) => ({ PartitionKey: keyOf(), Data: Buffer.from(body) }));
        const { FailedRecordCount = 0, Records: answers = [] } = await client.send(new PutRecordsCommand({ StreamName, Records }));
        return { failed: FailedRecordCount, problem: answers.find(({ ErrorCode }) => ErrorCode !== undefined)?.ErrorMessage };
      }),
  };
}

async function openMapping(target: Deployed, { api, undo }: DeployContext, settings: object): Promise<void> {
  const FunctionName = target.qualifier === undefined ? target.name : `${target.name}:${target.qualifier}`;
  const path = "/2015-03-31/event-source-mappings";
  const { UUID } = await api.call<{ readonly UUID: string }>("POST", path, { FunctionName, ...settings });
  undo(() => api.call("DELETE", `${path}/${UUID}`));
  await until(async () => ((await api.call<{ readonly State: string }>("GET", `${path}/${UUID}`)).State === "Enabled" ? true : undefined), {
    what: "Enabling the event source mapping",
    withinMs: READY_MS,
  });
}

async function counted(
  count: number,
  send: () => Promise<{ readonly failed: number; readonly problem: string | undefined }>,
): Promise<{ readonly taken: number; readonly problem?: string }> {
  try {
    const { failed, problem } = await send();
    return { taken: count - failed, ...(problem === undefined ? {} : { problem }) };
  } catch (error) {
    return { taken: 0, problem: error instanceof Error ? error.message : String(error) };
  }
}
