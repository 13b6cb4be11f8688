/** A gateway that answers CloudWatch for metrics in a Redis of its own. */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { createAggregator } from "@lambdock/metrics/aggregator";
import { createMetricsReader } from "@lambdock/metrics/metrics-reader";
import { createLifecycleStream } from "@lambdock/store/lifecycle-stream";
import { redisFailure } from "@lambdock/store/redis";
import { startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";
import { echo, startEdge } from "../../http/testing/edge.ts";
import type { GatewayDependencies } from "../../service.ts";
import { createCloudWatch } from "../cloudwatch-service.ts";

export const ACCOUNT = "111122223333";

/** What a test file needs. */
export interface CloudWatchFixture {
  readonly url: string;
  readonly redis: RedisFixture;
  readonly client: CloudWatchClient;
  /** What happened, as metrics. */
  tell(events: readonly LifecycleEvent[]): Promise<void>;
  stop(): Promise<void>;
}

/** Starts both. */
export async function startCloudWatch(config: Partial<GatewayDependencies["config"]> = {}): Promise<CloudWatchFixture> {
  const redis = await startRedis();
  const logger = createLogger("test", "silent");
  const table = async (): Promise<{ generation: number; functions: Record<string, number> }> => ({ generation: 0, functions: {} });
  const common = { redis: redis.client, logger };
  const aggregator = createAggregator({ ...common, table, timers: systemTimers, accountConcurrency: 1_000, days: 15 });
  const explain = (error: unknown): string | undefined => redisFailure(error, redis.client)?.message;
  const monitoring = createCloudWatch({ reader: createMetricsReader(redis.client), days: 15, logger, explain });
  const base = { host: "127.0.0.1", port: 0, region: "us-east-1", requireSignature: false, credentials: new Map(), consoleToken: "" };
  const { gateway } = await startEdge(echo, { sources: { monitoring }, config: { ...base, ...config } });
  const client = new CloudWatchClient({
    endpoint: gateway.address,
    region: "us-east-1",
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: "secret" },
    maxAttempts: 1,
  });
  return {
    url: gateway.address,
    redis,
    client,
    async tell(events) {
      const stream = createLifecycleStream({ ...common, maxEvents: 100_000 });
      for (const event of events) stream.emit(event);
      await stream.close();
      await aggregator.turn();
    },
    async stop() {
      client.destroy();
      await gateway.stop(1_000);
      await aggregator.stop(0);
      await redis.stop();
    },
  };
}
