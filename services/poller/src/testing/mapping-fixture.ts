import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import type { EventSourceMapping, MappingSettings } from "@lambdock/model/event-source-mapping";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { ACCOUNT, REGION, type SqsFixture } from "@lambdock/sqs/testing/sqs-fixture";
import { createCheckpointStore } from "../checkpoints.ts";
import type { LeaseToken } from "../leases/lease-token.ts";
import { createMappingMetrics } from "../metrics.ts";
import type { MappingRunner, RunnerParts } from "../port.ts";
import { runSqsMapping } from "../sqs/run-sqs-mapping.ts";
import { createDirectory, type SwitchedDirectory } from "./function-fixture.ts";
import { createRecordingExecutor, type RecordingExecutor } from "./recording-executor.ts";

/** A mapping of a queue of its own to a function that the test plays. */
export interface MappingFixture {
  readonly executor: RecordingExecutor;
  readonly runner: MappingRunner;
  readonly mapping: EventSourceMapping;
  readonly results: string[];
  readonly events: LifecycleEvent[];
  readonly directory: SwitchedDirectory;
  /** Of `messages`, in order; ten to a call. */
  send(bodies: readonly string[], group?: (body: string) => string): Promise<void>;
  /** Messages in the queue, those in flight included. */
  left(): Promise<number>;
  /** Messages that a receiver could have now. */
  visible(): Promise<number>;
  metric(name: string): Promise<number>;
  /** What was warned of. */
  readonly log: string[];
}

export interface MappingFixtureOptions {
  readonly queueAttributes?: Readonly<Record<string, string>>;
  readonly fifo?: boolean;
  readonly settings?: Partial<MappingSettings>;
  readonly endpoint?: string;
  readonly timeScale?: number;
}

let count = 0;

/** Creates a queue and starts its mapping; the caller stops the runner. */
export async function startMapping(sqs: SqsFixture, options: MappingFixtureOptions = {}): Promise<MappingFixture> {
  const name = `q${(count += 1)}${options.fifo === true ? ".fifo" : ""}`;
  const { QueueUrl: url } = await sqs.client.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: {
        ...(options.fifo === true ? { FifoQueue: "true", ContentBasedDeduplication: "true" } : {}),
        ...options.queueAttributes,
      },
    }),
  );
  const mapping = sqsMapping(name, options.settings);
  const executor = createRecordingExecutor();
  const results: string[] = [];
  const events: LifecycleEvent[] = [];
  const log: string[] = [];
  const metrics = createMappingMetrics();
  const directory = createDirectory();
  const runner = runSqsMapping(mapping, {
    executor,
    directory,
    timers: systemTimers,
    logger: createLogger("poller", "warn", {}, (line) => void log.push(line)),
    lifecycle: { emit: (event) => void events.push(event) },
    metrics,
    recursionConfigs: { get: () => Promise.resolve("Terminate") },
    ...sourceParts(sqs, options.endpoint ?? sqs.url),
    onResult: (result) => void results.push(result),
    timeScale: options.timeScale ?? 1,
  });
  const counted = async (names: readonly ("ApproximateNumberOfMessages" | "ApproximateNumberOfMessagesNotVisible")[]): Promise<number> => {
    const { Attributes } = await sqs.client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }));
    return names.reduce((sum, attribute) => sum + Number(Attributes?.[attribute] ?? 0), 0);
  };
  return {
    executor,
    runner,
    mapping,
    results,
    events,
    log,
    directory,
    async send(bodies, group) {
      for (let first = 0; first < bodies.length; first += 10) {
        const Entries = bodies.slice(first, first + 10).map((MessageBody, index) => ({
          Id: String(index),
          MessageBody,
          ...(group === undefined ? {} : { MessageGroupId: group(MessageBody) }),
        }));
        await sqs.client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
      }
    },
    left: () => counted(["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]),
    visible: () => counted(["ApproximateNumberOfMessages"]),
    async metric(name) {
      const values = await metrics.registry.getSingleMetric(`lambdock_mapping_${name}`)?.get();
      return values?.values.reduce((sum, { value }) => sum + value, 0) ?? 0;
    },
  };
}

/** A mapping as the store would hold it. */
export function sqsMapping(queue: string, settings: Partial<MappingSettings> = {}): EventSourceMapping {
  return {
    uuid: `mapping-of-${queue}`,
    accountId: ACCOUNT,
    region: REGION,
    source: "sqs",
    eventSourceArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${queue}`,
    functionName: "f",
    settings: { batchSize: 10, maximumBatchingWindowSeconds: 0, reportBatchItemFailures: false, filters: [], ...settings },
    enabled: true,
    generation: 1,
    state: "Enabled",
    stateTransitionReason: "USER_INITIATED",
    lastModified: 0,
  };
}

/** What a runner needs besides, over this SQS. */
export function sourceParts(sqs: SqsFixture, endpoint: string): Pick<RunnerParts, "endpoints" | "checkpoints" | "lease" | "onLeaseLost"> {
  const address = { endpoint };
  return {
    endpoints: { sqs: address, kinesis: address, dynamodb: address, delivery: { own: endpoint } },
    checkpoints: createCheckpointStore(sqs.redis.client),
    lease: "test" as LeaseToken,
    onLeaseLost: () => undefined,
  };
}
