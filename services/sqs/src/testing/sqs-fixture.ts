import { SQSClient } from "@aws-sdk/client-sqs";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import { openRedis, type RedisClient } from "@lambdock/store/redis";
import { startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";
import type { SqsConfig } from "../config.ts";
import { serveSqs } from "../http/server.ts";
import { createSqs, type Sqs } from "../service.ts";

/** SQS on a private Redis and a free port, with a clock that can be put forward. */
export interface SqsFixture {
  readonly redis: RedisFixture;
  readonly sqs: Sqs;
  readonly url: string;
  readonly client: SQSClient;
  /** What was logged. */
  readonly log: string[];
  /** Puts the clock forward; timers that run keep their pace. */
  advance(ms: number): void;
  /** Another process' worth of SQS on the same Redis. */
  another(): Promise<SqsFixture>;
  stop(): Promise<void>;
}

export interface FixtureOptions {
  readonly config?: Partial<SqsConfig>;
  readonly inFlightMax?: number;
}

export const ACCOUNT = "111122223333";
export const REGION = "eu-west-1";

/** Starts it all. */
export async function startSqs(options: FixtureOptions = {}): Promise<SqsFixture> {
  return await startOn(await startRedis(), options, { offset: 0 });
}

async function startOn(redis: RedisFixture, options: FixtureOptions, clock: { offset: number }): Promise<SqsFixture> {
  const log: string[] = [];
  const logger = createLogger("sqs", "warn", {}, (line) => log.push(line));
  const timers = { ...systemTimers, now: () => systemTimers.now() + clock.offset };
  const connection: RedisClient = await openRedis({ url: redis.url, name: "sqs", logger });
  const config = { nameReservedSeconds: 0, ...options.config };
  const sqs = createSqs({
    redis: connection,
    logger,
    timers,
    config,
    ...(options.inFlightMax === undefined ? {} : { inFlightMax: options.inFlightMax }),
  });
  await sqs.start();
  const server = await serveSqs(sqs.handle, { host: "127.0.0.1", port: 0, region: "us-east-1", health: () => Promise.resolve(true) });
  const client = createClient(server.address);
  const others: SqsFixture[] = [];
  return {
    redis,
    sqs,
    url: server.address,
    client,
    log,
    advance: (ms) => (clock.offset += ms),
    async another() {
      const other = await startOn({ ...redis, stop: () => Promise.resolve() }, options, clock);
      others.push(other);
      return other;
    },
    async stop() {
      for (const other of others) await other.stop();
      client.destroy();
      await sqs.stop(100);
      await server.close(100);
      connection.disconnect();
      await redis.stop();
    },
  };
}

function createClient(endpoint: string): SQSClient {
  return new SQSClient({ endpoint, region: REGION, credentials: { accessKeyId: ACCOUNT, secretAccessKey: "x" }, maxAttempts: 1 });
}
