import { expect, test } from "@jest/globals";
import { readPollerConfig, sourceEndpoints } from "./config.ts";

const own = { gateway: "http://gateway:4566", sqsUrl: "http://sqs:4576", kinesisUrl: "" };
const at = (env: Record<string, string>) => sourceEndpoints(readPollerConfig(env), own);

test("sources are Lambdock's own unless a setting names another", () => {
  expect(at({})).toMatchObject({
    sqs: { endpoint: "http://sqs:4576" },
    kinesis: { endpoint: "http://gateway:4566" },
    dynamodb: { endpoint: "http://gateway:4566" },
    delivery: { own: "http://gateway:4566" },
  });
  expect(at({ LAMBDOCK_SQS_ENDPOINT: "http://elasticmq:9324" }).sqs).toEqual({ endpoint: "http://elasticmq:9324" });
});

test("credentials go to services elsewhere and never to Lambdock's own", () => {
  const credentials = { accessKeyId: "AKIA", secretAccessKey: "secret" };
  const endpoints = at({ LAMBDOCK_TARGET_CREDENTIALS: "AKIA:secret", LAMBDOCK_KINESIS_ENDPOINT: "https://kinesis.{region}.amazonaws.com" });
  expect(endpoints.kinesis).toEqual({ endpoint: "https://kinesis.{region}.amazonaws.com", credentials });
  expect(endpoints.sqs).toEqual({ endpoint: "http://sqs:4576" });
  const passedOn = sourceEndpoints(readPollerConfig({ LAMBDOCK_TARGET_CREDENTIALS: "AKIA:secret" }), {
    ...own,
    sqsUrl: "https://sqs.{region}.amazonaws.com",
  });
  expect(passedOn.sqs).toEqual({ endpoint: "https://sqs.{region}.amazonaws.com", credentials });
});

test("what does not fit is refused with its value", () => {
  expect(() => readPollerConfig({ LAMBDOCK_KINESIS_ENDPOINT: "nowhere", LAMBDOCK_TIME_SCALE: "0" })).toThrow(
    /LAMBDOCK_KINESIS_ENDPOINT="nowhere".*\n.*LAMBDOCK_TIME_SCALE="0"/,
  );
});
