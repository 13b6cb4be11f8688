/** SDK clients of Lambdock's endpoint, and the queues, streams and tables that they make. */
import { setTimeout as pause } from "node:timers/promises";
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { NodeHttpHandler } from "@smithy/node-http-handler";

const ACCOUNT = "000000000000";
const REGION = "us-east-1";

const settings = (endpoint, more) => ({
  endpoint,
  region: REGION,
  credentials: { accessKeyId: ACCOUNT, secretAccessKey: "bench" },
  maxAttempts: 1,
  ...more,
});

/** SDK clients of an endpoint. A queue's URL names the host under which it was made, which here is not always the one to call. */
export const sqsClient = (endpoint, more) => new SQSClient({ ...settings(endpoint, more), useQueueUrlAsEndpoint: false });
/** HTTP/1.1, as the SDK's default of HTTP/2 is not spoken without TLS. */
export const kinesisClient = (endpoint, more) => new KinesisClient({ requestHandler: new NodeHttpHandler(), ...settings(endpoint, more) });
export const dynamoClient = (endpoint, more) => new DynamoDBClient(settings(endpoint, more));

/** Creates a stream; answers its ARN once it takes records. */
export async function createStream(kinesis, StreamName, ShardCount) {
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount }));
  for (;;) {
    const { StreamDescriptionSummary: stream } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
    if (stream.StreamStatus === "ACTIVE") return stream.StreamARN;
    await pause(50);
  }
}

/** Creates a table with the key `id`; answers the ARN of its stream of new images. */
export async function createTable(dynamo, TableName) {
  await dynamo.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
    }),
  );
  const { Table } = await dynamo.send(new DescribeTableCommand({ TableName }));
  return Table.LatestStreamArn;
}

/** A queue by name: its URL and ARN. */
export async function createQueue(sqs, QueueName, Attributes = {}) {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return { QueueUrl, arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${QueueName}` };
}

/** Sends so many messages of some 200 bytes, in batches of 10, by so many loops; answers milliseconds. */
export async function fill({ sqs, QueueUrl, messages, loops }) {
  const MessageBody = JSON.stringify({ orderId: 7, note: "a small message".padEnd(170, ".") });
  const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: String(index), MessageBody }));
  let sent = 0;
  const loop = async () => {
    while (sent < messages) {
      sent += 10;
      const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      if (Failed.length > 0) throw new Error(`a message was not sent: ${Failed[0].Message}`);
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: loops }, loop));
  return performance.now() - begun;
}

/** Messages that are in the queue, visible or in flight. */
export async function messagesIn(sqs, QueueUrl) {
  const AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
  return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name]), 0);
}
