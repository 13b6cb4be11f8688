/** One shard at work: what it decides (packages/polling, streams) is done here. */
import { randomUUID } from "node:crypto";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import { functionArn } from "@lambdock/model/arn";
import type { EventSourceMapping } from "@lambdock/model/event-source-mapping";
import type { MappingStep } from "@lambdock/model/lifecycle";
import type { FailedBatch } from "@lambdock/polling/streams/failure-record";
import { invocationEvent } from "@lambdock/polling/streams/invocation-event";
import { readLimit } from "@lambdock/polling/streams/shard-figures";
import type { ShardProgress } from "@lambdock/polling/streams/shard-lineage";
import type { ShardEffect, ShardEvent } from "@lambdock/polling/streams/shard-protocol";
import type { ShardWork } from "@lambdock/polling/streams/shard-state";
import { newShardWork, stepShard } from "@lambdock/polling/streams/shard-work";
import type { StreamPolicy } from "@lambdock/polling/streams/stream-policy";
import type { StreamRecord } from "@lambdock/polling/streams/stream-record";
import type { DeliveryEnd } from "./failure-delivery.ts";
import type { FunctionTarget } from "./function-target.ts";
import { createPausing, type Pausing } from "./pausing.ts";
import type { Progress } from "./progress.ts";
import { pollShard, type Reading } from "./shard-poller.ts";
import { streamArnOf } from "./kinesis-reader.ts";
import { SourceError, type ReadPosition, type SourceRecord, type StreamReader } from "./stream-reader.ts";

/** What a shard tells whoever runs the mapping. */
export interface ShardListener {
  onResult(result: string): void;
  onTrouble(problem: string | undefined): void;
  onFinished(): void;
  onMissing(): void;
  onInvoke(records: readonly StreamRecord[]): void;
  report(step: MappingStep, records: number, more?: { readonly reason?: string; readonly failedInvoke?: true }): void;
}

export interface ShardWorkerOptions {
  readonly shardId: string;
  readonly mapping: () => EventSourceMapping;
  readonly reader: StreamReader;
  readonly local: boolean;
  readonly target: FunctionTarget;
  readonly progress: Progress;
  readonly policy: StreamPolicy;
  /** The mapping's filters. */
  readonly passes: (event: object) => boolean;
  readonly deliver: (batch: FailedBatch) => Promise<DeliveryEnd>;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly listener: ShardListener;
  /** The shard was seen for the first time by this runner. */
  readonly fresh: boolean;
}

/** A shard that is being read and worked on. */
export interface ShardWorker {
  readonly work: ShardWork;
  /** Resolves when it was read for the first time, or is stopped. */
  readonly begun: Promise<void>;
  setPolicy(policy: StreamPolicy): void;
  /** The stream no longer has the shard: what was read of it is finished. */
  vanish(): void;
  /** The source says that there is no such shard, and lists it: then it is the checkpoint that it does not know. */
  doubtPosition(): void;
  /** Begins nothing more. */
  stop(): void;
  /** Once nothing is in flight. */
  idle(): Promise<void>;
}

/** A listing and a read may differ for a moment. */
const DOUBTS_MAX = 2;

/** Starts to work a shard from its stored progress. */
export function startShard(options: ShardWorkerOptions): ShardWorker {
  return new Worker(options);
}

class Worker implements ShardWorker {
  work: ShardWork;
  readonly begun: Promise<void>;
  #begin: () => void = () => undefined;
  readonly #options: ShardWorkerOptions;
  readonly #from: ShardProgress["from"];
  readonly #pausing: Pausing;
  readonly #space: Pausing;
  readonly #inFlight = new Set<Promise<void>>();
  #cancelWake: () => void = () => undefined;
  #stopped = false;
  /** LATEST can be asked for once: later the stream may have gone on. */
  #atLatest: boolean;
  #fromHorizon = false;
  #doubts = 0;

