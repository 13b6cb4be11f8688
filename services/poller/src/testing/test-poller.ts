import { randomUUID } from "node:crypto";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import type { Service } from "@lambdock/kernel/service";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { createMappingStore } from "@lambdock/store/event-source-mappings";
import type { RedisClient } from "@lambdock/store/redis";
import { createMappingMetrics, type MappingMetrics } from "../metrics.ts";
import { createPoller } from "../service.ts";
import { createDirectory, type SwitchedDirectory } from "./function-fixture.ts";
import { createRecordingExecutor, type RecordingExecutor } from "./recording-executor.ts";

/** A poller whose function the test plays. */
export interface TestPoller {
  readonly poller: Service;
  readonly executor: RecordingExecutor;
  readonly directory: SwitchedDirectory;
  readonly metrics: MappingMetrics;
  readonly events: LifecycleEvent[];
  readonly id: string;
}

/** A poller on this Redis and this SQS. */
export function createTestPoller(redis: RedisClient, sqsUrl: string): TestPoller {
  const executor = createRecordingExecutor();
  const directory = createDirectory();
  const metrics = createMappingMetrics();
  const events: LifecycleEvent[] = [];
  const id = randomUUID();
  const address = { endpoint: sqsUrl };
  const poller = createPoller({
    redis,
    executor,
    directory,
    metrics,
    timers: systemTimers,
    logger: createLogger("poller", "silent"),
    lifecycle: { emit: (event) => void events.push(event) },
    mappings: createMappingStore(redis),
    endpoints: { sqs: address, kinesis: address, dynamodb: address, delivery: { own: sqsUrl } },
    timeScale: 1,
    pollerId: id,
    handOverMs: 1_000,
  });
  return { poller, executor, directory, metrics, events, id };
}
