/**
 * One Kinesis or DynamoDB Streams mapping at work (esm.md, section 4): its shards are discovered, read
 * parents first, and worked on each by itself. Checkpoints are kept under the mapping's lease.
 */
import { createDeliverer, type Deliverer } from "@lambdock/delivery/deliverer";
import { createRecordFilter } from "@lambdock/event-pattern/source-filter";
import { functionArn } from "@lambdock/model/arn";
import type { EventSourceMapping, MappingSettings, StreamSettings } from "@lambdock/model/event-source-mapping";
import { invariant } from "@lambdock/model/invariant";
import type { LifecycleEvent, MappingStep } from "@lambdock/model/lifecycle";
import { backoffMs, type Backoff } from "@lambdock/polling/streams/backoff";
import { FUNCTION_CALL_FAILED } from "@lambdock/polling/streams/batch-ending";
import { planLineage, startOf } from "@lambdock/polling/streams/shard-lineage";
import { streamPolicy, type StreamPolicy } from "@lambdock/polling/streams/stream-policy";
import type { StreamRecord } from "@lambdock/polling/streams/stream-record";
import type { MappingRunner, MappingStatus, RunMapping, RunnerParts } from "../port.ts";
import { createDynamoDbReader } from "./dynamodb-reader.ts";
import { deliverFailure } from "./failure-delivery.ts";
import { createFunctionTarget, type FunctionTarget } from "./function-target.ts";
import { createKinesisReader } from "./kinesis-reader.ts";
import { mappingStatus } from "./mapping-figures.ts";
import { createPausing, type Pausing } from "./pausing.ts";
import { createProgress, type Progress } from "./progress.ts";
import { createResults, STREAM, type Results } from "./results.ts";
import { readingProblem } from "./shard-poller.ts";
import { startShard, type ShardListener, type ShardWorker } from "./shard-worker.ts";
import { isLocal } from "./source-client.ts";
import { SourceError, type StreamListing, type StreamReader } from "./stream-reader.ts";

/** Starts to work a Kinesis or DynamoDB Streams mapping. */
export const runStreamMapping: RunMapping = (mapping, parts) => new StreamRunner(mapping, parts);

/** Shards are listed so often; at once when one is finished. Milliseconds. */
const DISCOVERY_MS = 10_000;
const RETRY: Backoff = { firstMs: 200, factor: 2, maxMs: 2_000 };
const DAY_MS = 86_400_000;

class StreamRunner implements MappingRunner {
  readonly begun: Promise<void>;
  #begin: () => void = () => undefined;
  #mapping: EventSourceMapping;
  #passes: (event: object) => boolean;
  #retentionMs = DAY_MS;
  #stopped = false;
  readonly #parts: RunnerParts;
  readonly #local: boolean;
  readonly #reader: StreamReader;
  readonly #target: FunctionTarget;
  readonly #progress: Progress;
  readonly #deliverer: Deliverer;
  readonly #results: Results;
  readonly #discovery: Pausing;
  readonly #deliveries: Pausing;
  readonly #shards = new Map<string, ShardWorker>();
  /** Shards that the source says it does not have. */
  readonly #missing = new Set<string>();