  constructor(options: ShardWorkerOptions) {
    const { progress, shardId, policy, timers } = options;
    const { from, ...checkpoint }: ShardProgress = progress.shards.get(shardId)!;
    this.#options = options;
    this.#from = from;
    this.#atLatest = options.fresh && from.kind === "latest";
    this.#pausing = createPausing(timers);
    this.#space = createPausing(timers);
    this.begun = new Promise((resolve) => (this.#begin = resolve));
    this.work = newShardWork(policy, checkpoint, timers.now());
    void this.#poll();
  }

  setPolicy(policy: StreamPolicy): void {
    this.#dispatch({ type: "policy", policy });
  }

  vanish(): void {
    this.#pausing.stop();
    this.#begin();
    this.#dispatch({ type: "read", records: [], closed: true });
  }

  doubtPosition(): void {
    this.#doubts += 1;
    if (this.#doubts < DOUBTS_MAX) return;
    this.#losePosition(new SourceError("bad-position", "the source has no record of that sequence number"));
  }

  stop(): void {
    this.#stopped = true;
    this.#begin();
    this.#pausing.stop();
    this.#space.stop();
    this.#cancelWake();
  }

  async idle(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  async #poll(): Promise<void> {
    const { shardId, reader, local, timers, target, listener, mapping } = this.#options;
    await pollShard({
      shardId,
      reader,
      local,
      timers,
      source: mapping().source === "kinesis" ? "kinesis" : "dynamodb",
      pausing: this.#pausing,
      space: this.#space,
      limit: () => readLimit(this.work),
      roleArn: async () => (await target.resolve()).roleArn,
      position: () => this.#position(),
      onReading: (reading) => this.#take(reading),
      onTrouble: (problem) => listener.onTrouble(problem),
      onMissing: () => listener.onMissing(),
      onLostPosition: (error) => this.#losePosition(error),
    });
  }

  #position(): ReadPosition {
    const { readThrough } = this.work;
    if (this.#fromHorizon) return { kind: "trim-horizon" };
    if (readThrough !== undefined) return { kind: "after", sequenceNumber: readThrough };
    if (this.#from.kind !== "latest") return this.#from;
    // Without an instant to start at: everything is read, and what is older is skipped.
    return this.#atLatest ? { kind: "latest" } : { kind: "trim-horizon" };
  }

  #losePosition(error: SourceError): void {
    const { logger, shardId } = this.#options;
    // A starting position that is refused is a problem to be told, not to be guessed around.
    if (this.work.readThrough === undefined && error.kind === "bad-position") return;
    logger.warn("the checkpoint can't be read from any more: the shard is read from its oldest record", { shardId, reason: error.message });
    this.#fromHorizon = true;
    if (error.kind === "bad-position") this.#dispatch({ type: "rewound" });
  }

  #take({ records, closed, caughtUpAt }: Reading): void {
    this.#atLatest = false;
    this.#fromHorizon = false;
    this.#begin();
    this.#doubts = 0;
    const known = records.filter((record) => !this.#tooEarly(record)).map((record) => this.#record(record));
    this.#dispatch({ type: "read", records: known, closed, ...(caughtUpAt === undefined ? {} : { caughtUpAt }) });
  }

  /** Written before the mapping began, as exactly as arrival times say; never wrong about later ones. */
  #tooEarly({ arrivedAt }: SourceRecord): boolean {
    const { reader } = this.#options;
    return this.#from.kind === "latest" && arrivedAt + reader.arrivalPrecisionMs <= this.#from.at;
  }

  #record({ sequenceNumber, orderKey, arrivedAt, event }: SourceRecord): StreamRecord {
    const json = JSON.stringify(event);
    return { sequenceNumber, orderKey, arrivedAt, json, bytes: Buffer.byteLength(json), passes: this.#options.passes(event) };
  }

  #dispatch(event: ShardEvent): void {
    const { state, effects } = stepShard(this.work, event, this.#options.timers.now());
    this.work = state;
    for (const effect of effects) this.#perform(effect);
    this.#space.nudge();
  }

  #perform(effect: ShardEffect): void {
    const { listener, timers } = this.#options;
    switch (effect.type) {
      case "invoke":
        return this.#track(() => this.#invoke(effect));
      case "discard":
        return this.#track(() => this.#discard(effect));
      case "checkpoint":
        this.#store(effect.checkpoint);
        return listener.report("checkpointed", 0);
      case "wake":
        this.#cancelWake();
        if (!this.#stopped) this.#cancelWake = timers.after(Math.max(0, effect.at - timers.now()), () => this.#dispatch({ type: "wake" }));
        return;
      case "result":
        return listener.onResult(effect.result);
      case "report": {
        const { step, records, reason, failedInvoke } = effect;
        return listener.report(step, records, { ...(reason === undefined ? {} : { reason }), ...(failedInvoke ? { failedInvoke } : {}) });
      }
      case "finished":
        this.#store(this.work.told, true);
        this.#pausing.stop();
        return listener.onFinished();
    }
  }

  #store(checkpoint: Omit<ShardProgress, "from" | "done">, done?: true): void {
    const { progress, shardId } = this.#options;
    progress.set(shardId, { from: this.#from, ...checkpoint, ...(done === undefined ? {} : { done }) });
  }

  #track(run: () => Promise<void>): void {
    if (this.#stopped) return;
    const running = run().finally(() => this.#inFlight.delete(running));
    this.#inFlight.add(running);
  }

  async #invoke({ batch, records, window }: Extract<ShardEffect, { type: "invoke" }>): Promise<void> {
    const { progress, shardId, mapping, listener, target } = this.#options;
    // What was done before is kept first: a crash repeats one batch of each lane and no more.
    if (!(await progress.stored()) || this.#stopped) return;
    listener.onInvoke(records);
    const outcome = await target.invoke(invocationEvent(records, { shardId, eventSourceArn: mapping().eventSourceArn }, window));
    this.#dispatch({ type: "invoked", batch, outcome });
  }

  async #discard({ batch, records, failure }: Extract<ShardEffect, { type: "discard" }>): Promise<void> {
    const { shardId, mapping, timers, deliver, listener } = this.#options;
    const { source, eventSourceArn, accountId, region, functionName } = mapping();
    const end = await deliver({
      source: source === "kinesis" ? "kinesis" : "dynamodb",
      streamArn: streamArnOf(eventSourceArn),
      functionArn: functionArn({ accountId, region, name: functionName }),
      shardId,
      records,
      failure,
      requestId: randomUUID(),
      failedAt: timers.now(),
    });
    if (end.kind === "stopped") return;
    if (end.kind === "delivered") listener.report("delivered", records.length);
    if (end.kind === "lost") listener.report("discarded", 0, { reason: end.reason });
    this.#dispatch({ type: "discarded", batch });
  }
}
