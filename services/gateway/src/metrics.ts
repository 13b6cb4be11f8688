/** CloudWatch metrics: what folds the lifecycle stream, and what answers for it. */
import { systemTimers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { Service } from "@lambdock/kernel/service";
import { createAggregator } from "@lambdock/metrics/aggregator";
import { createMetricsReader } from "@lambdock/metrics/metrics-reader";
import { redisFailure, type RedisClient } from "@lambdock/store/redis";
import { createReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";
import { createCloudWatch } from "./cloudwatch/cloudwatch-service.ts";
import type { GatewayConfig } from "./config.ts";
import type { MetricsSource } from "./http/metrics-sources.ts";
import type { SourceService } from "./http/source-services.ts";

/** The metrics' parts. */
export interface Metrics {
  /** Best started before, and stopped after, all who tell the lifecycle stream something. */
  readonly aggregator: Service;
  /** CloudWatch's API. */
  readonly monitoring: SourceService;
  /** For Prometheus. */
  readonly source: MetricsSource;
}

/** Builds them over one Redis. */
export function createMetrics(options: {
  readonly config: Pick<GatewayConfig, "accountConcurrency" | "metricsDays">;
  readonly redis: RedisClient;
  readonly logger: Logger;
}): Metrics {
  const { redis, logger } = options;
  const { accountConcurrency, metricsDays: days } = options.config;
  const { table } = createReservedConcurrencyStore(redis);
  const aggregator = createAggregator({ redis, logger, table, accountConcurrency, days, timers: systemTimers });
  const explain = (error: unknown): string | undefined => redisFailure(error, redis)?.message;
  return {
    aggregator,
    monitoring: createCloudWatch({ reader: createMetricsReader(redis), days, logger, explain }),
    source: { name: "metrics", read: aggregator.read },
  };
}
