import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  checkCodeSource,
  checkDeadLetter,
  checkPackageMembers,
  checkSizes,
  checkSnapStart,
  checkUnzippedTotal,
  mergeLogging,
} from "./configuration-rules.ts";
import { checkEnvironment } from "./environment-rules.ts";
import { inertSettings, refuseUnsupported } from "./setting-support.ts";

test.each([
  [{ MemorySize: 10_240, Timeout: 900 }, undefined],
  [{ MemorySize: 10_241 }, "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240"],
  [
    { Timeout: 901 },
    "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900",
  ],
])("sizes %j are answered %p", (input, message) => {
  expect(messageOf(() => checkSizes(input))).toBe(message);
});

test.each([
  ["arn:aws:sqs:us-east-1:111122223333:q", undefined],
  ["arn:aws:sns:us-east-1:444455556666:t", undefined],
  ["", undefined],
  [
    "arn:aws:lambda:us-east-1:111122223333:function:f",
    "Invalid dead letter queue ARN: The service specified by the TargetArn is not supported for dead letter configuration.",
  ],
  [
    "arn:aws:sqs:eu-west-1:111122223333:q",
    "Invalid dead letter queue ARN: The resource specified by the TargetArn must be in the same region as the Lambda function it's associated with.",
  ],
  [
    "arn:aws:sqs:us-east-1:111122223333:q.fifo",
    "Invalid dead letter queue ARN: FIFO SQS queue is not supported for dead letter configuration",
  ],
  [
    "arn:aws:sns:us-east-1:111122223333:t.fifo",
    "Invalid dead letter queue ARN: FIFO SNS topic is not supported for dead letter configuration",
  ],
])("dead letters to %p are answered %p", (TargetArn, message) => {
  expect(messageOf(() => checkDeadLetter("us-east-1", { DeadLetterConfig: { TargetArn } }))).toBe(message);
});

test("environment variables measure up to 4 KB of JSON, the limit included", () => {
  const overhead = JSON.stringify({ AB: "" }).length;
  expect(messageOf(() => checkEnvironment({ AB: "x".repeat(4_096 - overhead) }))).toBeUndefined();
  const value = "x".repeat(4_097 - overhead);
  expect(messageOf(() => checkEnvironment({ AB: value }))).toBe(
    `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {"AB":"${value}"}`,
  );
});

test("the measure of environment variables is bytes, not characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 3_000 }), (value) => {
      const bytes = Buffer.byteLength(JSON.stringify({ KEY: value }));
      expect(messageOf(() => checkEnvironment({ KEY: value })) === undefined).toBe(bytes <= 4_096);
    }),
    { numRuns: 50 },
  );
});

test("all reserved names of a request are named, and extendable ones are allowed", () => {
  expect(messageOf(() => checkEnvironment({ AWS_REGION: "x", AWS_ACCESS_KEY: "x", OK: "y", _HANDLER: "z" }))).toMatch(
    /Reserved keys used in this request: AWS_REGION, AWS_ACCESS_KEY, _HANDLER$/,
  );
  expect(
    messageOf(() => checkEnvironment({ TZ: ":UTC", LANG: "C", PATH: "/bin", NODE_PATH: "x", PYTHONPATH: "y", LD_LIBRARY_PATH: "z" })),
  ).toBeUndefined();
  expect(messageOf(() => checkEnvironment(undefined))).toBeUndefined();
});

test.each([
  ["Zip", { ImageConfig: { Command: ["x"] } }, "Please don't provide ImageConfig when the intended function PackageType is Zip."],
  ["Zip", { ImageConfig: {} }, undefined],
  ["Image", { Layers: [] }, undefined],
  ["Image", { Layers: ["l"] }, "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image."],
  ["Image", { Runtime: "nodejs24.x" }, "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image."],
] as const)("a %s function given %j is answered %p", (packageType, input, message) => {
  expect(messageOf(() => checkPackageMembers(packageType, input))).toBe(message);
});

test.each([
  ["Zip", { ZipFile: new Uint8Array() }, undefined],
  ["Zip", { S3Bucket: "b", S3Key: "k" }, undefined],
  ["Zip", { S3Bucket: "b" }, "Please provide both S3Bucket and S3Key for function code in Amazon S3."],
  ["Zip", { ImageUri: "i" }, "Please don't provide ImageUri when updating a function with packageType Zip."],
  ["Image", { ImageUri: "i" }, undefined],
  [
    "Image",
    { ImageUri: "i", S3Bucket: "b", S3Key: "k" },
    "Please provide only one source for function code: S3Bucket and S3Key, or ImageUri.",
  ],
  ["Image", {}, "Please provide ImageUri when updating a function with packageType Image."],
] as const)("the code of a %s function given as %j is answered %p", (packageType, code, message) => {
  expect(messageOf(() => checkCodeSource(packageType, code, "updating"))).toBe(message);
});

