/** A stream and its event source mapping in virtual time: the poller's own decisions (packages/polling) on records in memory. */
import type { RandomSource } from "@lambdock/fleet/distribution";
import type { MappingStep } from "@lambdock/model/lifecycle";
import { pollIntervalMs } from "@lambdock/polling/streams/poll-pace";
import { oldestPendingAt, readLimit } from "@lambdock/polling/streams/shard-figures";
import type { BatchOutcome, ShardEffect, ShardEvent } from "@lambdock/polling/streams/shard-protocol";
import type { ShardWork } from "@lambdock/polling/streams/shard-state";
import { newShardWork, stepShard } from "@lambdock/polling/streams/shard-work";
import { streamPolicy } from "@lambdock/polling/streams/stream-policy";
import type { StreamRecord } from "@lambdock/polling/streams/stream-record";
import type { KinesisSource } from "../scenario/scenario.ts";
import { createFifo } from "./fifo.ts";
import { failsThisTime, type Draw, type StreamContext } from "./stream-context.ts";
import type { Take } from "./sync-stream.ts";
import type { RunOutcome } from "./virtual-environment.ts";

const DAY_MS = 86_400_000;
const RECORD_BYTES = 400;
const AGE_EVERY_MS = 1_000;

interface Drawn extends StreamRecord {
  readonly drawn: Draw;
}

/** Records put into the stream of one mapping. */
export function kinesisStream(context: StreamContext, source: KinesisSource): Take {
  const shards = Array.from({ length: source.shards }, (_, index) => new VirtualShard(context, source, `shardId-${index}`));
  const { time, recorder, index, random, draw } = context;
  time.every(AGE_EVERY_MS, () => {
    const oldest = Math.min(...shards.map((shard) => shard.oldestAt));
    recorder.age(index, time.now, oldest === Infinity ? 0 : time.now - oldest);
  });
  let sequence = 0;
  return () => {
    const key = keyOf(source.keys, random);
    // Keys are spread over shards by their hash; a number modulo the shards is as even.
    shards[key % shards.length]!.put({
      sequenceNumber: String((sequence += 1)),
      orderKey: `key-${key}`,
      arrivedAt: time.now,
      json: "{}",
      bytes: RECORD_BYTES,
      passes: true,
      drawn: draw(),
    });
  };
}

function keyOf(keys: number, random: RandomSource): number {
  return Math.floor(random() * keys);
}

class VirtualShard {
  readonly #context: StreamContext;
  readonly #shardId: string;
  readonly #unread = createFifo<Drawn>();
  #work: ShardWork;
  #polling = false;
  #lastRecordAt = 0;
  #cancelWake: () => void = () => undefined;

  constructor(context: StreamContext, source: KinesisSource, shardId: string) {
    const { limits, time } = context;
    this.#context = context;
    this.#shardId = shardId;
    const settings = {
      batchSize: source.batchSize,
      maximumBatchingWindowSeconds: source.batchWindowSeconds,
      reportBatchItemFailures: false,
      filters: [],
      stream: {
        parallelizationFactor: source.parallelization,
        startingPosition: "TRIM_HORIZON",
        maximumRecordAgeSeconds: -1,
        maximumRetryAttempts: -1,
        bisectBatchOnFunctionError: false,
        tumblingWindowSeconds: 0,
      },
    } as const;
    this.#work = newShardWork(streamPolicy(settings, { timeScale: limits.timeScale, retentionMs: DAY_MS }), {}, time.now);
  }

  /** Infinity when nothing waits. */
  get oldestAt(): number {
    return Math.min(oldestPendingAt(this.#work) ?? Infinity, this.#unread.first?.arrivedAt ?? Infinity);
  }

  put(record: Drawn): void {
    this.#unread.push(record);
    // A reader that finds nothing looks again after its interval; while nothing comes at all it may as well rest.
    if (!this.#polling) this.#pollIn(this.#interval(false));
  }

  #interval(behind: boolean): number {
    return pollIntervalMs({ source: "kinesis", local: true, behind, quietForMs: this.#context.time.now - this.#lastRecordAt });
  }

  #pollIn(delayMs: number): void {
    this.#polling = true;
    this.#context.time.after(delayMs, () => this.#read());
  }

  #read(): void {
    const { time } = this.#context;
    const limit = readLimit(this.#work);
    const records: Drawn[] = [];
    while (records.length < limit) {
      const record = this.#unread.shift();
      if (record === undefined) break;
      records.push(record);
    }
    const behind = this.#unread.length > 0;
    if (records.length > 0) this.#lastRecordAt = time.now;
    if (limit > 0) this.#step({ type: "read", records, closed: false, ...(behind ? {} : { caughtUpAt: time.now }) });
    if (behind) this.#pollIn(this.#interval(true));
    else this.#polling = false;
  }

  #step(event: ShardEvent): void {
    const { state, effects } = stepShard(this.#work, event, this.#context.time.now);
    this.#work = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: ShardEffect): void {
    const { time } = this.#context;
    switch (effect.type) {
      case "invoke":
        return this.#invoke(effect.batch, effect.records as readonly Drawn[]);
      case "discard":
        return void time.after(0, () => this.#step({ type: "discarded", batch: effect.batch }));
      case "wake":
        this.#cancelWake();
        this.#cancelWake = time.after(Math.max(0, effect.at - time.now), () => this.#step({ type: "wake" }));
        return;
      case "report":
        return this.#emit(effect.step, effect.records);
      default:
    }
  }

  #invoke(batch: number, records: readonly Drawn[]): void {
    const { executor, group, newRequestId, time, recorder, index } = this.#context;
    const requestId = newRequestId();
    this.#emit("batch-invoked", records.length, Math.max(0, time.now - records.at(-1)!.arrivedAt));
    const options = { event: true, ...(group.qualifier === undefined ? {} : { qualifier: group.qualifier }) };
    const done = (outcome: RunOutcome): void => {
      if (outcome === "success") for (const { arrivedAt } of records) recorder.messageDone(index, arrivedAt, time.now);
      this.#step({ type: "invoked", batch, outcome: this.#outcomeOf(outcome, requestId) });
    };
    const durationMs = records.reduce((longest, { drawn }) => Math.max(longest, drawn.durationMs), 0);
    const fails = failsThisTime(this.#context);
    // Answers of throttles come at once, and the shard's step must be over by then.
    const run = { requestId, durationMs, fails, done: (outcome: RunOutcome) => void time.after(0, () => done(outcome)) };
    executor.invoke(group, run, options);
  }

  #outcomeOf(outcome: RunOutcome, requestId: string): BatchOutcome {
    const executedVersion = this.#context.group.version;
    if (outcome === "throttled") return { kind: "throttled" };
    if (outcome === "error") return { kind: "function-error", requestId, executedVersion };
    return { kind: "answered", answer: "null", requestId, executedVersion };
  }

  #emit(step: MappingStep, records: number, iteratorAgeMs?: number): void {
    const { lifecycle, time, group } = this.#context;
    lifecycle.emit({
      type: "mapping",
      at: time.now,
      uuid: "kinesis",
      functionArn: group.functionArn,
      eventSourceArn: `arn:aws:kinesis:us-east-1:000000000000:stream/${group.settings.name}`,
      step,
      shardId: this.#shardId,
      records,
      ...(iteratorAgeMs === undefined ? {} : { iteratorAgeMs }),
    });
  }
}
