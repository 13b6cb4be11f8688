import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { endpoint } from "../target/config.ts";

/** A 12-digit access key is the account. */
export const ACCOUNT = "111122223333";
export const REGION = "us-east-1";
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/lambda`;

/** The unqualified ARN of a function of the test account. */
export function arnOf(name: string): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
}

/** The SDK's Lambda client, without retries so that each error is seen once. */
export function lambdaClient(url: string = endpoint(), accountId: string = ACCOUNT): LambdaClient {
  return new LambdaClient({
    endpoint: url,
    region: REGION,
    credentials: { accessKeyId: accountId, secretAccessKey: "secret" },
    maxAttempts: 1,
  });
}

/** The SDK's CloudWatch Logs client on the same endpoint. */
export function logsClient(url: string = endpoint()): CloudWatchLogsClient {
  return new CloudWatchLogsClient({
    endpoint: url,
    region: REGION,
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: "secret" },
    maxAttempts: 1,
  });
}
