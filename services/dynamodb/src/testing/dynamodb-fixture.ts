import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { serveFront } from "@lambdock/backend/front-server";
import { createLogger } from "@lambdock/kernel/logger";
import { createDynamoDb } from "../service.ts";

/** DynamoDB with a data directory of its own, and stock clients for it. */
export interface DynamoDbFixture {
  readonly tables: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  readonly url: string;
  /** What was logged. */
  readonly log: string[];
  /** Processes that were started, as the log tells them. */
  readonly pids: () => number[];
  /** Stops DynamoDB and begins another on the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Prepares it; nothing is started. */
export async function startDynamoDb(options: { readonly program?: string } = {}): Promise<DynamoDbFixture> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "lambdock-dynamodb-"));
  const log: string[] = [];
  const logger = createLogger("dynamodb", "info", {}, (line) => log.push(line));
  const create = () => createDynamoDb({ dataDirectory, logger, ...options });
  let dynamoDb = create();
  const server = await serveFront((...exchange) => dynamoDb.handle(...exchange), { host: "127.0.0.1", port: 0 });
  const client = {
    endpoint: server.address,
    region: "eu-west-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "x" },
    maxAttempts: 1,
  };
  const tables = new DynamoDBClient(client);
  const streams = new DynamoDBStreamsClient(client);
  return {
    tables,
    streams,
    url: server.address,
    log,
    pids: () => log.flatMap((line) => [...line.matchAll(/started .*pid=(\d+)/g)].map(([, pid]) => Number(pid))),
    async restart() {
      await dynamoDb.stop(0);
      dynamoDb = create();
    },
    async stop() {
      tables.destroy();
      streams.destroy();
      await server.close(0);
      await dynamoDb.stop(0);
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}