  constructor(mapping: EventSourceMapping, parts: RunnerParts) {
    const { endpoints, timers, onResult } = parts;
    const kinesis = mapping.source === "kinesis";
    this.#mapping = mapping;
    this.#parts = parts;
    this.#passes = createRecordFilter(mapping.source, mapping.settings.filters);
    this.#local = isLocal(kinesis ? endpoints.kinesis : endpoints.dynamodb);
    this.#reader = kinesis ? createKinesisReader(mapping, endpoints.kinesis) : createDynamoDbReader(mapping, endpoints.dynamodb);
    this.#target = createFunctionTarget({ ...parts, mapping: () => this.#mapping, now: () => timers.now() });
    this.#progress = createProgress({ ...parts, uuid: mapping.uuid });
    this.#deliverer = createDeliverer({ endpoints: endpoints.delivery });
    this.#results = createResults(mapping.lastProcessingResult, [FUNCTION_CALL_FAILED], onResult);
    this.#discovery = createPausing(timers);
    this.#deliveries = createPausing(timers);
    this.begun = new Promise((resolve) => (this.#begin = resolve));
    void this.#discover();
  }

  update(mapping: EventSourceMapping): void {
    this.#mapping = mapping;
    this.#passes = createRecordFilter(mapping.source, mapping.settings.filters);
    for (const shard of this.#shards.values()) shard.setPolicy(this.#policy());
  }

  status(): MappingStatus {
    return mappingStatus({ shards: this.#shards, progress: this.#progress, lastResult: this.#results.told, now: this.#parts.timers.now() });
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#stopped = true;
    this.#begin();
    this.#discovery.stop();
    this.#deliveries.stop();
    for (const shard of this.#shards.values()) shard.stop();
    const finished = Promise.all([...this.#shards.values()].map((shard) => shard.idle())).then(() => this.#progress.stored());
    let cancel = (): void => undefined;
    const deadline = new Promise<void>((late) => (cancel = this.#parts.timers.after(deadlineMs, late)));
    await Promise.race([finished, deadline]);
    cancel();
    this.#progress.close();
    this.#reader.close();
    this.#deliverer.close();
  }

  #policy(): StreamPolicy {
    return streamPolicy(streamSettings(this.#mapping), { timeScale: this.#parts.timeScale, retentionMs: this.#retentionMs });
  }

  /** Lists shards until the runner is stopped; what fails is tried again, and told when it fails twice. */
  async #discover(): Promise<void> {
    let failures = 0;
    let loaded = false;
    let reopenedAt = 0;
    do {
      try {
        if (!loaded) await this.#progress.load();
        loaded = true;
        const listing = await this.#reader.listShards();
        if (this.#stopped) return;
        // Those who finish have the shards listed anew at once; finished ones are looked at with the clock.
        const reopen = this.#parts.timers.monotonic() - reopenedAt >= DISCOVERY_MS;
        if (reopen) reopenedAt = this.#parts.timers.monotonic();
        this.#apply(listing, reopen);
        failures = 0;
        this.#results.trouble(STREAM, undefined);
      } catch (error) {
        failures += 1;
        // What comes back may be another stream of the same name.
        if (isMissing(error)) reopenedAt = 0;
        if (failures > 1 || isMissing(error)) this.#results.trouble(STREAM, this.#problemOf(error));
      }
    } while (await this.#discovery.pause(failures === 0 ? DISCOVERY_MS : backoffMs(RETRY, failures)));
  }

  #problemOf(error: unknown): string {
    return isMissing(error) ? `PROBLEM: Stream not found: ${this.#mapping.eventSourceArn}` : readingProblem(error);
  }

  #apply({ shards, retentionMs }: StreamListing, reopen: boolean): void {
    if (retentionMs !== this.#retentionMs) {
      this.#retentionMs = retentionMs;
      for (const shard of this.#shards.values()) shard.setPolicy(this.#policy());
    }
    const { stream } = streamSettings(this.#mapping);
    const start = startOf(stream, this.#mapping.source, this.#startAt());
    const latest = stream.startingPosition === "LATEST";
    const plan = planLineage(shards, this.#progress.shards, { start, latest, active: new Set(this.#shards.keys()), reopen });
    for (const [shardId, progress] of plan.added) this.#progress.set(shardId, progress);
    for (const shardId of plan.removed) this.#progress.remove(shardId);
    const listed = new Set(shards.map((shard) => shard.shardId));
    for (const shardId of this.#missing) {
      if (listed.has(shardId)) this.#shards.get(shardId)?.doubtPosition();
      else if (shards.length > 0) this.#shards.get(shardId)?.vanish();
    }
    this.#missing.clear();
    for (const shardId of plan.readable) if (!this.#shards.has(shardId)) this.#start(shardId, plan.added.has(shardId));
    // The first listing's shards decide what LATEST is.
    if (shards.length > 0) void Promise.all([...this.#shards.values()].map(({ begun }) => begun)).then(() => this.#begin());
  }

  /** Kinesis begins when the mapping was made, whenever somebody comes to poll it; DynamoDB can't. */
  #startAt(): number {
    const now = this.#parts.timers.now();
    return this.#mapping.source === "kinesis" ? Math.min(now, this.#mapping.lastModified) : now;
  }

  #start(shardId: string, fresh: boolean): void {
    const { timers, logger, timeScale } = this.#parts;
    const options = { deliverer: this.#deliverer, logger, timeScale, pause: (delayMs: number) => this.#deliveries.pause(delayMs) };
    const shard = startShard({
      shardId,
      fresh,
      mapping: () => this.#mapping,
      reader: this.#reader,
      local: this.#local,
      target: this.#target,
      progress: this.#progress,
      policy: this.#policy(),
      passes: (event) => this.#passes(event),
      deliver: (batch) => deliverFailure(batch, this.#mapping, options),
      timers,
      logger,
      listener: this.#listener(shardId),
    });
    this.#shards.set(shardId, shard);
  }

  #listener(shardId: string): ShardListener {
    return {
      onResult: (result) => this.#results.processed(result),
      onTrouble: (problem) => this.#results.trouble(shardId, problem),
      onFinished: () => {
        this.#shards.delete(shardId);
        this.#results.trouble(shardId, undefined);
        this.#discovery.nudge();
      },
      onMissing: () => {
        this.#missing.add(shardId);
        this.#discovery.nudge();
      },
      onInvoke: (records) => this.#countInvoke(shardId, records),
      report: (step, records, more) => {
        this.#count(step, records, more?.failedInvoke === true);
        this.#emit(step, { shardId, records, ...(more?.reason === undefined ? {} : { reason: more.reason }) });
      },
    };
  }

  #countInvoke(shardId: string, records: readonly StreamRecord[]): void {
    const { metrics, timers } = this.#parts;
    metrics.invoked(this.#mapping, records.length);
    const last = records.at(-1);
    const iteratorAgeMs = last === undefined ? undefined : Math.max(0, timers.now() - last.arrivedAt);
    if (iteratorAgeMs !== undefined) metrics.iteratorAge(this.#mapping, iteratorAgeMs);
    this.#emit("batch-invoked", { shardId, records: records.length, ...(iteratorAgeMs === undefined ? {} : { iteratorAgeMs }) });
  }

  #count(step: MappingStep, records: number, failedInvoke: boolean): void {
    const { metrics } = this.#parts;
    if (records === 0) return;
    if (step === "batch-polled") metrics.polled(this.#mapping, records);
    if (step === "filtered") metrics.filteredOut(this.#mapping, records);
    if (step === "batch-failed" && failedInvoke) metrics.failedInvoke(this.#mapping, records);
    if (step === "discarded") metrics.dropped(this.#mapping, records);
    if (step === "delivered") metrics.delivered(this.#mapping, records);
  }

  #emit(step: MappingStep, about: MappingFacts): void {
    const { uuid, eventSourceArn, functionName, qualifier, accountId, region } = this.#mapping;
    const arn = functionArn({ accountId, region, name: functionName }, qualifier);
    this.#parts.lifecycle.emit({ type: "mapping", at: this.#parts.timers.now(), uuid, functionArn: arn, eventSourceArn, step, ...about });
  }
}

/** What a step of this mapping tells beside the mapping itself. */
type MappingFacts = Pick<Extract<LifecycleEvent, { type: "mapping" }>, "shardId" | "records" | "iteratorAgeMs" | "reason">;

function isMissing(error: unknown): boolean {
  return error instanceof SourceError && error.kind === "missing";
}

function streamSettings({ settings, uuid }: EventSourceMapping): MappingSettings & { readonly stream: StreamSettings } {
  const { stream } = settings;
  invariant(stream !== undefined, `mapping ${uuid} of a stream has a stream's settings`);
  return { ...settings, stream };
}
