import { DescribeStreamConsumerCommand, DescribeStreamSummaryCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { CONNECTION_TIMEOUT_MS, type Describe } from "./probe-client.ts";

/** A stream, or a registered consumer of one. */
export const describeKinesisStream: Describe = async (arn, { signal, ...settings }) => {
  const client = new KinesisClient({
    ...settings,
    maxAttempts: 1,
    // HTTP/1.1: emulators' cleartext HTTP/2 loses requests.
    requestHandler: new NodeHttpHandler({ connectionTimeout: CONNECTION_TIMEOUT_MS }),
  });
  try {
    if (arn.includes("/consumer/")) await client.send(new DescribeStreamConsumerCommand({ ConsumerARN: arn }), { abortSignal: signal });
    else await client.send(new DescribeStreamSummaryCommand({ StreamARN: arn }), { abortSignal: signal });
    return { kind: "exists" };
  } finally {
    client.destroy();
  }
};