test("SnapStart is refused for runtimes without it, unless it is off", () => {
  expect(messageOf(() => checkSnapStart("nodejs24.x", { SnapStart: { ApplyOn: "PublishedVersions" } }))).toBe(
    "nodejs24.x is not supported for SnapStart enabled functions.",
  );
  expect(messageOf(() => checkSnapStart(undefined, { SnapStart: { ApplyOn: "PublishedVersions" } }))).toBe(
    "A container image is not supported for SnapStart enabled functions.",
  );
  expect(messageOf(() => checkSnapStart("nodejs24.x", { SnapStart: { ApplyOn: "None" } }))).toBeUndefined();
  expect(messageOf(() => checkSnapStart("java21", { SnapStart: { ApplyOn: "PublishedVersions" } }))).toBeUndefined();
  expect(messageOf(() => checkSnapStart("java21", { SnapStart: { ApplyOn: "PublishedVersions" }, EphemeralStorage: { Size: 513 } }))).toBe(
    "SnapStart enabled functions can't have more than 512 MB of ephemeral storage.",
  );
});

test("code and layers together may unpack to 250 MB and no more", () => {
  expect(messageOf(() => checkUnzippedTotal(262_143_999, [1]))).toBeUndefined();
  expect(messageOf(() => checkUnzippedTotal(262_143_999, [1, 1]))).toBe(
    "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is 262144001 bytes.",
  );
});

const text = { LogFormat: "Text", LogGroup: "/aws/lambda/f" } as const;
const json = { LogFormat: "JSON", LogGroup: "/aws/lambda/f", ApplicationLogLevel: "DEBUG", SystemLogLevel: "WARN" } as const;

test.each([
  [text, undefined, text],
  [text, { LogGroup: "cool" }, { LogFormat: "Text", LogGroup: "cool" }],
  [text, { LogFormat: "JSON" }, { ...json, ApplicationLogLevel: "INFO", SystemLogLevel: "INFO" }],
  [text, { LogFormat: "JSON", SystemLogLevel: "DEBUG" }, { ...json, ApplicationLogLevel: "INFO", SystemLogLevel: "DEBUG" }],
  [json, { LogGroup: "cool" }, { ...json, LogGroup: "cool" }],
  [json, { SystemLogLevel: "INFO" }, { ...json, SystemLogLevel: "INFO" }],
  [json, { LogFormat: "JSON" }, { ...json, ApplicationLogLevel: "INFO", SystemLogLevel: "INFO" }],
  [json, { LogFormat: "Text" }, text],
] as const)("logging %j changed by %j is %j", (before, change, after) => {
  expect(mergeLogging(before, change)).toEqual(after);
});

test("log levels without JSON are refused", () => {
  expect(messageOf(() => mergeLogging(text, { SystemLogLevel: "DEBUG" }))).toBe(
    "ApplicationLogLevel and SystemLogLevel can be set only with LogFormat JSON.",
  );
});

test("a setting is either refused, warned of, or acted on", () => {
  expect(messageOf(() => refuseUnsupported("UpdateFunctionCode", { PublishTo: "LATEST_PUBLISHED" }))).toBe(
    "Lambdock does not implement PublishTo of UpdateFunctionCode yet: call it without PublishTo.",
  );
  expect(messageOf(() => refuseUnsupported("UpdateFunctionCode", { Publish: false }))).toBeUndefined();
  expect(messageOf(() => refuseUnsupported("CreateFunction", { CodeSigningConfigArn: "arn:csc" }))).toBe(
    "The code signing configuration cannot be found. Check that the provided configuration is not deleted: arn:csc.",
  );
  expect(
    inertSettings({
      VpcConfig: { SubnetIds: ["subnet-1"] },
      FileSystemConfigs: [{ Arn: "a", LocalMountPath: "/mnt/x" }],
      SourceKMSKeyArn: "k",
    }),
  ).toEqual(["VpcConfig", "FileSystemConfigs", "SourceKMSKeyArn"]);
  expect(
    inertSettings({
      VpcConfig: { SubnetIds: [] },
      KMSKeyArn: "",
      DeadLetterConfig: { TargetArn: "" },
      TracingConfig: { Mode: "PassThrough" },
    }),
  ).toEqual([]);
});

function messageOf(call: () => unknown): string | null | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return (error as { readonly awsMessage: string | null }).awsMessage;
  }
}
