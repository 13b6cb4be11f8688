import { expect, test } from "@jest/globals";
import { readSqsConfig } from "./config.ts";

test("settings have defaults, and a wrong one is told with what was expected", () => {
  expect(readSqsConfig({ LAMBDOCK_SQS_PORT: "0" })).toMatchObject({
    host: "127.0.0.1",
    port: 0,
    nameReservedSeconds: 0,
    region: "us-east-1",
  });
  expect(() => readSqsConfig({ LAMBDOCK_SQS_PORT: "x", LAMBDOCK_SQS_NAME_RESERVED_SECONDS: "-1" })).toThrow(
    'LAMBDOCK_SQS_NAME_RESERVED_SECONDS="-1": expected a whole number from 0 to 3600\nLAMBDOCK_SQS_PORT="x": expected a whole number from 0 to 65535',
  );
});
