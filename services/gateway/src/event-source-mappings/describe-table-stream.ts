import { DescribeStreamCommand, DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { CONNECTION_TIMEOUT_MS, type Describe } from "./probe-client.ts";

/** The stream of a table. */
export const describeTableStream: Describe = async (arn, { signal, ...settings }) => {
  const requestHandler = new NodeHttpHandler({ connectionTimeout: CONNECTION_TIMEOUT_MS });
  const client = new DynamoDBStreamsClient({ ...settings, maxAttempts: 1, requestHandler });
  try {
    await client.send(new DescribeStreamCommand({ StreamArn: arn, Limit: 1 }), { abortSignal: signal });
    return { kind: "exists" };
  } finally {
    client.destroy();
  }
};
