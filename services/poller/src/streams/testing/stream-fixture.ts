import type { FunctionDirectory } from "@lambdock/directory/function-directory";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { EventSourceMapping, MappingSettings, StreamSettings } from "@lambdock/model/event-source-mapping";
import type { InvokeOutcome } from "@lambdock/model/invocation";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import type { RedisClient } from "@lambdock/store/redis";
import { functionSpec } from "@lambdock/model/testing/function-spec";
import { createCheckpointStore } from "../../checkpoints.ts";
import { leaseKey, type LeaseToken } from "../../leases/lease-token.ts";
import { createMappingMetrics } from "../../metrics.ts";
import type { MappingRunner } from "../../port.ts";
import { runStreamMapping } from "../run-stream-mapping.ts";

export const ACCOUNT = "111122223333";
export const REGION = "us-east-1";

/** A record as the function sees it, of either source. */
export interface SeenRecord {
  readonly eventSource: string;
  readonly eventID: string;
  readonly kinesis?: { readonly data: string; readonly partitionKey: string; readonly sequenceNumber: string };
  readonly dynamodb?: { readonly Keys: Readonly<Record<string, { readonly S?: string }>>; readonly SequenceNumber: string };
}

/** One call of the function that the test plays. */
export interface Call {
  readonly event: { readonly Records: readonly SeenRecord[]; readonly [name: string]: unknown };
  readonly at: number;
  /** Data (Kinesis) or `id` (DynamoDB) of the records. */
  readonly texts: readonly string[];
}

export type Handler = (call: Call) => InvokeOutcome | Promise<InvokeOutcome>;

/** The function answered this. */
export function answered(value: unknown): InvokeOutcome {
  return { kind: "completed", payload: Buffer.from(JSON.stringify(value)), contentType: "application/json" };
}

/** The function threw. */
export const FAILED: InvokeOutcome = { ...answered({ errorMessage: "no" }), functionError: "Unhandled" } as InvokeOutcome;

/** A stream mapping at work, and what the test can see and do. */
export interface StreamFixture {
  readonly mapping: EventSourceMapping;
  readonly runner: MappingRunner;
  readonly calls: Call[];
  readonly results: string[];
  readonly events: LifecycleEvent[];
  /** Texts of everything that was handed over, in order. */
  readonly seen: () => string[];
  handle(handler: Handler): void;
  /** Function invocations at a time: now, and at most. */
  readonly running: () => { readonly now: number; readonly peak: number };
  functionExists: boolean;
  leaseLost: boolean;
  metric(name: string): Promise<number>;
}

export interface StreamFixtureOptions {
  readonly redis: RedisClient;
  readonly endpoint: string;
  /** Of queues, topics and buckets. */
  readonly own?: string;
  readonly eventSourceArn: string;
  readonly uuid: string;
  readonly settings?: Partial<MappingSettings>;
  readonly stream?: Partial<StreamSettings>;
  readonly lastModified?: number;
  readonly timeScale?: number;
  readonly handler?: Handler;
}

/** Starts a mapping under a lease of its own; the caller stops the runner. */
export async function startStreamMapping(options: StreamFixtureOptions): Promise<StreamFixture> {
  const { redis, endpoint, uuid } = options;
  const lease = `token-${Math.random()}` as LeaseToken;
  await redis.set(leaseKey(uuid), lease);
  const mapping = streamMapping(options);
  const calls: Call[] = [];
  const results: string[] = [];
  const events: LifecycleEvent[] = [];
  const metrics = createMappingMetrics();
  let handler: Handler = options.handler ?? (() => answered(null));
  let [now, peak] = [0, 0];
  const switches = { functionExists: true, leaseLost: false };
  const runner = runStreamMapping(mapping, {
    timers: systemTimers,
    logger: createLogger("poller", "silent"),
    lifecycle: { emit: (event) => void events.push(event) },
    metrics,
    recursionConfigs: { get: () => Promise.resolve("Terminate") },
    endpoints: { sqs: { endpoint }, kinesis: { endpoint }, dynamodb: { endpoint }, delivery: { own: options.own ?? endpoint } },
    checkpoints: createCheckpointStore(redis),
    lease,
    onLeaseLost: () => (switches.leaseLost = true),
    onResult: (result) => void results.push(result),
    timeScale: options.timeScale ?? 1,
    directory: directoryOf(() => switches.functionExists),
    executor: {
      async invoke({ payload }) {
        const event = JSON.parse(Buffer.from(payload).toString()) as Call["event"];
        const call: Call = { event, at: performance.now(), texts: event.Records.map(textOf) };
        calls.push(call);
        now += 1;
        peak = Math.max(peak, now);
        try {
          return await handler(call);
        } finally {
          now -= 1;
        }
      },
    },
  });
  return Object.assign(switches, {
    mapping,
    runner,
    calls,
    results,
    events,
    seen: () => calls.flatMap(({ texts }) => texts),
    handle: (chosen: Handler) => void (handler = chosen),
    running: () => ({ now, peak }),
    async metric(name: string) {
      const values = await metrics.registry.getSingleMetric(`lambdock_mapping_${name}`)?.get();
      return values?.values.reduce((sum, { value }) => sum + value, 0) ?? 0;
    },
  });
}

function textOf({ kinesis, dynamodb }: SeenRecord): string {
  return kinesis === undefined ? (dynamodb?.Keys["id"]?.S ?? "") : Buffer.from(kinesis.data, "base64").toString();
}

function streamMapping({ eventSourceArn, uuid, settings, stream, lastModified }: StreamFixtureOptions): EventSourceMapping {
  return {
    uuid,
    accountId: ACCOUNT,
    region: REGION,
    source: eventSourceArn.includes(":kinesis:") ? "kinesis" : "dynamodb",
    eventSourceArn,
    functionName: "f",
    settings: {
      batchSize: 100,
      maximumBatchingWindowSeconds: 0,
      reportBatchItemFailures: false,
      filters: [],
      ...settings,
      stream: {
        parallelizationFactor: 1,
        startingPosition: "TRIM_HORIZON",
        maximumRecordAgeSeconds: -1,
        maximumRetryAttempts: -1,
        bisectBatchOnFunctionError: false,
        tumblingWindowSeconds: 0,
        ...stream,
      },
    },
    enabled: true,
    generation: 1,
    state: "Enabled",
    stateTransitionReason: "User action",
    lastModified: lastModified ?? Date.now(),
    lastProcessingResult: "No records processed",
  };
}

function directoryOf(exists: () => boolean): FunctionDirectory {
  const spec = functionSpec({ functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f`, accountId: ACCOUNT, region: REGION });
  return {
    resolve() {
      if (!exists()) throw new AwsError("ResourceNotFoundException", `Function not found: ${spec.functionArn}`);
      return { spec, invokedFunctionArn: spec.functionArn, executedVersion: "$LATEST", roleArn: `arn:aws:iam::${ACCOUNT}:role/r` };
    },
  };
}

/** Waits until a condition holds; rejects after twenty seconds. */
export async function until(holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`never: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
