import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient, ListStreamsCommand } from "@aws-sdk/client-dynamodb-streams";
import { KinesisClient, ListStreamsCommand as ListKinesisStreamsCommand, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { connectSources, type RemoteSources } from "./source-services.ts";
import { echo, startEdge, type Edge } from "./testing/edge.ts";

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

interface Seen {
  readonly service: string;
  readonly host: string | undefined;
  readonly target: string;
  readonly body: string;
}

/** A service that tells what it saw, and answers `{}`. */
async function standIn(service: string, seen: Seen[]): Promise<string> {
  const server: Server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const target = String(request.headers["x-amz-target"]);
      seen.push({ service, host: request.headers.host, target, body: Buffer.concat(chunks).toString() });
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": "theirs" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanup.push(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function start(given: Parameters<typeof startEdge>[1] = {}): Promise<{ edge: Edge; seen: Seen[] }> {
  const seen: Seen[] = [];
  const sources: RemoteSources = connectSources({
    sqsUrl: await standIn("sqs", seen),
    kinesisUrl: await standIn("kinesis", seen),
    dynamoDbUrl: await standIn("dynamodb", seen),
    targetCredentials: null,
  });
  cleanup.push(() => sources.close());
  const edge = await startEdge(echo, { sources: sources.services, ...given });
  cleanup.push(() => edge.gateway.stop(0));
  return { edge, seen };
}

interface Destroyable {
  destroy(): void;
}

function clientOf<Client extends Destroyable>(Kind: new (options: object) => Client, endpoint: string, secretAccessKey = "x"): Client {
  const credentials = { accessKeyId: "111122223333", secretAccessKey };
  const client = new Kind({ endpoint, region: "eu-west-1", credentials, maxAttempts: 1 });
  cleanup.push(() => client.destroy());
  return client;
}

test("stock clients reach each service at the one endpoint, and it sees the caller's own Host", async () => {
  const { edge, seen } = await start();
  const endpoint = edge.gateway.address;
  const answer = await clientOf(SQSClient, endpoint).send(new ListQueuesCommand({}));
  expect(answer.$metadata.requestId).toBe("theirs");
  await clientOf(KinesisClient, endpoint).send(new ListKinesisStreamsCommand({}));
  await clientOf(DynamoDBClient, endpoint).send(new ListTablesCommand({}));
  await clientOf(DynamoDBStreamsClient, endpoint).send(new ListStreamsCommand({}));
  const { host } = new URL(endpoint);
  expect(seen).toEqual([
    { service: "sqs", host, target: "AmazonSQS.ListQueues", body: "{}" },
    { service: "kinesis", host, target: "Kinesis_20131202.ListStreams", body: "{}" },
    { service: "dynamodb", host, target: "DynamoDB_20120810.ListTables", body: "{}" },
    { service: "dynamodb", host, target: "DynamoDBStreams_20120810.ListStreams", body: "{}" },
  ]);
});

test("a request without a target goes by the service that it was signed for", async () => {
  const { edge, seen } = await start();
  for (const service of ["kinesis", "dynamodb", "sqs"]) {
    const authorization = `AWS4-HMAC-SHA256 Credential=111122223333/20261122/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;
    await fetch(edge.gateway.address, { method: "POST", headers: { authorization }, body: "b" });
  }
  expect(seen.map(({ service, body }) => `${service} ${body}`)).toEqual(["kinesis b", "dynamodb b", "sqs b"]);
});

test("where signatures are demanded, a right one is let through with its body, and a wrong one is refused", async () => {
  const { edge, seen } = await start({
    config: {
      host: "127.0.0.1",
      port: 0,
      region: "us-east-1",
      requireSignature: true,
      consoleToken: "",
      credentials: new Map([["111122223333", "right"]]),
    },
  });
  const endpoint = edge.gateway.address;
  const put = new PutRecordCommand({ StreamName: "s", PartitionKey: "k", Data: Buffer.from("hello") });
  await clientOf(KinesisClient, endpoint, "right").send(put);
  expect(seen.map(({ body }) => JSON.parse(body) as object)).toEqual([{ StreamName: "s", PartitionKey: "k", Data: "aGVsbG8=" }]);
  const refused = { name: "InvalidSignatureException", message: expect.stringMatching(/does not match the signature you provided/) };
  await expect(clientOf(KinesisClient, endpoint, "wrong").send(put)).rejects.toMatchObject(refused);
  await expect(clientOf(DynamoDBClient, endpoint, "wrong").send(new ListTablesCommand({}))).rejects.toMatchObject(refused);
  await expect(clientOf(SQSClient, endpoint, "wrong").send(new ListQueuesCommand({}))).rejects.toMatchObject(refused);
  expect(seen).toHaveLength(1);
});

test("a service that is not where the setting says is told of by the setting's name", async () => {
  const sources = connectSources({ sqsUrl: "", kinesisUrl: "http://127.0.0.1:9", dynamoDbUrl: "", targetCredentials: null });
  cleanup.push(() => sources.close());
  const { edge } = await start({ sources: sources.services });
  const endpoint = edge.gateway.address;
  await expect(clientOf(KinesisClient, endpoint).send(new ListKinesisStreamsCommand({}))).rejects.toMatchObject({
    name: "ServiceUnavailable",
    $metadata: { httpStatusCode: 503 },
    message: "The server at http://127.0.0.1:9 does not answer (ECONNREFUSED). Start the service there, or set LAMBDOCK_KINESIS_URL.",
  });
  await expect(clientOf(DynamoDBClient, endpoint).send(new ListTablesCommand({}))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 501 },
  });
});
