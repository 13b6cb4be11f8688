import { DescribeStreamSummaryCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { expect, test } from "@jest/globals";
import { startRecording } from "@lambdock/delivery/testing/recording-server";
import { isLocal, sourceClientSettings } from "./source-client.ts";

const place = { region: "us-east-1", accountId: "111122223333" };

test("an endpoint that takes requests and answers none is given up after a while", async () => {
  const server = await startRecording();
  server.answer(() => undefined);
  const client = new KinesisClient(sourceClientSettings(place, { endpoint: server.url }, 100));
  await expect(client.send(new DescribeStreamSummaryCommand({ StreamName: "s" }))).rejects.toThrow("100 ms");
  expect(server.requests).toHaveLength(1);
  client.destroy();
  await server.close();
});

test.each([
  ["http://127.0.0.1:4566", true],
  ["https://kinesis.{region}.amazonaws.com", false],
  ["https://kinesis.cn-north-1.amazonaws.com.cn/", false],
  ["https://amazonaws.com.example.org", true],
])("%s is somebody's own: %s", (endpoint, expected) => {
  expect(isLocal({ endpoint })).toBe(expected);
});
