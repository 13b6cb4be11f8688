import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { DEFAULT_LOG_BOUNDS } from "@lambdock/logs/log-bounds";
import { createLogStore } from "@lambdock/logs/log-store";
import { LogsError } from "@lambdock/logs/logs-error";
import { createLogsOperations } from "@lambdock/logs/logs-operations";
import { redisInstalled, startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";

const withRedis = redisInstalled() ? test : test.skip;
const scope = { accountId: "111122223333", region: "us-east-1" };
const GROUP = "/aws/lambda/f";
const DAY = 86_400_000;

let redis: RedisFixture;
beforeAll(async () => {
  if (withRedis !== test) return;
  redis = await startRedis();
  const store = createLogStore(redis.client, DEFAULT_LOG_BOUNDS);
  await store.append({
    group: { ...scope, logGroup: GROUP },
    stream: "s",
    events: [{ timestamp: 1_000, message: "x" }],
    now: 1_000,
    create: true,
  });
});
afterAll(async () => await redis?.stop());

const missing = { logGroupName: "/no/such", logStreamName: "s" };
const present = { logGroupName: GROUP };
const at = 1_763_800_000_000;
withRedis.each<[string, object, string, string]>([
  ["GetLogEvents", missing, "ResourceNotFoundException", "The specified log group does not exist."],
  ["GetLogEvents", { ...present, logStreamName: "no" }, "ResourceNotFoundException", "The specified log stream does not exist."],
  [
    "GetLogEvents",
    { ...present, logStreamName: "s", nextToken: "f/1" },
    "InvalidParameterException",
    "The specified nextToken is invalid.",
  ],
  [
    "GetLogEvents",
    { ...present, logStreamName: "s", limit: 10_001 },
    "InvalidParameterException",
    "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
  ],
  [
    "GetLogEvents",
    {},
    "InvalidParameterException",
    "1 validation error detected: Value null at 'logStreamName' failed to satisfy constraint: Member must not be null",
  ],
  ["GetLogEvents", { logStreamName: "s" }, "InvalidParameterException", "Either logGroupName or logGroupIdentifier must be specified."],
  [
    "GetLogEvents",
    { ...present, logStreamName: "s", startTime: "soon" },
    "SerializationException",
    `'startTime' must be a whole number, not "soon"`,
  ],
  ["FilterLogEvents", missing, "ResourceNotFoundException", "The specified log group does not exist."],
  ["FilterLogEvents", { ...present, logStreamNames: ["s", "no"] }, "ResourceNotFoundException", "The specified log stream does not exist."],
  [
    "FilterLogEvents",
    { ...present, logStreamNames: ["s"], logStreamNamePrefix: "s" },
    "InvalidParameterException",
    "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.",
  ],
  [
    "FilterLogEvents",
    { ...present, logGroupIdentifier: GROUP },
    "InvalidParameterException",
    "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
  ],
  [
    "FilterLogEvents",
    { logGroupIdentifier: `arn:aws:logs:eu-west-1:111122223333:log-group:${GROUP}` },
    "ResourceNotFoundException",
    "The specified log group does not exist.",
  ],
  [
    "FilterLogEvents",
    { logGroupIdentifier: "arn:aws:s3:::bucket" },
    "InvalidParameterException",
    "Invalid log group ARN: arn:aws:s3:::bucket",
  ],
  ["FilterLogEvents", { ...present, nextToken: "garbage" }, "InvalidParameterException", "The specified nextToken is invalid."],
  ["FilterLogEvents", { ...present, filterPattern: "a:b" }, "InvalidParameterException", "Invalid character(s) in term 'a:b'"],
  ["DescribeLogStreams", { logGroupName: "/no/such" }, "ResourceNotFoundException", "The specified log group does not exist."],
  [
    "DescribeLogStreams",
    { ...present, orderBy: "LastEventTime", logStreamNamePrefix: "s" },
    "InvalidParameterException",
    "Cannot order by LastEventTime with a logStreamNamePrefix.",
  ],
  [
    "DescribeLogStreams",
    { ...present, orderBy: "Size" },
    "InvalidParameterException",
    "1 validation error detected: Value 'Size' at 'orderBy' failed to satisfy constraint: Member must satisfy enum value set: [LogStreamName, LastEventTime]",
  ],
  [
    "DescribeLogGroups",
    { logGroupNamePrefix: "a", logGroupNamePattern: "b" },
    "InvalidParameterException",
    "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
  ],
  ["CreateLogGroup", present, "ResourceAlreadyExistsException", "The specified log group already exists"],
  [
    "CreateLogGroup",
    { logGroupName: "a b" },
    "InvalidParameterException",
    "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
  ],
  [
    "CreateLogGroup",
    { logGroupName: "new", kmsKeyId: "k" },
    "InvalidParameterException",
    "Lambdock does not encrypt log groups: leave out kmsKeyId.",
  ],
  [
    "CreateLogGroup",
    { logGroupName: "new", logGroupClass: "DELIVERY" },
    "InvalidParameterException",
    "Lambdock only has log groups of class STANDARD, not DELIVERY.",
  ],
  ["CreateLogStream", missing, "ResourceNotFoundException", "The specified log group does not exist."],
  ["CreateLogStream", { ...present, logStreamName: "s" }, "ResourceAlreadyExistsException", "The specified log stream already exists"],
  [
    "CreateLogStream",
    { logGroupName: "", logStreamName: "a:b" },
    "InvalidParameterException",
    "3 validation errors detected: Value '' at 'logGroupName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+; Value 'a:b' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*",
  ],
  ["DeleteLogGroup", { logGroupName: "/no/such" }, "ResourceNotFoundException", "The specified log group does not exist."],
  ["DeleteLogStream", { ...present, logStreamName: "no" }, "ResourceNotFoundException", "The specified log stream does not exist."],
  [
    "PutRetentionPolicy",
    { ...present, retentionInDays: 2 },
    "InvalidParameterException",
    expect.stringContaining(
      "Value '2' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [1, 3, 5,",
    ) as unknown as string,
  ],
  [
    "PutRetentionPolicy",
    { logGroupName: "/no/such", retentionInDays: 1 },
    "ResourceNotFoundException",
    "The specified log group does not exist.",
  ],
  ["DeleteRetentionPolicy", { logGroupName: "/no/such" }, "ResourceNotFoundException", "The specified log group does not exist."],
  [
    "ListTagsForResource",
    { resourceArn: "arn:aws:logs:us-east-1:111122223333:log-group:/no/such" },
    "ResourceNotFoundException",
    "The specified log group does not exist.",
  ],
  [
    "PutLogEvents",
    { ...missing, logEvents: [{ timestamp: at, message: "x" }] },
    "ResourceNotFoundException",
    "The specified log group does not exist.",
  ],
  [
    "PutLogEvents",
    { ...present, logStreamName: "no", logEvents: [{ timestamp: at, message: "x" }] },
    "ResourceNotFoundException",
    "The specified log stream does not exist.",
  ],
  [
    "PutLogEvents",
    { ...present, logStreamName: "s", logEvents: [{ timestamp: at, message: "" }] },
    "InvalidParameterException",
    "1 validation error detected: Value '' at 'logEvents.1.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    "PutLogEvents",
    {
      ...present,
      logStreamName: "s",
      logEvents: [
        { timestamp: at, message: "x" },
        { timestamp: at - 1, message: "x" },
      ],
    },
    "InvalidParameterException",
    "Log events in a single PutLogEvents request must be in chronological order.",
  ],
  [
    "PutLogEvents",
    {
      ...present,
      logStreamName: "s",
      logEvents: [
        { timestamp: at, message: "x" },
        { timestamp: at + DAY + 1, message: "x" },
      ],
    },
    "InvalidParameterException",
    "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
  ],
  [
    "PutLogEvents",
    { ...present, logStreamName: "s", logEvents: [{ timestamp: at, message: "x".repeat(1_048_551) }] },
    "InvalidParameterException",
    "Log event too large: 1048577 bytes exceeds limit of 1048576",
  ],
  [
    "PutLogEvents",
    {
      ...present,
      logStreamName: "s",
      logEvents: [
        { timestamp: at, message: "x".repeat(600_000) },
        { timestamp: at, message: "x".repeat(600_000) },
      ],
    },
    "InvalidParameterException",
    "Upload too large: 1200052 bytes exceeds limit of 1048576",
  ],
  ["StartQuery", {}, "NotImplementedException", "Lambdock does not implement the CloudWatch Logs operation StartQuery."],
])("%s with %j is refused with %s: %s", async (name, input, code, message) => {
  const operations = createLogsOperations({ redis: redis.client });
  const refused = operations[name]!(input, { scope, requestId: "r", now: Date.now() });
  await expect(refused).rejects.toBeInstanceOf(LogsError);
  await expect(refused).rejects.toMatchObject({ code, message });
});
