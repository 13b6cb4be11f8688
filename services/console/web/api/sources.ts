/** Event source mappings, and the queues and streams that they read. */
import { json, target } from "./http.ts";

export interface MappingStatus {
  readonly batchesInFlight: number;
  readonly pollers: number;
  readonly ageMs?: number;
  readonly lastResult?: string;
  readonly shards?: readonly { readonly shardId: string; readonly checkpoint?: string; readonly state: string }[];
}

export interface Mapping {
  readonly uuid: string;
  readonly accountId: string;
  readonly region: string;
  readonly source: "sqs" | "kinesis" | "dynamodb";
  readonly eventSourceArn: string;
  readonly functionName: string;
  readonly qualifier?: string;
  readonly enabled: boolean;
  readonly state: string;
  readonly stateTransitionReason: string;
  readonly lastProcessingResult?: string;
  readonly settings: {
    readonly batchSize: number;
    readonly maximumBatchingWindowSeconds: number;
    readonly reportBatchItemFailures: boolean;
    readonly filters: readonly string[];
    readonly maximumConcurrency?: number;
    readonly stream?: {
      readonly parallelizationFactor: number;
      readonly maximumRetryAttempts: number;
      readonly onFailureDestination?: string;
    };
  };
  readonly status?: MappingStatus;
}

export const listMappings = async (): Promise<readonly Mapping[]> =>
  (await json<{ readonly mappings: readonly Mapping[] }>("/_lambdock/mappings")).mappings;
/** Switches a mapping on or off. */
export const enableMapping = (uuid: string, enabled: boolean): Promise<unknown> =>
  json(`/2015-03-31/event-source-mappings/${uuid}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ Enabled: enabled }),
  });

/** A queue and how full it is. */
export interface Queue {
  readonly url: string;
  readonly name: string;
  readonly arn: string;
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly fifo: boolean;
}

const sqs = <T>(operation: string, input: object): Promise<T> => target<T>("sqs", `AmazonSQS.${operation}`, input, "1.0");
const kinesis = <T>(operation: string, input: object): Promise<T> => target<T>("kinesis", `Kinesis_20131202.${operation}`, input);
const dynamodb = <T>(operation: string, input: object): Promise<T> => target<T>("dynamodb", `DynamoDB_20120810.${operation}`, input, "1.0");

/** Queues that are looked at: each costs a request. */
const QUEUES_MAX = 100;

export async function listQueuesOfSqs(): Promise<readonly Queue[]> {
  const { QueueUrls = [] } = await sqs<{ readonly QueueUrls?: readonly string[] }>("ListQueues", { MaxResults: QUEUES_MAX });
  return Promise.all(QueueUrls.map(describeQueue));
}

async function describeQueue(url: string): Promise<Queue> {
  const { Attributes } = await sqs<{ readonly Attributes: Readonly<Record<string, string>> }>("GetQueueAttributes", {
    QueueUrl: url,
    AttributeNames: ["All"],
  });
  const count = (name: string): number => Number(Attributes[name] ?? 0);
  return {
    url,
    name: url.slice(url.lastIndexOf("/") + 1),
    arn: Attributes["QueueArn"] ?? "",
    visible: count("ApproximateNumberOfMessages"),
    inFlight: count("ApproximateNumberOfMessagesNotVisible"),
    delayed: count("ApproximateNumberOfMessagesDelayed"),
    fifo: Attributes["FifoQueue"] === "true",
  };
}

export const sendMessage = (
  { url, fifo }: Pick<Queue, "url" | "fifo">,
  body: string,
  group: string,
): Promise<{ readonly MessageId: string }> =>
  sqs("SendMessage", {
    QueueUrl: url,
    MessageBody: body,
    ...(fifo ? { MessageGroupId: group === "" ? "console" : group, MessageDeduplicationId: crypto.randomUUID() } : {}),
  });

/** A stream of Kinesis. */
export interface Stream {
  readonly name: string;
  readonly arn: string;
  readonly shards: number;
  readonly status: string;
}

export async function listStreams(): Promise<readonly Stream[]> {
  const { StreamNames } = await kinesis<{ readonly StreamNames: readonly string[] }>("ListStreams", {});
  return Promise.all(
    StreamNames.map(async (name) => {
      const { StreamDescriptionSummary: summary } = await kinesis<{
        readonly StreamDescriptionSummary: { readonly StreamARN: string; readonly OpenShardCount: number; readonly StreamStatus: string };
      }>("DescribeStreamSummary", { StreamName: name });
      return { name, arn: summary.StreamARN, shards: summary.OpenShardCount, status: summary.StreamStatus };
    }),
  );
}

export const putRecord = (name: string, data: string, partitionKey: string): Promise<{ readonly SequenceNumber: string }> =>
  kinesis("PutRecord", { StreamName: name, PartitionKey: partitionKey === "" ? "console" : partitionKey, Data: toBase64(data) });

/** A table of DynamoDB. */
export interface Table {
  readonly name: string;
  readonly items: number;
  readonly streamArn?: string;
}

export async function listTables(): Promise<readonly Table[]> {
  const { TableNames } = await dynamodb<{ readonly TableNames: readonly string[] }>("ListTables", {});
  return Promise.all(
    TableNames.map(async (name) => {
      const { Table } = await dynamodb<{ readonly Table: { readonly ItemCount?: number; readonly LatestStreamArn?: string } }>(
        "DescribeTable",
        {
          TableName: name,
        },
      );
      return { name, items: Table.ItemCount ?? 0, ...(Table.LatestStreamArn === undefined ? {} : { streamArn: Table.LatestStreamArn }) };
    }),
  );
}

/** `item` in DynamoDB's own JSON: `{"id": {"S": "1"}}`. */
export const putItem = (name: string, item: unknown): Promise<unknown> => dynamodb("PutItem", { TableName: name, Item: item });

function toBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
