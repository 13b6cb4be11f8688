import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { serveFront } from "@lambdock/backend/front-server";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import { createKinesis } from "../service.ts";

/** Kinesis with a data directory of its own, and a stock client for it. */
export interface KinesisFixture {
  readonly client: KinesisClient;
  readonly url: string;
  /** What was logged. */
  readonly log: string[];
  /** Processes that were started, as the log tells them. */
  readonly pids: () => number[];
  /** Stops Kinesis and begins another on the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Prepares it; nothing is started. */
export async function startKinesis(): Promise<KinesisFixture> {
  const dataDirectory = await mkdtemp(join(tmpdir(), "lambdock-kinesis-"));
  const log: string[] = [];
  const logger = createLogger("kinesis", "info", {}, (line) => log.push(line));
  const create = () => createKinesis({ dataDirectory, region: "us-east-1", logger, timers: systemTimers });
  let kinesis = create();
  const server = await serveFront((...exchange) => kinesis.handle(...exchange), { host: "127.0.0.1", port: 0 });
  const client = new KinesisClient({
    endpoint: server.address,
    region: "eu-west-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "x" },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  });
  return {
    client,
    url: server.address,
    log,
    pids: () => log.flatMap((line) => [...line.matchAll(/started .*pid=(\d+)/g)].map(([, pid]) => Number(pid))),
    async restart() {
      await kinesis.stop(0);
      kinesis = create();
    },
    async stop() {
      client.destroy();
      await server.close(0);
      await kinesis.stop(0);
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** Creates a stream of one shard and waits until it can be used. */
export async function createStream({ client }: KinesisFixture, StreamName: string): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  await waitUntilStreamExists({ client, maxWaitTime: 30, minDelay: 0.1, maxDelay: 0.1 }, { StreamName });
}

/** Texts of all records of a stream of one shard. */
export async function textsOf({ client }: KinesisFixture, StreamName: string): Promise<string[]> {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName, ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" }),
  );
  const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map(({ Data }) => Buffer.from(Data!).toString());
}
