/** Four kinds of sources for polling under fire: each is made and sent to. */
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { PutRecordCommand } from "@aws-sdk/client-kinesis";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { createQueue, createStream, createTable, dynamoClient, kinesisClient, sqsClient } from "../polling/clients.mjs";

const SHARDS = 2;
/** Seconds after which messages of a batch that failed or was killed come back; the function's timeout is below it. */
const VisibilityTimeout = "10";
const STREAM_MAPPING = { StartingPosition: "TRIM_HORIZON", BatchSize: 50, ParallelizationFactor: 2 };

/**
 * Makes them. `send({key, name, number})` resolves once the message is accepted; `ordered`: those of
 * a key arrive in order; `mapping`: settings of its event source mapping.
 */
export async function createSources(endpoint) {
  const more = () => ({
    requestHandler: new NodeHttpHandler({ connectionTimeout: 2_000, requestTimeout: 15_000, throwOnRequestTimeout: true }),
  });
  const [sqs, kinesis, dynamo] = [sqsClient, kinesisClient, dynamoClient].map((create) => create(endpoint, more()));
  return {
    queue: await standardQueue(sqs),
    fifo: await fifoQueue(sqs),
    stream: await stream(kinesis),
    table: await table(dynamo),
    close: () => [sqs, kinesis, dynamo].forEach((client) => client.destroy()),
  };
}

async function standardQueue(sqs) {
  const { QueueUrl, arn } = await createQueue(sqs, "chaos", { VisibilityTimeout });
  return {
    ordered: false,
    mapping: { EventSourceArn: arn, BatchSize: 10 },
    send: (content) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(content) })),
  };
}

async function fifoQueue(sqs) {
  const { QueueUrl, arn } = await createQueue(sqs, "chaos.fifo", { VisibilityTimeout, FifoQueue: "true" });
  const idsOf = ({ key, name }) => ({ MessageGroupId: key.replaceAll(" ", "-"), MessageDeduplicationId: name.replaceAll(" ", "-") });
  return {
    ordered: true,
    mapping: { EventSourceArn: arn, BatchSize: 10 },
    send: (content) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(content), ...idsOf(content) })),
  };
}

async function stream(kinesis) {
  const StreamName = "chaos";
  const arn = await createStream(kinesis, StreamName, SHARDS);
  return {
    ordered: true,
    mapping: { EventSourceArn: arn, ...STREAM_MAPPING },
    send: (content) =>
      kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: content.key, Data: Buffer.from(JSON.stringify(content)) })),
  };
}

/** One item per key, written over and over: its changes are the records. */
async function table(dynamo) {
  const TableName = "chaos";
  const arn = await createTable(dynamo, TableName);
  return {
    ordered: true,
    mapping: { EventSourceArn: arn, ...STREAM_MAPPING },
    send: ({ key, ...content }) => {
      const Item = { id: { S: key }, content: { S: JSON.stringify({ key, ...content }) } };
      return dynamo.send(new PutItemCommand({ TableName, Item }));
    },
  };
}
