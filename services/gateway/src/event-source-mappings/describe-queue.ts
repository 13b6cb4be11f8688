import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { CONNECTION_TIMEOUT_MS, type Describe } from "./probe-client.ts";

/** A queue, with its visibility timeout. */
export const describeQueue: Describe = async (arn, { signal, ...settings }) => {
  const [, , , , accountId = "", QueueName = ""] = arn.split(":");
  const client = new SQSClient({
    ...settings,
    maxAttempts: 1,
    // A queue's URL carries the host under which somebody reached it, which may mean nothing here.
    useQueueUrlAsEndpoint: false,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS },
  });
  try {
    const find = new GetQueueUrlCommand({ QueueName, QueueOwnerAWSAccountId: accountId });
    const { QueueUrl } = await client.send(find, { abortSignal: signal });
    const look = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["VisibilityTimeout"] });
    const { Attributes } = await client.send(look, { abortSignal: signal });
    const seconds = Number(Attributes?.VisibilityTimeout);
    return { kind: "exists", ...(Number.isNaN(seconds) ? {} : { visibilityTimeoutSeconds: seconds }) };
  } finally {
    client.destroy();
  }
};
